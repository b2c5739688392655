"""The client for TypeScript against a running service; skipped where there is no Node.js."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.delivery.webhooks import BATCH_TYPE, build_batch, create_secret, sign_message
from tests.certificates.approvals import NUMBER
from tests.clients.broken_streams import BreakingStreams
from tests.clients.conftest import Site
from tests.clients.programs import BEFORE_EVENTS, EVENTS, run_program
from tests.clock import ManualClock
from tests.serving import listening

CHECK = Path(__file__).parent / "check.mjs"
COMPILE_EXAMPLE = {
    "extends": "./tsconfig.json",
    "compilerOptions": {"rootDir": "examples", "outDir": "compiled", "declaration": False},
    "include": ["examples"],
}


async def test_the_example_of_a_portal_runs(
    typescript_folder: Path, site: Site, tmp_path: Path
) -> None:
    project = typescript_folder / "tsconfig.examples.json"
    project.write_text(json.dumps(COMPILE_EXAMPLE))
    compiler = ["node", "node_modules/typescript/bin/tsc", "--project", project.name]
    assert await run_program(compiler, typescript_folder, {}) == []
    position_file = str(tmp_path / "position")
    variables = site.describe(NUMBER=NUMBER, ISSUED_ON="2026-03-02", POSITION_FILE=position_file)
    lines = await run_program(["node", "compiled/portal.js"], typescript_folder, variables)
    assert lines == ["one: valid true", *BEFORE_EVENTS, *EVENTS]
    lines = await run_program(["node", "compiled/portal.js"], typescript_folder, variables)
    assert lines == ["one: valid true", *BEFORE_EVENTS], "the events are known"


def sign_messages() -> list[dict[str, Any]]:
    """Messages as a portal gets them: events, a challenge, two forgeries."""
    secret, foreign_secret = create_secret(), create_secret()
    event = {
        "type": "attesta.roster.expired.v1",
        "sequence": "0000000017",
        "data": {"valid": False},
    }
    batch, challenge = build_batch([json.dumps(event)]), b'{"challenge":"x"}'
    return [
        {
            "secret": known_secret,
            "body": body.decode() + suffix,
            "headers": dict(sign_message("evt_1_17", body, BATCH_TYPE, [secret])),
        }
        for known_secret, body, suffix in (
            (secret, batch, ""),
            (secret, challenge, ""),
            (foreign_secret, batch, ""),
            (secret, batch, " "),
        )
    ]


async def test_it_keeps_what_it_promises(
    typescript_folder: Path, site: Site, settings: CertificatesSettings, clock: ManualClock
) -> None:
    shutil.copy(CHECK, typescript_folder)
    with listening(BreakingStreams(create(settings, clock), 3)) as breaking_site:
        variables = site.describe(NUMBER=NUMBER, BREAKING_SITE=breaking_site)
        outcome = await asyncio.to_thread(
            subprocess.run,
            ["node", CHECK.name],
            cwd=typescript_folder,
            env=variables | {"PATH": str(Path(shutil.which("node") or "").parent)},
            input=json.dumps(sign_messages()),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == {
        "past": ["not_found", 3],
        "rows": ["valid", "/number"],
        "feed": [1, 2, 3],
        "rest": [2, 3],
        "events": [[2, "renewal_due", "07.000001"], [3, "renewal_due", "07.000002"]],
        "altered": [None, None, *["ChainBroken"] * 8],
        "otherChain": "ChainBroken",
        "stranger": "401 auth.missing",
        "unknownJob": "404 job.unknown",
        "sameJob": True,
        "answers": list(range(1, 701)),
        "cancelled": "409 job.finished",
        "messages": [
            [[17, "expired", False]],
            {"challenge": "x"},
            "MessageForged",
            "MessageForged",
        ],
    }
