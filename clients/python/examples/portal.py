"""A portal: verifies one certificate, a thousand, a whole staff, and follows what changes."""

import os
from datetime import date
from pathlib import Path
from uuid import UUID

from attesta_client import Attesta, Refused

site, token, roster = (os.environ[name] for name in ("SITE", "TOKEN", "ROSTER"))
NUMBER, ISSUED_ON = os.environ["NUMBER"], date.fromisoformat(os.environ["ISSUED_ON"])
position_file = Path(os.environ["POSITION_FILE"])

with Attesta(site, token) as attesta:
    verdict = attesta.verify(NUMBER, ISSUED_ON)
    print("one:", verdict.verdict, verdict.valid)

    try:
        attesta.verify("no number?", ISSUED_ON)
    except Refused as refusal:
        print("refused:", refusal.rule, *(fault["pointer"] for fault in refusal.errors))

    rows = attesta.verify_many([(NUMBER, ISSUED_ON)] * 1000)
    print("a thousand:", sum(row.answer is not None and row.answer.valid for row in rows))

    job = attesta.begin_verification([(NUMBER, ISSUED_ON)] * 2500)
    print("a job of:", job.progress().total)
    for row in job.answers(pause_seconds=0.2):
        if row.row % 500 == 0:
            print("answered:", row.row)

    after = int(position_file.read_text()) if position_file.exists() else 0
    for event in attesta.events(UUID(roster), after):
        print("changed:", event.kind, event.number)
        position_file.write_text(str(event.sequence))  # together with what you keep of it
