"""Which rows the application's role may see and change, as migration operations.

PostgreSQL decides, not Django: each operation here writes a policy or a grant. The scope that the
policies read is set per transaction by emar.scope. It lives in the lowest app because every app's
migrations need it and arrows only point down.
"""

from collections.abc import Sequence

from django.db import migrations

APP_ROLE = "emar_app"
#: The home, staff member and council of this transaction; NULL, which matches no row, when unset.
HOME = "NULLIF(current_setting('emar.home_id', true), '')::bigint"
STAFF_MEMBER = "NULLIF(current_setting('emar.staff_member_id', true), '')::bigint"
COUNCIL = "NULLIF(current_setting('emar.council_id', true), '')::bigint"
#: The home a policy allows: one home a transaction, never "all of mine".
OWN_HOME = f"home_id = {HOME}"
#: What names nobody is also its council's to read. Which homes those are, emar_carehome's own policy says.
OWN_HOME_OR_COUNCIL = f"{OWN_HOME} OR home_id IN (SELECT id FROM emar_carehome WHERE council_id = {COUNCIL})"  # noqa: S608  constants


def _sql(forward: Sequence[str], backward: Sequence[str]) -> migrations.RunSQL:
    return migrations.RunSQL(list(forward), list(backward))


def protect_rows(table: str, using: str = OWN_HOME, check: str | None = None) -> migrations.RunSQL:
    """Let the application see only the rows of `table` that `using` allows, and write only what `check` does.

    Row-level security is forced, so the owner of the table is held to it as well.
    """
    return _sql(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY scope ON {table} USING ({using}) WITH CHECK ({check or using})",
        ],
        [f"DROP POLICY scope ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"],
    )


def grant(table: str, rights: str) -> migrations.RunSQL:
    """Give the application's role exactly `rights` on `table`, for example "SELECT, INSERT"."""
    return _sql(
        [f"REVOKE ALL ON {table} FROM {APP_ROLE}", f"GRANT {rights} ON {table} TO {APP_ROLE}"],
        [f"REVOKE ALL ON {table} FROM {APP_ROLE}"],
    )


def append_only(table: str) -> Sequence[migrations.RunSQL]:
    """Make `table` refuse UPDATE, DELETE and TRUNCATE from everybody, and grant only SELECT and INSERT.

    The grant stops the application; the triggers also stop the owner, so a slip in a migration or a
    repair script cannot change what happened. (trust.md, ledger invariant 5)
    """
    return [
        grant(table, "SELECT, INSERT"),
        _sql(
            [
                f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
                f"CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            ],
            [
                f"DROP TRIGGER append_only_rows ON {table}",
                f"DROP TRIGGER append_only_table ON {table}",
            ],
        ),
    ]


def same_home(table: str, column: str, parent: str, *, is_deferred: bool = False) -> migrations.RunSQL:
    """Bind `table.column` to a row of `parent` in the same home.

    A plain foreign key is checked past row-level security, so it would accept another home's resident. A
    deferred one is checked at commit, for rows that point at one another.
    """
    return _sql(
        [
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_home "
            f"FOREIGN KEY (home_id, {column}) REFERENCES {parent} (home_id, id)"
            + (" DEFERRABLE INITIALLY DEFERRED" if is_deferred else "")
        ],
        [f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_home"],
    )


def referable_in_home(table: str) -> migrations.RunSQL:
    """Give `table` the key (home_id, id) that same_home points at."""
    return _sql(
        [f"ALTER TABLE {table} ADD CONSTRAINT {table}_home_key UNIQUE (home_id, id)"],
        [f"ALTER TABLE {table} DROP CONSTRAINT {table}_home_key"],
    )


APPLICATION_ROLE = _sql(
    [
        f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
                CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;
            END IF;
        END $$
        """,
        f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}",
        f"GRANT SELECT ON django_migrations TO {APP_ROLE}",
    ],
    [],
)

REFUSE_CHANGE = _sql(
    [
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: correct it with a new row', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    ],
    ["DROP FUNCTION refuse_change()"],
)
