"""The result follows the instrument: tasks, parts, the total; points as they were written."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.applications.examination.pass_rules import (
    Comparator,
    PartPoints,
    TaskPoints,
    Threshold,
    grade_total,
)
from services.applications.examination.rules import PartResult, grade_examination
from shared.db import Database
from tests.applications import people
from tests.applications.people import send_step
from tests.problems import assert_problem

PASSED, FAILED = PartResult.PASSED, PartResult.FAILED
POINTS = st.decimals(0, 1000, places=2)
HELD_ON = "2026-03-02"


def _task(points: Any, **changes: Any) -> dict[str, Any]:
    return {"criterion": "Задание", "points": points, **changes}


def _part(*tasks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"held_on": HELD_ON, "scores": list(tasks), **changes}


def _threshold(points: Any, comparator: str = "at_least") -> dict[str, Any]:
    return {"points": points, "comparator": comparator}


PASSED_THEORY = _part(_task(18, required_points=15, maximum_points=20))


@pytest.mark.parametrize(
    ("protocol", "results"),
    [
        # Every task its least.
        ({"practice": _part(_task(5, required_points=5), _task(4, required_points=5))}, (FAILED,)),
        ({"practice": _part(_task(5, required_points=5), _task(5, required_points=5))}, (PASSED,)),
        # Absolute points, reached or exceeded.
        ({"practice": _part(_task(30), _task(12.5), threshold=_threshold(42.5))}, (PASSED,)),
        (
            {"practice": _part(_task(30), _task(12.5), threshold=_threshold(42.5, "more_than"))},
            (FAILED,),
        ),
        ({"practice": _part(_task(0.1), _task(0.2), threshold=_threshold(0.3))}, (PASSED,)),
        ({"practice": _part(*[_task(0.1)] * 10, threshold=_threshold(1, "more_than"))}, (FAILED,)),
        # A least of one task and a threshold of all at once.
        (
            {"practice": _part(_task(1, required_points=2), _task(98), threshold=_threshold(70))},
            (FAILED,),
        ),
        # A total and a threshold of the practice at once.
        (
            {
                "practice": _part(_task(40), threshold=_threshold(40), maximum_points=80),
                "total_threshold": _threshold(59),
            },
            (PASSED, FAILED),
        ),
        (
            {
                "practice": _part(_task(41), threshold=_threshold(40), maximum_points=80),
                "total_threshold": _threshold(59),
            },
            (PASSED, PASSED),
        ),
        # Nothing but a total.
        ({"practice": _part(_task(41)), "total_threshold": _threshold(59)}, (PASSED, PASSED)),
    ],
)
async def test_an_examination_is_graded_by_its_instrument(
    client: httpx.AsyncClient, protocol: dict[str, Any], results: tuple[str, ...]
) -> None:
    application_id = await people.schedule_examination(client)
    body = people.protocol(theory=PASSED_THEORY, **protocol)
    application = await people.run_step(
        client, application_id, "record-examination", "examined", **body
    )
    examination = application["examination"]
    practice, total = (*results, None)[:2]
    assert (examination["theory"], examination["practice"]) == ("passed", practice)
    assert examination["total"] == total
    result = "failed" if "failed" in results else "passed"
    assert examination["result"] == result
    assert examination["parts"][1]["threshold"] == protocol["practice"].get("threshold")
    await people.run_step(
        client, application_id, "send-to-council", "with_council", sent_on=HELD_ON
    )
    answer = await send_step(client, application_id, "decide", **people.decision())
    if result == "failed":
        assert_problem(answer, 422, "decision.not_passed", "/outcome")
    else:
        assert answer.status_code == 200, answer.text


async def test_the_theorys_threshold_admits_to_the_practice(client: httpx.AsyncClient) -> None:
    application_id = await people.schedule_examination(client)
    theory = _part(_task(20), _task(19), threshold=_threshold(40), maximum_points=60)
    body = people.protocol(theory=theory)
    answer = await send_step(client, application_id, "record-examination", **body)
    assert_problem(answer, 422, "examination.theory_first", "/practice")
    del body["practice"]
    body["total_threshold"] = _threshold(100)
    application = await people.run_step(
        client, application_id, "record-examination", "examined", **body
    )
    examination = application["examination"]
    assert (examination["theory"], examination["total"], examination["result"]) == (
        "failed",
        None,
        "failed",
    )


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"theory": _part(_task(5))}, "examination.threshold_missing", "/theory/threshold"),
        (
            {"theory": _part(_task(21, required_points=1, maximum_points=20))},
            "examination.maximum",
            "/theory/scores/0/points",
        ),
        (
            {"theory": _part(_task(20, required_points=21, maximum_points=20))},
            "examination.maximum",
            "/theory/scores/0/required_points",
        ),
        (
            {"theory": _part(_task(30), _task(31), threshold=_threshold(5), maximum_points=60)},
            "examination.maximum",
            "/theory/scores",
        ),
        (
            {"theory": _part(_task(30), threshold=_threshold(61), maximum_points=60)},
            "examination.maximum",
            "/theory/threshold/points",
        ),
        (
            {"theory": _part(_task(30), threshold=_threshold(60, "more_than"), maximum_points=60)},
            "examination.unreachable",
            "/theory/threshold/points",
        ),
        (
            {
                "theory": _part(_task(30), threshold=_threshold(20), maximum_points=60),
                "practice": _part(_task(30), threshold=_threshold(20), maximum_points=40),
                "total_threshold": _threshold(101),
            },
            "examination.maximum",
            "/total_threshold/points",
        ),
        (
            {"theory": _part(_task(30), threshold=_threshold(5, "about"))},
            "value.choice",
            "/theory/threshold/comparator",
        ),
    ],
)
async def test_points_that_do_not_fit_the_instrument_are_refused(
    client: httpx.AsyncClient, database: Database, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.schedule_examination(client)
    before = await people.count_rows(database)
    body = people.protocol(**changes)
    answer = await send_step(client, application_id, "record-examination", **body)
    assert_problem(answer, 422, rule, pointer)
    assert await people.count_rows(database) == before


@given(tasks=st.lists(st.tuples(POINTS, POINTS), min_size=1, max_size=20))
def test_a_part_needs_the_least_of_every_task(tasks: list[tuple[Decimal, Decimal]]) -> None:
    part = PartPoints("theory", [TaskPoints(points, least) for points, least in tasks])
    is_passed = not any(points < least for points, least in tasks)
    assert (part.grade() is PASSED) is is_passed


@given(points=st.lists(POINTS, min_size=1, max_size=20), threshold=POINTS)
def test_thresholds_compare_sums_without_a_remainder(
    points: list[Decimal], threshold: Decimal
) -> None:
    """In hundredths, as whole numbers, the sum is exact in any case."""
    hundredths = sum(int(value * 100) for value in points)
    parts = [PartPoints("theory", [TaskPoints(value) for value in points])]
    at_least, more_than = Threshold(threshold), Threshold(threshold, Comparator.MORE_THAN)
    assert (grade_total(at_least, parts) is PASSED) is (hundredths >= int(threshold * 100))
    assert (grade_total(more_than, parts) is PASSED) is (hundredths > int(threshold * 100))
    assert grade_total(None, parts) is None


@pytest.mark.parametrize(
    ("results", "result"),
    [
        ((PASSED, PASSED, None), PASSED),
        ((PASSED, PASSED, PASSED), PASSED),
        ((PASSED, PASSED, FAILED), FAILED),
        ((PASSED, FAILED, PASSED), FAILED),
        ((FAILED, None, None), FAILED),
    ],
)
def test_the_whole_is_passed_where_every_part_and_the_total_are(
    results: tuple[PartResult, PartResult | None, PartResult | None], result: PartResult
) -> None:
    assert grade_examination(*results) is result
