"""The application counts wrong passwords: it may write the tries, and only those.

Rows of django-axes name a username that somebody typed, an address and a browser, before it is known who that
is and in which home; so they have no policy. They are deleted when the right password is given.
"""

from django.db import migrations

from stock import row_security as rows

TABLES = ["axes_accessattempt", "axes_accessattemptexpiration"]


class Migration(migrations.Migration):
    dependencies = [("axes", "0010_accessattemptexpiration"), ("stock", "0002_row_security")]

    operations = [
        *[rows.grant(table, "SELECT, INSERT, UPDATE, DELETE") for table in TABLES],
        rows.grant("SEQUENCE axes_accessattempt_id_seq", "USAGE"),
    ]
