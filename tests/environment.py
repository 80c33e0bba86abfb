"""Sets the environment of a test run before Django reads it: a pytest plugin, loaded by name."""

import os

from hypothesis import HealthCheck, settings

os.environ["EMAR_ENV"] = "test"

# How long an example takes says more about what else the machine is doing than about the code.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
