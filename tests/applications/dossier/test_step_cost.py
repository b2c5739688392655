"""What a step of the procedure costs: so many statements, whatever the file holds already."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from tests.applications import people
from tests.applications.statements import recording_statements
from tests.clock import ManualClock
from tests.serving import serving

MOST_STATEMENTS = 18
STEPS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("begin-review", "under_review", {"reviewer": "И. К."}),
    ("review", "admitted", people.ADMIT),
    ("schedule", "scheduled", people.appointment()),
)


@pytest.mark.usefixtures("client")
async def test_a_step_takes_as_many_statements_for_a_full_file_as_for_a_small_one(
    settings: ApplicationsSettings, clock: ManualClock
) -> None:
    app = create(settings, clock)
    counts: list[dict[str, int]] = []
    async with serving(app) as client:
        for document_count in (1, 12):
            application_id = await people.submit_application(client)
            await people.attach_document(
                client, application_id, "experience", months="6", field="sales"
            )
            for _ in range(document_count):
                await people.attach_document(client, application_id, "education_secondary")
            file_counts: dict[str, int] = {}
            for step, status, body in STEPS:
                with recording_statements(app.state.resources.database) as statements:
                    await people.run_step(client, application_id, step, status, **body)
                file_counts[step] = len(statements)
            counts.append(file_counts)
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= MOST_STATEMENTS
