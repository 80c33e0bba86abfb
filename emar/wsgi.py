"""The application as a WSGI server calls it, once production has been found fit to serve."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")
django.setup()

from emar import checks  # noqa: E402 - the database can be asked only after the set-up above

checks.refuse_unsafe_start()
application = get_wsgi_application()
