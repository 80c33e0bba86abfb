"""How this process is configured: everything comes from the environment.

EMAR_ENV is `demo` (the default: a private PostgreSQL, a secret made for this checkout), `test` or
`production`. What production refuses to start with is in emar.checks.
"""

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from emar import checks, local_postgres
from emar import logging as emar_logging
from emar.database_url import connection
from emar.local_secret import secret_of_this_checkout

BASE_DIR = Path(__file__).resolve().parent.parent
EMAR_ENV = os.environ.get("EMAR_ENV", "demo")
PRODUCTION = EMAR_ENV == "production"

checks.refuse_unless_safe(checks.faults_of_settings(os.environ))

SECRET_KEY = os.environ.get("SECRET_KEY") or secret_of_this_checkout()
DEBUG = os.environ.get("DEBUG", "") == "1"
ALLOWED_HOSTS = [h.strip() for h in os.environ.get("ALLOWED_HOSTS", "*").split(",") if h.strip()]
CSRF_TRUSTED_ORIGINS = [o.strip() for o in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if o.strip()]

LOGGING = emar_logging.configuration(os.environ.get("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING"))
emar_logging.configure_structlog()

# The application connects as a role that owns nothing and bypasses nothing. Migrations and reference
# data (dm+d) are the owner's work and use the other alias. Where only one address is given, outside
# production, it is the owner's and the application steps down to its own role on connecting.
if os.environ.get("DATABASE_URL"):
    APP_URL = os.environ["DATABASE_URL"]
    OWNER_URL = os.environ.get("DATABASE_OWNER_URL") or ("" if PRODUCTION else APP_URL)
else:
    _private = local_postgres.urls()
    APP_URL, OWNER_URL = _private.app, _private.owner

DATABASES = {"default": connection(APP_URL, step_down=APP_URL == OWNER_URL)}
if OWNER_URL:
    DATABASES["owner"] = connection(OWNER_URL)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "pgtrigger",
    "stock",
    "emar",
    "ordering",
    "quality",
    "mobile_api",
    "web",
]

MIDDLEWARE = [
    "emar.health.HealthMiddleware",
    "emar.logging.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "emar.scope.ScopeMiddleware",
    "mobile_api.device_auth.DeviceTransactionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "emar.urls"
WSGI_APPLICATION = "emar.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.static"],
        },
    }
]

AUTH_USER_MODEL = "emar.StaffMember"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "emar.sign_in.PasswordBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
# Five wrong passwords for one name from one address close sign-in there for ten minutes. Not the name alone:
# a stranger could then lock a whole home out.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "web.pages.sign_in.too_many_tries"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Managers and council officers also type the code of an app on their phone. The demo has people who are nobody's,
# on no phone, so there it is theirs to try out; production refuses to start without it (emar.checks).
REQUIRE_SECOND_FACTOR = os.environ.get("REQUIRE_SECOND_FACTOR", "0" if EMAR_ENV == "demo" else "1") == "1"
OTP_TOTP_ISSUER = "Medicines record"
# Wrong codes in a row: wait 1, 2, 4, 8 … seconds before the next one.
OTP_TOTP_THROTTLE_FACTOR = 1
CSRF_FAILURE_VIEW = "web.pages.errors.stale_page"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ENGINE = "django.contrib.sessions.backends.db"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / ".local" / "static"))
# The demo serves what a build just made; production serves files with a digest in their names, for ever.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", BASE_DIR / ".local" / "media"))

# Orders go out as e-mail. Without a server and an address they are ordered by hand, and the record says so.
SMTP_HOST = os.environ.get("SMTP_HOST", "")
SMTP_PORT = int(os.environ.get("SMTP_PORT") or 587)
SMTP_USER = os.environ.get("SMTP_USER", "")
SMTP_PASSWORD = os.environ.get("SMTP_PASSWORD", "")
# `starttls`, `tls` or `none`; production refuses `none` (emar.checks): orders name residents.
SMTP_SECURITY = os.environ.get("SMTP_SECURITY", "starttls")
ORDER_SENDER = os.environ.get("ORDER_SENDER", "")

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # Browsers' preload lists bind a whole domain for years; that is for the owner of the domain to decide.
    SILENCED_SYSTEM_CHECKS = ["security.W021"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, "'wasm-unsafe-eval'"],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
