"""Every process knows all tables that its tables refer to, also those of rooms it does not use."""

import subprocess
import sys

import pytest

PROCESSES = [
    "catalog.main",
    "catalog.worker",
    "catalog.load",
    "applications.main",
    "applications.worker",
    "applications.scheduler",
    "certificates.main",
    "certificates.worker",
    "certificates.scheduler",
    "certificates.sender",
]
RESOLVE_KEYS = """
import importlib, sys
service, _, process = sys.argv[1].partition(".")
importlib.import_module(f"services.{service}.{process}")
metadata = importlib.import_module(f"services.{service}.base").metadata
for table in metadata.tables.values():
    for key in table.foreign_keys:
        assert key.column is not None
"""


@pytest.mark.parametrize("process", PROCESSES)
def test_every_foreign_key_leads_to_a_table_that_the_process_knows(process: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", RESOLVE_KEYS, process], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
