"""Schemathesis: requests made of a service's document, right and wrong ones, in four phases."""

import os
import subprocess
import sys
from pathlib import Path

from tests import tokens

FOLDER = Path(__file__).parent
SEED = 13
PHASES = "examples,coverage,fuzzing,stateful"


def try_requests(service: str, url: str, phases: str, examples: int, report: Path | None) -> int:
    """Tries every operation of the service at this address; the exit code, 0 where all is well.

    `examples` is how many requests an operation gets in each phase, at most.
    """
    baseline = FOLDER / f"accepted-{service}.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(FOLDER / "schemathesis.toml")),
        *("run", f"{url}/openapi/{service}.json", "--url", url),
        *("--phases", phases, "--max-examples", str(examples), "--seed", str(SEED)),
        *("--header", f"Authorization:{tokens.all_roles_headers()['Authorization']}"),
        *(("--baseline", str(baseline)) if baseline.exists() else ()),
        *(("--report", "json", "--report-json-path", str(report)) if report else ()),
    ]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.contracts.conformance.hooks"}
    return subprocess.run(command, check=False, env=environment).returncode
