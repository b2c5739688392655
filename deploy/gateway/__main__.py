"""Writes `nginx.conf` and `nginx.tls.conf`, made from the table: `python -m deploy.gateway`."""

from deploy.gateway.nginx import (
    CONFIGURATION_FILE,
    TLS_CONFIGURATION_FILE,
    build_configuration,
)
from deploy.gateway.table import RouteTable
from deploy.gateway.unavailable import UnavailablePages

if __name__ == "__main__":
    table, pages = RouteTable.read(), UnavailablePages.read()
    CONFIGURATION_FILE.write_text(build_configuration(table, pages))
    TLS_CONFIGURATION_FILE.write_text(build_configuration(table, pages, tls=True))
