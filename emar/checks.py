"""What does production refuse to start with?

Settings ask `faults_of_settings` before anything else is configured; the server asks after the database and
the built files before it serves (emar.wsgi), and `manage.py check --deploy` asks after the database. Each fault
is one line for the person who starts it. Demo and tests refuse nothing: EMAR_ENV alone tells them apart.
"""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import Error as DatabaseError
from django.db import connection

SHORTEST_SECRET = 50
FEWEST_DIFFERENT = 10

# The tables' owner may turn row-level security off; being able to become the owner is as good as being it.
ROLE_POWERS = """
    SELECT rolsuper, rolbypassrls,
           EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                   WHERE relkind IN ('r', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema')
                   AND pg_has_role(session_user, relowner, 'MEMBER')),
           EXISTS (SELECT 1 FROM pg_database
                   WHERE datname = current_database() AND pg_has_role(session_user, datdba, 'MEMBER'))
    FROM pg_roles WHERE rolname = session_user
"""


def faults_of_settings(environment: Mapping[str, str]) -> list[str]:
    """Say what is wrong with the environment that this process was given; an empty list when nothing is.

    Demo and tests may lack everything; production, or a misspelt word for it, may not.
    """
    kind = environment.get("EMAR_ENV", "demo")
    if kind in ("demo", "test"):
        return []
    faults = [] if kind == "production" else [f"EMAR_ENV is {kind}, not demo, test or production"]
    secret = environment.get("SECRET_KEY", "")
    if not secret:
        faults.append("SECRET_KEY is not set")
    elif secret.startswith(("django-insecure", "demo")) or len(set(secret)) < FEWEST_DIFFERENT:
        faults.append("SECRET_KEY is one that can be guessed")
    elif len(secret) < SHORTEST_SECRET:
        faults.append(f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters")
    if environment.get("DEBUG"):
        faults.append("DEBUG is set, and would show residents' data on error pages")
    hosts = [host.strip() for host in environment.get("ALLOWED_HOSTS", "").split(",") if host.strip()]
    if not hosts:
        faults.append("ALLOWED_HOSTS is not set: name the hosts it is served at")
    elif "*" in hosts:
        faults.append("ALLOWED_HOSTS allows every host")
    if environment.get("REQUIRE_SECOND_FACTOR", "1") != "1":
        faults.append("REQUIRE_SECOND_FACTOR is off: a password alone would open what managers and councils see")
    if not environment.get("DATABASE_URL"):
        faults.append("DATABASE_URL is not set: the private PostgreSQL is for trying and testing only")
    if environment.get("SMTP_HOST"):
        if environment.get("SMTP_SECURITY", "starttls") not in ("starttls", "tls"):
            faults.append("SMTP_SECURITY is neither starttls nor tls: orders name residents and would go unencrypted")
        if "@" not in environment.get("ORDER_SENDER", ""):
            faults.append("ORDER_SENDER is not an e-mail address: no order could be sent")
        if not (environment.get("SMTP_PORT") or "587").isdecimal():
            faults.append("SMTP_PORT is not a number")
    return faults


def faults_of_database() -> list[str]:
    """Say which powers the application's database role has that it must not have.

    Looks at the role that signed in, not at one it stepped down to: a session can step back up.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(ROLE_POWERS)
            is_superuser, bypasses, owns_tables, owns_database = cursor.fetchone()
    except DatabaseError as wrong:
        return [f"the database does not answer ({type(wrong).__name__}), so its role cannot be checked"]
    faults = []
    if is_superuser:
        faults.append("DATABASE_URL signs in as a superuser, whom row-level security does not hold")
    if bypasses and not is_superuser:
        faults.append("the role of DATABASE_URL bypasses row-level security")
    if (owns_tables or owns_database) and not is_superuser:
        faults.append("the role of DATABASE_URL owns the tables and could turn row-level security off")
    return faults


def faults_of_files() -> list[str]:
    """Say which built files production lacks; every page names some of them by their digest."""
    if (settings.STATIC_ROOT / "staticfiles.json").exists():
        return []
    return [f"{settings.STATIC_ROOT} has no collected files: run manage.py collectstatic"]


def refuse_unless_safe(faults: Sequence[str]) -> None:
    """End the process with one line for each fault. Raises SystemExit."""
    if faults:
        raise SystemExit("\n".join(f"emar does not start: {fault}" for fault in faults))


def refuse_unsafe_start() -> None:
    """End the process when this is production and its database role or its files are not fit to serve."""
    if settings.EMAR_ENV == "production":
        refuse_unless_safe([*faults_of_database(), *faults_of_files()])


@register(Tags.security, deploy=True)
def check_database_role(**_: object) -> list[CheckMessage]:
    """`manage.py check --deploy` finds the same faults of the database as a start does."""
    if settings.EMAR_ENV != "production":
        return []
    return [Error(fault, id="emar.E001") for fault in faults_of_database()]
