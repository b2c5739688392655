"""Every state in which a case can be met: each status, with every kind of remark and of papers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.applications.application.status import Status
from tests.applications import people
from tests.site import case_course
from tests.site.case_course import PLAIN, CaseCourse, Papers
from tests.site.readers import CRAWLED_AT
from tests.site.served_site import ServedSite

BEGUN_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REMARKS: Mapping[str, dict[str, str]] = {
    "a field": {"field": "/applicant/birth_date", "text": "Не как в паспорте"},
    "a part of the form": {"field": "/identity_document/issued_by", "text": "Неразборчиво"},
    "a document": {"document_id": "{document}", "text": "Не читается"},
    "a missing kind": {"field": "/documents/training", "text": "Приложите удостоверение"},
}
"""A remark about each kind of thing; `{document}` is the id of a file that was attached."""

MakeCase = Callable[[CaseCourse], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class CaseState:
    """A state of a case, and how a case comes to it from the day on which it begins."""

    status: Status
    make: MakeCase
    papers: Papers = PLAIN
    begins_at: datetime = BEGUN_AT
    draft: bool = False

    async def build(self, site: ServedSite) -> str:
        """The number of a new case in this state; the clock stands where it stood."""
        site.clock.instant = self.begins_at
        course = await CaseCourse.begin(site, self.papers, draft=self.draft)
        await self.make(course)
        site.clock.instant = CRAWLED_AT
        answer = await site.apis["applications"].get(f"/v1/applications/{course.application_id}")
        application = answer.json()
        assert application["status"] == self.status, application
        number: str = application["number"]
        return number


async def _stay(_: CaseCourse) -> None:
    """Nothing happens to the case."""


def _reach(status: Status) -> MakeCase:
    async def make(course: CaseCourse) -> None:
        await course.advance(status)

    return make


def _return_about(remark_name: str, then: MakeCase = _stay) -> MakeCase:
    async def make(course: CaseCourse) -> None:
        document_id = await course.attach("education_secondary")
        await course.step("begin-review", Status.UNDER_REVIEW, reviewer=course.papers.reviewer)
        remark = REMARKS[remark_name]
        remark = {key: text.replace("{document}", document_id) for key, text in remark.items()}
        await course.review("return", Status.RETURNED, remarks=[remark])
        await then(course)

    return make


async def _resubmit(course: CaseCourse) -> None:
    await course.step("resubmit", Status.SUBMITTED)


async def _review_again(course: CaseCourse) -> None:
    await _resubmit(course)
    await course.step("begin-review", Status.UNDER_REVIEW, reviewer=course.papers.reviewer)


async def _withdraw(course: CaseCourse) -> None:
    await course.send("withdraw")


async def _withdraw_and_erase(course: CaseCourse) -> None:
    await course.send("withdraw-consent")
    await course.erase()


async def _remove_document(course: CaseCourse) -> None:
    api, path = course.site.apis["applications"], f"/v1/applications/{course.application_id}"
    (document,) = (await api.get(path)).json()["documents"]
    assert (await api.delete(f"{path}/documents/{document['id']}")).status_code == 204


async def _decline(course: CaseCourse) -> None:
    await course.advance(Status.UNDER_REVIEW)
    await course.review("decline", Status.DECLINED, reason=course.papers.reason)


async def _miss_examination(course: CaseCourse) -> None:
    await course.advance(Status.SCHEDULED)
    course.site.clock.advance(hours=4)
    await course.step("record-no-show", Status.NO_SHOW)


async def _close_without_examination(course: CaseCourse) -> None:
    await _miss_examination(course)
    await course.step("close", Status.CLOSED)


async def _certify(course: CaseCourse) -> None:
    await course.advance(Status.APPROVED)
    await course.certify()


async def _hand_certificate_over(course: CaseCourse) -> None:
    await _certify(course)
    body = {"handover_method": "in_person", "handed_over_on": "2026-03-02"}
    await course.step("hand-over", Status.CLOSED, **body)


async def _hand_statement_over(course: CaseCourse) -> None:
    await course.advance(Status.NOT_CONFIRMED)
    body = {"handover_method": "post", "handed_over_on": "2026-03-02"}
    await course.step("hand-over", Status.CLOSED, **body)


def _appeal(before: MakeCase, ground: str, remedy: str | None) -> MakeCase:
    async def make(course: CaseCourse) -> None:
        await before(course)
        await course.appeal(ground, remedy)

    return make


_REACHED_STATUSES = (
    *(Status.UNDER_REVIEW, Status.ADMITTED, Status.SCHEDULED, Status.EXAMINED),
    *(Status.WITH_COUNCIL, Status.APPROVED),
)
_AFTER_A_RETURN: Mapping[str, tuple[Status, MakeCase]] = {
    "returned": (Status.RETURNED, _stay),
    "resubmitted": (Status.SUBMITTED, _resubmit),
    "reviewed again": (Status.UNDER_REVIEW, _review_again),
    "withdrawn after a return": (Status.WITHDRAWN, _withdraw),
}
_REMARK_STATES = {
    f"{name}, about {remark_name}": CaseState(status, _return_about(remark_name, then))
    for name, (status, then) in _AFTER_A_RETURN.items()
    for remark_name in REMARKS
}
_PAPER_STATES = {
    f"{status}, {name}": CaseState(status, _reach(status), papers)
    for name, papers in {
        "by an employer": case_course.BY_EMPLOYER,
        "without e-mail": case_course.WITHOUT_EMAIL,
        "again": case_course.RECERTIFYING,
        "hostile": case_course.HOSTILE,
        "long": case_course.LONG,
    }.items()
    for status in (Status.UNDER_REVIEW, Status.SCHEDULED, Status.WITH_COUNCIL)
}
_DAYS_AGO = {"in time": 0, "at risk": 8, "on the last day": 10, "late": 12, "very late": 40}

CASE_STATES: Mapping[str, CaseState] = {
    "draft": CaseState(Status.DRAFT, _stay, draft=True),
    **{
        f"submitted, {name}": CaseState(
            Status.SUBMITTED, _stay, begins_at=CRAWLED_AT - timedelta(days=days)
        )
        for name, days in _DAYS_AGO.items()
    },
    **{str(status): CaseState(status, _reach(status)) for status in _REACHED_STATUSES},
    "scheduled, ahead": CaseState(
        Status.SCHEDULED,
        _reach(Status.SCHEDULED),
        Papers(appointment=people.appointment(starts_at="2026-03-20T12:00:00+03:00")),
    ),
    "no show": CaseState(Status.NO_SHOW, _miss_examination),
    "certified": CaseState(Status.CERTIFIED, _certify),
    "examined, failed": CaseState(Status.EXAMINED, _reach(Status.EXAMINED), case_course.FAILED),
    "with_council, failed": CaseState(
        Status.WITH_COUNCIL, _reach(Status.WITH_COUNCIL), case_course.FAILED
    ),
    "not_confirmed": CaseState(
        Status.NOT_CONFIRMED, _reach(Status.NOT_CONFIRMED), case_course.FAILED
    ),
    "closed with a certificate": CaseState(Status.CLOSED, _hand_certificate_over),
    "closed with a statement": CaseState(Status.CLOSED, _hand_statement_over, case_course.FAILED),
    "closed without an examination": CaseState(Status.CLOSED, _close_without_examination),
    "declined": CaseState(Status.DECLINED, _decline),
    "withdrawn": CaseState(Status.WITHDRAWN, _withdraw),
    "erased": CaseState(Status.WITHDRAWN, _withdraw_and_erase),
    "returned, its document removed": CaseState(
        Status.RETURNED, _return_about("a document", _remove_document)
    ),
    "reopened for review": CaseState(
        Status.SUBMITTED, _appeal(_decline, "acceptance_refused", "review_anew")
    ),
    "reopened for an examination": CaseState(
        Status.ADMITTED,
        _appeal(_reach(Status.NOT_CONFIRMED), "result_disputed", "examine_anew"),
        case_course.FAILED,
    ),
    "reopened for a decision": CaseState(
        Status.WITH_COUNCIL,
        _appeal(_reach(Status.NOT_CONFIRMED), "result_disputed", "decide_anew"),
        case_course.FAILED,
    ),
    "declined, appealed": CaseState(Status.DECLINED, _appeal(_decline, "acceptance_refused", None)),
    "hostile to the end": CaseState(Status.CLOSED, _hand_statement_over, case_course.HOSTILE),
    "hostile, declined": CaseState(Status.DECLINED, _decline, case_course.HOSTILE),
    "long to the end": CaseState(Status.CLOSED, _hand_statement_over, case_course.LONG),
    **_REMARK_STATES,
    **_PAPER_STATES,
}
"""By name."""
assert {state.status for state in CASE_STATES.values()} == set(Status)
