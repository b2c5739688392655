"""The five qualifications that ship: as the council printed them, and safe to load again."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.catalog.load import DATA_FOLDER, load_qualifications
from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from tests import tokens
from tests.clock import ManualClock
from tests.serving import WIRE_SECONDS, listening

BODIES = {path.stem[7]: json.loads(path.read_text()) for path in sorted(DATA_FOLDER.glob("*.json"))}

APPROVAL = {"approved_by": "Совет", "protocol_number": "5", "protocol_date": "2026-03-01"}

OFFICE = "training_office_"
PROGRAMMES = [OFFICE + name for name in ("vocational", "retraining", "upskilling")]

# Written from the council's printed table: row, level, number of functions, what column 9 asks for.
# A list is "all of", a tuple "one of"; experience is its months and the fields that count together.
PRINTED: dict[str, tuple[int, int, list[Any]]] = {
    "1": (3, 4, ["education_secondary_general", tuple(PROGRAMMES)]),
    "2": (
        4,
        3,
        [
            ("education_secondary_vocational", tuple(PROGRAMMES)),
            (6, "remote_request_handling"),
        ],
    ),
    "3": (
        4,
        3,
        [
            ("education_secondary_vocational", tuple(PROGRAMMES)),
            (6, "remote_request_handling"),
        ],
    ),
    "4": (
        5,
        5,
        [
            "education_secondary_vocational",
            ((6, "quality_measurement", "resource_planning"), (12, "remote_request_handling")),
        ],
    ),
    "5": (
        6,
        4,
        [
            "education_higher_bachelor",
            "education_professional_retraining",
            (12, "unit_leadership"),
        ],
    ),
}


def _describe_rule(rule: dict[str, Any]) -> Any:
    if rule["rule"] == "document":
        return rule["kind"]
    if rule["rule"] == "experience":
        return (rule["months"], *rule["fields"])
    parts = [_describe_rule(part) for part in rule["parts"]]
    return parts if rule["rule"] == "all_of" else tuple(parts)


@pytest.mark.parametrize("row", PRINTED)
def test_a_qualification_asks_for_what_the_council_printed(row: str) -> None:
    body = BODIES[row]
    level, functions, requirements = PRINTED[row]
    assert body["level"] == level
    assert len(body["labour_functions"]) == functions
    assert _describe_rule(body["requirements"]) == requirements


def test_there_are_nineteen_functions_with_codes_in_latin_letters() -> None:
    codes = [function["code"] for body in BODIES.values() for function in body["labour_functions"]]
    groups = {"A": (4, 3), "B": (3, 4), "C": (3, 4), "D": (5, 5), "E": (4, 6)}
    expected_codes = [
        f"{letter}/{number:02}.{level}"
        for letter, (count, level) in groups.items()
        for number in range(1, count + 1)
    ]
    assert codes == expected_codes
    assert len(codes) == 19


@pytest.mark.parametrize("row", PRINTED)
def test_what_the_source_lacks_is_absent_or_marked_as_completed(row: str) -> None:
    body = BODIES[row]
    completed_columns = {entry["column"] for entry in body["completed_by_publisher"]}
    assert body["registry_number"] is None, "the table's numbers are those of its rows"
    assert body["legal_requirement"] is None
    assert body["occupational_standard"]["order_number"] == "163н"
    assert "occupational_standard" in completed_columns, (
        "the table leaves the order's number and date blank"
    )
    assert body["validity_term"] == "P3Y"
    assert ("validity_term" in completed_columns) == (row in "345"), "rows 3 to 5 print no term"
    assert ("labour_functions" in completed_columns) == (row == "2"), (
        "V/02.4 and V/03.4 were corrected"
    )


@pytest.fixture
def catalog(settings: CatalogSettings, clock: ManualClock) -> Iterator[httpx.Client]:
    """The catalog behind a real server."""
    with (
        listening(create(settings, clock)) as address,
        httpx.Client(
            base_url=address, headers=tokens.all_roles_headers(), timeout=WIRE_SECONDS
        ) as client,
    ):
        yield client


def _statuses(catalog: httpx.Client) -> list[str]:
    return [item["status"] for item in catalog.get("/v1/qualifications").json()["items"]]


def test_loading_publishes_all_five_and_again_changes_nothing(catalog: httpx.Client) -> None:
    lines: list[str] = []
    load_qualifications(catalog, APPROVAL, "2026-03-02", lines.append)
    load_qualifications(catalog, APPROVAL, "2026-03-02", lines.append)
    assert _statuses(catalog) == ["published"] * 5
    assert [words.partition(":")[0] for words in lines] == ["published"] * 5 + ["there already"] * 5
    assert catalog.get("/ops/outbox").json()["unpublished"] == 5


def test_loading_goes_on_where_it_was_broken_off(catalog: httpx.Client) -> None:
    first = BODIES["1"]
    assert catalog.post("/v1/qualifications", json=first).status_code == 201  # and then killed
    load_qualifications(catalog, APPROVAL, "2026-03-02", lambda _: None)
    assert _statuses(catalog) == ["published"] * 5
