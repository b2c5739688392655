"""The release that runs, and one made of it as the next would be: it knows more, and adds tables.

It is a copy of the source in which each service has two revisions more, its main row a column that
this release does not know, and the events of the whole road a member more.
"""

import shutil
from pathlib import Path

from deploy.local.settings import PROJECT

SOURCES = ("alembic.ini", "deploy", "services", "shared")
MARK = "next"
"""What the next release writes into the column and the member that it adds."""
COLUMN = "written_by"
MAIN_ROWS = {
    "catalog": ("qualification", "services/catalog/qualification/models.py"),
    "applications": ("application", "services/applications/application/models.py"),
    "certificates": ("certificate", "services/certificates/certificate/models.py"),
}
"""The main table of each service, and the module of its class."""
EVENT_TYPES = {
    "catalog.qualification.published.v1": "shared/events/catalog.py",
    "applications.application.approved.v1": "shared/events/applications.py",
    "certificates.certificate.issued.v1": "shared/events/certificates.py",
}
"""An event of each service that another one follows, and its module."""

_EXPANSION = '''
"""What the next release adds."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{service}_0002", "{service}_0001"

def upgrade() -> None:
    op.add_column("{table}", sa.Column("{column}", sa.String))
    op.create_table("next_thing", sa.Column("id", sa.Integer, primary_key=True))
'''
_INDEX = '''
"""An index for it, made while everybody writes."""
from shared.indexes import create_index
revision, down_revision = "{service}_0003", "{service}_0002"

def upgrade() -> None:
    create_index("ix_{table}_{column}", "{table}", "({column})")
'''


def make_next_release(folder: Path) -> Path:
    """The source of the next release, in this folder."""
    folder.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, folder / name)
    for service, (table, module) in MAIN_ROWS.items():
        revisions = folder / "services" / service / "migrations" / "versions"
        for number, text in enumerate((_EXPANSION, _INDEX), start=2):
            revision = text.format(service=service, table=table, column=COLUMN)
            (revisions / f"{number:04}_next.py").write_text(revision)
        _insert_member(folder / module, f'__tablename__ = "{table}"')
    for event_type, module in EVENT_TYPES.items():
        _insert_member(folder / module, f'TYPE: ClassVar[str] = "{event_type}"')
    return folder


def _insert_member(module: Path, line: str) -> None:
    """Adds an optional member to the class that has this line, behind it."""
    text = module.read_text()
    assert text.count(line) == 1, f"{module} has no such line once: {line}"
    module.write_text(text.replace(line, f'{line}\n    {COLUMN}: str | None = "{MARK}"'))
