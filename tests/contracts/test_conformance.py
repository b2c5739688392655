"""Requests made of each document, right and wrong ones: what `make contract-check` tries, in short.

No status, media type or member that is not documented, nothing refused that the document admits as
an example, nothing taken that it excludes.
"""

import pytest

from tests.contracts.conformance.requests import try_requests
from tests.contracts.conformance.services import SERVICES, running_service

PHASES = {
    "applications": "examples,coverage",
    "catalog": "examples",
    "certificates": "examples,coverage",
}
"""Those that ask the same each time, as far as they take seconds; the others are the command's."""


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_the_service_answers_as_its_document_says(
    service: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with running_service(service) as url:
        code = try_requests(service, url, PHASES[service], 1, None)
    assert code == 0, capfd.readouterr().out[-10_000:]
