"""Sets the environment of a test run before Django reads it: a pytest plugin, loaded by name."""

import os

os.environ["EMAR_ENV"] = "test"
