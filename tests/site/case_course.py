"""The course of a case from its form to the certificate, with papers of one kind or another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.applications.application.status import Status
from services.applications.documents.store import DocumentStore
from services.applications.scheduler import erase_expired_files
from shared.events.certificates import CertificateIssued
from tests.applications import people
from tests.applications.appeals.hearings import build_verdict, hear_appeal, run_appeal_step
from tests.site.hostile_text import LINE, LONG_LINE, LONG_NAME, PROSE
from tests.site.served_site import ServedSite

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Papers:
    """What is typed on the way: the form, the bodies of steps, the name of each file."""

    form: Json = field(default_factory=people.form)
    reviewer: str = "И. Котова"
    reason: str = "Опыт неясен"
    appointment: Json = field(default_factory=people.appointment)
    protocol: Json = field(default_factory=people.protocol)
    decision: Json = field(default_factory=people.decision)
    file_name: str = "Диплом.pdf"


PLAIN = Papers()


def build_papers(line: str, prose: str, **applicant: Any) -> Papers:
    """Papers in which everything that is not checked is this line, or this prose."""
    form = people.applicant(address=line, **applicant)
    form["identity_document"]["issued_by"] = line
    form["payer"] = {"kind": "other", "name": line}
    score = {"criterion": line, "points": 80, "required_points": 60}
    exam_part = {"held_on": "2026-03-02", "scores": [score]}
    examiners = [{"name": f"{end}{line[1:]}", "own_staff": True} for end in "ёъ"]
    return Papers(
        form=form,
        reviewer=line,
        reason=prose,
        appointment=people.appointment(place=line),
        protocol=people.protocol(
            protocol_number=line,
            instrument=line,
            theory=exam_part,
            practice=exam_part,
            commission=examiners,
        ),
        decision=people.decision(
            outcome="refuse",
            protocol_number=line,
            recommendation=prose,
            members=["Н. Громова", f"я{line[1:]}"],
        ),
        file_name=f"{line}.pdf",
    )


HOSTILE = build_papers(LINE, PROSE)
LONG = build_papers(
    LONG_LINE,
    "Ж" * 10_000,
    family_name=LONG_NAME,
    given_name=LONG_NAME,
    patronymic=LONG_NAME,
)
BY_EMPLOYER = Papers(
    form=people.form(
        payer={
            "kind": "employer",
            "name": "ООО «Контакт»",
            "registration_number": "7701234567",
            "result_shared_with_employer": True,
        }
    ),
    appointment=people.appointment(agreed_with=["applicant", "employer"]),
)
WITHOUT_EMAIL = Papers(
    form={
        **people.applicant(email=None, phone=None, patronymic=None),
        "notify_by": "post",
        "postal_address": "190000, Санкт-Петербург, а/я 7",
    }
)
RECERTIFYING = Papers(
    form=people.form(recertifies={"number": "07.01000.01.00000001.26", "issued_on": "2023-03-02"})
)
FAILED = Papers(
    protocol=people.protocol(practice=people.part(30)),
    decision=people.decision(outcome="refuse", recommendation="Пройти обучение"),
)


@dataclass(frozen=True, slots=True)
class CaseCourse:
    """One case on its way."""

    site: ServedSite
    papers: Papers
    application_id: str

    @classmethod
    async def begin(cls, site: ServedSite, papers: Papers, *, draft: bool = False) -> "CaseCourse":
        """A new case."""
        body = papers.form | {"draft": draft}
        answer = await site.apis["applications"].post("/v1/applications", json=body)
        assert answer.status_code == 201, answer.text
        return cls(site, papers, answer.json()["id"])

    async def attach(self, kind: str, **facts: Any) -> str:
        """Attaches a file; the document's id."""
        answer = await self.site.apis["applications"].post(
            f"/v1/applications/{self.application_id}/documents",
            data={"kind": kind, **facts},
            files={"file": (self.papers.file_name, people.PDF)},
        )
        assert answer.status_code == 201, answer.text
        document_id: str = answer.json()["id"]
        return document_id

    async def step(self, name: str, status: Status, **body: Any) -> None:
        """Takes a step that leads to this status."""
        api = self.site.apis["applications"]
        await people.run_step(api, self.application_id, name, status, **body)

    async def review(self, outcome: str, status: Status, **body: Any) -> None:
        """Takes the review to this outcome."""
        body = {"outcome": outcome, "reviewer": self.papers.reviewer, **body}
        await self.step("review", status, **body)

    async def advance(self, target: Status) -> "CaseCourse":
        """Brings a case that was just submitted on to this status."""
        for status, (name, body) in self._list_steps().items():
            if status is Status.UNDER_REVIEW:
                await self.attach("education_secondary")
                await self.attach("training")
            if status is Status.EXAMINED:
                await self.attach("examination_material")
            await self.step(name, status, **body)
            if status is target:
                break
        return self

    def _list_steps(self) -> Mapping[Status, tuple[str, Json]]:
        papers = self.papers
        refuses = papers.decision["outcome"] == "refuse"
        admission = {"outcome": "admit", "reviewer": papers.reviewer}
        return {
            Status.UNDER_REVIEW: ("begin-review", {"reviewer": papers.reviewer}),
            Status.ADMITTED: ("review", admission),
            Status.SCHEDULED: ("schedule", papers.appointment),
            Status.EXAMINED: ("record-examination", papers.protocol),
            Status.WITH_COUNCIL: ("send-to-council", {"sent_on": "2026-03-02"}),
            Status.NOT_CONFIRMED if refuses else Status.APPROVED: ("decide", papers.decision),
        }

    async def certify(self) -> None:
        """The certificate has been issued."""
        event = CertificateIssued(
            certificate_id=uuid4(),
            number=f"07.01000.01.{uuid4().int % 10**8:08}.29",
            application_id=UUID(self.application_id),
            qualification_id=people.OPERATOR,
            qualification_version=1,
            valid_until=date(2029, 3, 2),
            ends_on=date(2029, 3, 2),
            issued_on=date(2026, 3, 2),
        )
        now = self.site.clock.now()
        await self.site.applications_consumer.handle_record(people.build_record(event, now))

    async def appeal(self, ground: str, remedy: str | None) -> None:
        """An appeal that is satisfied, with this remedy; eleven days later."""
        api, clock = self.site.apis["applications"], self.site.clock
        path = await hear_appeal(api, clock, self.application_id, ground=ground)
        if remedy is not None:
            await run_appeal_step(api, path, "decide", **build_verdict(remedy=remedy))

    async def send(self, name: str) -> None:
        """Sends a request of the applicant without a body, such as a withdrawal."""
        path = f"/v1/applications/{self.application_id}/{name}"
        answer = await self.site.apis["applications"].post(path)
        assert answer.status_code == 200, answer.text

    async def erase(self) -> None:
        """The file has been erased, on the day after the consent was withdrawn."""
        self.site.clock.advance(days=1)
        settings, database = self.site.applications_settings, self.site.applications_database
        store = DocumentStore.open(settings.documents_url)
        await erase_expired_files(database, store, self.site.clock, settings)
