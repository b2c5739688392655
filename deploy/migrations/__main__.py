"""`python -m deploy.migrations [service ...]`: upgrades all services' databases, or some."""

import sys

from alembic import command
from alembic.config import Config

SERVICES = ("catalog", "applications", "certificates")


def upgrade_databases(services: list[str]) -> None:
    """Upgrades each service's database to its newest revision, one after another."""
    for service in services:
        command.upgrade(Config("alembic.ini", ini_section=service), "head")
        print(f"{service}: migrated", flush=True)


if __name__ == "__main__":
    upgrade_databases(sys.argv[1:] or list(SERVICES))
