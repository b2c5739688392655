"""The five qualifications that ship: as the council printed them, and safe to load again."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from services.catalog.load import (
    DATA_FOLDER,
    Publication,
    build_second_version,
    load_qualifications,
)
from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from tests import tokens
from tests.clock import ManualClock
from tests.serving import WIRE_SECONDS, listening

BODIES = {path.stem[7]: json.loads(path.read_text()) for path in sorted(DATA_FOLDER.glob("*.json"))}

APPROVAL = {"approved_by": "Совет", "protocol_number": "5", "protocol_date": "2026-03-01"}
PUBLICATION = Publication(APPROVAL, effective_from="2026-03-01", numbered_from="2026-03-02")

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


REGISTERED = {
    "07.01000.01": (3, "Оператор Контактного центра"),
    "07.01000.02": (4, "Специалист по контролю качества обслуживания"),
    "07.01000.03": (4, "Специалист по анализу и планированию ресурсов"),
    "07.01000.04": (
        5,
        (
            "Специалист по оперативному управлению и контролю процессов и показателей деятельности "
            "по дистанционному информационно-справочному обслуживанию"
        ),
    ),
    "07.01000.05": (
        6,
        (
            "Специалист по планированию и управлению системой дистанционного "
            "информационно-справочного обслуживания"
        ),
    ),
}


@pytest.mark.parametrize("row", PRINTED)
def test_a_second_version_says_by_which_source_it_differs(row: str) -> None:
    (path,) = DATA_FOLDER.glob(f"07.010-{row}-*.json")
    body, first_body = build_second_version(path), BODIES[row]
    differences = {member for member in first_body if body[member] != first_body[member]}
    assert differences - {"name"} == {"council", "registry_number", "completed_by_publisher"}
    added_completions = body["completed_by_publisher"][len(first_body["completed_by_publisher"]) :]
    assert {item["column"] for item in added_completions} == differences - {
        "completed_by_publisher"
    }
    assert all("копия 2026 года" in item["reason"] for item in added_completions)
    assert "копия 2026 года" in body["change_reason"]


def _list_items(catalog: httpx.Client, **params: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = catalog.get("/v1/qualifications", params=params).json()["items"]
    return items


def test_loading_publishes_all_five_and_again_changes_nothing(catalog: httpx.Client) -> None:
    lines: list[str] = []
    load_qualifications(catalog, PUBLICATION, lines.append)
    load_qualifications(catalog, PUBLICATION, lines.append)
    assert [words.partition(":")[0] for words in lines] == ["published"] * 10 + [
        *["there already"] * 5
    ]
    assert catalog.get("/ops/outbox").json()["unpublished"] == 10
    items = _list_items(catalog)
    assert {item["registry_number"]: (item["level"], item["name"]) for item in items} == REGISTERED
    assert {(item["status"], item["version"]) for item in items} == {("published", 2)}
    (council,) = {item["council"] for item in items}
    assert "документационного" in council
    first_items = _list_items(catalog, on="2026-03-01")
    assert [item["registry_number"] for item in first_items] == [None] * 5


@pytest.mark.parametrize("steps", [(), ("submit",)])
def test_loading_goes_on_where_it_was_broken_off(
    catalog: httpx.Client, steps: tuple[str, ...]
) -> None:
    first = catalog.post("/v1/qualifications", json=BODIES["4"])  # and then killed
    assert first.status_code == 201
    for step in steps:
        path = f"/v1/qualifications/{first.json()['id']}/versions/1/{step}"
        assert catalog.post(path).is_success
    load_qualifications(catalog, PUBLICATION, lambda _: None)
    assert len(_list_items(catalog)) == 5


def test_loading_goes_on_with_a_second_version_that_is_on_its_way(catalog: httpx.Client) -> None:
    requests = 0

    def count_request(_: httpx.Request) -> None:
        nonlocal requests
        requests += 1
        if requests == 8:
            raise KeyboardInterrupt

    catalog.event_hooks = {"request": [count_request]}
    for _ in range(2):
        with suppress(KeyboardInterrupt):
            load_qualifications(catalog, PUBLICATION, lambda _: None)
    assert {item["registry_number"] for item in _list_items(catalog)} == set(REGISTERED)


def test_a_council_under_its_former_name_is_the_same_and_has_no_twins(
    catalog: httpx.Client,
) -> None:
    load_qualifications(catalog, PUBLICATION, lambda _: None)
    former_council = BODIES["2"]["council"]
    assert len(_list_items(catalog, council=former_council)) == 5
    twin = catalog.post("/v1/qualifications", json=BODIES["2"])
    assert (twin.status_code, twin.json()["rule"]) == (409, "qualification.exists")
