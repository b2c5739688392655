"""A real nginx with the generated configuration, run without root and in a folder of its own."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.gateway.nginx import build_configuration
from deploy.gateway.table import RouteTable
from deploy.gateway.unavailable import PAGES_FOLDER, UnavailablePages

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
"""The program; None where there is none."""


def prepare_nginx(
    folder: Path, port: int, addresses: Mapping[str, Sequence[str]], silence_seconds: float
) -> list[str]:
    """The command of an nginx at this port before these addresses of each service."""
    text = build_configuration(
        RouteTable.read(),
        UnavailablePages.read(),
        addresses=addresses,
        port=port,
        pages_folder=str(PAGES_FOLDER),
        silence_seconds=silence_seconds,
    )
    temporary_folders = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(text.replace("http {\n", f"http {{\n{temporary_folders}", 1))
    options = f"daemon off; master_process off; pid {folder}/nginx.pid;"
    return [str(NGINX), "-p", str(folder), "-c", str(configuration), "-g", options]
