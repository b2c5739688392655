"""A migration is applied while the release before runs: so it adds, and takes away later."""

from pathlib import Path

import pytest

from deploy.local.settings import PROJECT
from tests.house.contractions import find_contraction_faults

REVISIONS = sorted(PROJECT.glob("services/*/migrations/versions/*.py"))
SOURCE = '''
"""A revision. DROP TABLE in words is no statement."""
revision, down_revision = "catalog_0002", "catalog_0001"
{declaration}
def upgrade() -> None:
    {act}
'''
DECLARATION = 'oldest_code = "catalog_0001"; contraction_reason = "nothing reads it since"'


@pytest.mark.parametrize("path", REVISIONS, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_no_revision_takes_away_what_running_code_needs(path: Path) -> None:
    faults = find_contraction_faults(path.read_text())
    assert not faults, f"{path.name}: {faults}; see docs/runbook.md, An upgrade"


@pytest.mark.parametrize(
    "act",
    [
        'op.drop_column("thing", "name")',
        'op.rename_table("thing", "matter")',
        'op.alter_column("thing", "name", new_column_name="title")',
        'op.alter_column("thing", "name", nullable=False)',
        'op.add_column("thing", sa.Column("name", sa.String, nullable=False))',
        'op.create_unique_constraint("uq_thing", "thing", ["name"])',
        'op.create_index("ix_thing", "thing", ["name"])',
        'op.execute("ALTER TABLE thing ALTER COLUMN name SET NOT NULL")',
        'op.execute("DROP TABLE thing")',
    ],
)
def test_what_takes_away_needs_a_declaration(act: str) -> None:
    assert find_contraction_faults(SOURCE.format(act=act, declaration=""))
    assert not find_contraction_faults(SOURCE.format(act=act, declaration=DECLARATION))
    own_revision = DECLARATION.replace("0001", "0002")
    assert find_contraction_faults(SOURCE.format(act=act, declaration=own_revision))


@pytest.mark.parametrize(
    "act",
    [
        'op.add_column("thing", sa.Column("name", sa.String))',
        'op.add_column("thing", sa.Column("n", sa.Integer, nullable=False, server_default="0"))',
        'op.alter_column("thing", "name", nullable=True)',
        'create_index("ix_thing", "thing", "(name)")',
        'op.create_table("other", sa.Column("n")); op.create_index("ix_other", "other", ["n"])',
        'op.execute("ALTER TABLE thing ADD COLUMN name text")',
    ],
)
def test_what_adds_needs_none(act: str) -> None:
    assert find_contraction_faults(SOURCE.format(act=act, declaration="")) == []
