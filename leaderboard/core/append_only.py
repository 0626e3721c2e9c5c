"""Tables whose rows are written once: the database itself refuses to change or delete them."""

from __future__ import annotations

from django.db import migrations

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
_TRIGGER = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)


def append_only(table: str) -> migrations.RunSQL:
    """Return the operation that makes a table append-only. A change of a row then raises IntegrityError."""
    return migrations.RunSQL(
        [_FUNCTION, _TRIGGER.format(table=table)], [f"DROP TRIGGER append_only ON {table}"]
    )
