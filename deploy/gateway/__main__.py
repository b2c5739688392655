"""Writes `deploy/gateway/nginx.conf`, made from the table: `python -m deploy.gateway`."""

from deploy.gateway.nginx import CONFIGURATION_FILE, build_configuration
from deploy.gateway.table import RouteTable
from deploy.gateway.unavailable import UnavailablePages

if __name__ == "__main__":
    CONFIGURATION_FILE.write_text(build_configuration(RouteTable.read(), UnavailablePages.read()))
