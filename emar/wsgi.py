"""The application as a WSGI server calls it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - there are no settings before the line above

from emar import checks  # noqa: E402

if settings.EMAR_ENV == "production":
    checks.refuse_unless_safe(checks.faults_of_database())
