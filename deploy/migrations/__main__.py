"""`python -m deploy.migrations [service ...]`: upgrades all services' databases, or some."""

import sys

from alembic import command
from alembic.config import Config

from deploy.migrations.revisions import UnknownRevision
from deploy.migrations.turns import TablesBusy

SERVICES = ("catalog", "applications", "certificates")


def upgrade_databases(services: list[str]) -> None:
    """Upgrades each service's database to its newest revision, one after another.

    Raises `UnknownRevision` for a database that other code made, and `TablesBusy`.
    """
    for service in services:
        command.upgrade(Config("alembic.ini", ini_section=service), "head")
        print(f"{service}: migrated", flush=True)


if __name__ == "__main__":
    try:
        upgrade_databases(sys.argv[1:] or list(SERVICES))
    except (UnknownRevision, TablesBusy) as error:
        sys.exit(str(error))
