"""What the tests apply for, with which papers, and how far they take it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.handlers import event_handlers
from services.applications.settings import ApplicationsSettings
from shared.clock import Clock
from shared.db import Database, execute
from shared.events.catalog import LabourFunction, QualificationContent, QualificationPublished
from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import Record
from tests import records

OPERATOR = UUID("5c6f6f0e-4d0a-4f0e-9f64-6f1f3c7f9a01")

REQUIREMENTS = AllOf(
    title="Документы",
    parts=(
        DocumentRule(title="Документ о среднем образовании", kind="education_secondary"),
        AnyOf(
            title="Обучение или опыт",
            parts=(
                DocumentRule(title="Удостоверение о повышении квалификации", kind="training"),
                ExperienceRule(
                    title="Опыт работы от 6 месяцев",
                    kind="experience",
                    fields=("contact_centre", "sales"),
                    months=6,
                ),
            ),
        ),
    ),
)

TABLES = (
    *("application", "consent", "document", "review", "appointment", "examination"),
    *("decision", "delivery", "time_limit", "appeal", "history"),
)

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def build_published_event(
    version: int = 1, qualification_id: UUID = OPERATOR
) -> QualificationPublished:
    """The operator of the contact centre, level 3."""
    qualification = QualificationContent(
        id=qualification_id,
        version=version,
        name="Оператор контактного центра (3 уровень квалификации)",
        council="СПК офисных специалистов",
        level=3,
        labour_functions=(LabourFunction(code="A/01.3", name="Поддержка клиентов"),),
        validity_term="P3Y",
    )
    return QualificationPublished(
        qualification=qualification,
        requirements=REQUIREMENTS,
        published_at=datetime(2026, 1, 12, tzinfo=UTC),
    )


build_record = records.build_record


async def deliver_record(
    database: Database, settings: ApplicationsSettings, clock: Clock, delivery: Record
) -> None:
    """Hands a record to the service as its consumer would."""
    await Consumer(database, settings, event_handlers(settings), clock).handle_record(delivery)


def form(**changes: Any) -> dict[str, Any]:
    """A complete application; `changes` replace its members."""
    body: dict[str, Any] = {
        "qualification_id": str(OPERATOR),
        "applicant": {
            "family_name": "Петрова-Водкина",
            "given_name": "Анна",
            "patronymic": "Сергеевна",
            "birth_date": "1999-12-31",
            "email": "anna@example.org",
            "phone": "+7 900 000-00-00",
            "address": "190000, Санкт-Петербург, ул. Галерная, д. 1",
        },
        "identity_document": {
            "type": "passport_rf",
            "series": "40 12",
            "number": "345678",
            "issued_by": "ТП № 1 Адмиралтейского района",
            "issued_on": "2020-01-20",
        },
        "rules_read": True,
        "centre": {"number": "78.041", "name": "Центр оценки"},
        "notify_by": "email",
        "consent": {"text_version": "2025-09-01", "given": True},
    }
    return {**body, **changes}


def applicant(**changes: Any) -> dict[str, Any]:
    """The complete application with a changed applicant."""
    return form(applicant={**form()["applicant"], **changes})


def identity(**changes: Any) -> dict[str, Any]:
    """The complete application with a changed identity document."""
    return form(identity_document={**form()["identity_document"], **changes})


async def submit_application(client: httpx.AsyncClient) -> str:
    """A new application's id."""
    answer = await client.post("/v1/applications", json=form())
    assert answer.status_code == 201, answer.text
    application_id: str = answer.json()["id"]
    return application_id


async def attach_document(
    client: httpx.AsyncClient,
    application_id: str,
    kind: str,
    *,
    content: bytes = PDF,
    **facts: Any,
) -> httpx.Response:
    """Attaches a document."""
    return await client.post(
        f"/v1/applications/{application_id}/documents",
        data={"kind": kind, **facts},
        files={"file": ("Диплом.pdf", content)},
    )


async def begin_review(client: httpx.AsyncClient) -> str:
    """The id of a complete application whose review somebody has taken."""
    application_id = await submit_application(client)
    await attach_document(client, application_id, "education_secondary")
    await attach_document(client, application_id, "training")
    await run_step(client, application_id, "begin-review", "under_review", reviewer="И. Котова")
    return application_id


async def admit_applicant(client: httpx.AsyncClient) -> str:
    """The id of an application that has come to admission."""
    application_id = await begin_review(client)
    await run_step(client, application_id, "review", "admitted", **ADMIT)
    return application_id


async def schedule_examination(client: httpx.AsyncClient, **changes: Any) -> str:
    """The id of an application whose examination begins at the clock's instant."""
    application_id = await admit_applicant(client)
    await run_step(client, application_id, "schedule", "scheduled", **appointment(**changes))
    return application_id


async def examine_candidate(client: httpx.AsyncClient, **changes: Any) -> str:
    """The id of an application whose candidate was examined, on the clock's day."""
    application_id = await schedule_examination(client)
    await run_step(client, application_id, "record-examination", "examined", **protocol(**changes))
    return application_id


async def send_to_council(client: httpx.AsyncClient, **changes: Any) -> str:
    """The id of an application on which the council decides next."""
    application_id = await examine_candidate(client, **changes)
    await run_step(client, application_id, "send-to-council", "with_council", sent_on="2026-03-02")
    return application_id


async def refuse_certification(client: httpx.AsyncClient) -> str:
    """The id of an application whose candidate failed."""
    application_id = await send_to_council(client, practice=part(30))
    body = decision(outcome="refuse", recommendation="Пройти обучение")
    await run_step(client, application_id, "decide", "not_confirmed", **body)
    return application_id


async def run_step(
    client: httpx.AsyncClient, application_id: str, command: str, status: str, **body: Any
) -> dict[str, Any]:
    """The application after a command that must lead to this status."""
    answer = await send_step(client, application_id, command, **body)
    assert answer.status_code == 200, answer.text
    application: dict[str, Any] = answer.json()
    assert application["status"] == status, application
    return application


ADMIT = {"outcome": "admit", "reviewer": "И. Котова"}
RETURN = {
    "outcome": "return",
    "reviewer": "И. Котова",
    "remarks": [{"field": "/documents/training", "text": "Опыт?"}],
}


def appointment(**changes: Any) -> dict[str, Any]:
    """Place and time, agreed."""
    body = {
        "place": "Санкт-Петербург, ул. Галерная, д. 3",
        "starts_at": "2026-03-02T12:00:00+03:00",
        "agreed_on": "2026-03-02",
        "agreed_with": ["applicant"],
    }
    return {**body, **changes}


def part(
    points: float = 80, held_on: str = "2026-03-02", required_points: float = 60
) -> dict[str, Any]:
    """A part of the examination with one criterion."""
    score = {"criterion": "Верные ответы", "points": points, "required_points": required_points}
    return {"held_on": held_on, "scores": [score]}


def protocol(**changes: Any) -> dict[str, Any]:
    """The commission's protocol, passed, on the test clock's day."""
    body = {
        "theory": part(),
        "practice": part(),
        "protocol_number": "П-17",
        "commission": [
            {"name": "Е. Орлова", "own_staff": True},
            {"name": "К. Седов", "own_staff": True},
        ],
    }
    return {**body, **changes}


def decision(**changes: Any) -> dict[str, Any]:
    """The council's decision to certify, on the test clock's day."""
    body = {
        "outcome": "certify",
        "decided_on": "2026-03-02",
        "protocol_number": "СПК-4",
        "members": ["Н. Громова", "П. Лисин"],
    }
    return {**body, **changes}


async def send_step(
    client: httpx.AsyncClient, application_id: str, command: str, **body: Any
) -> httpx.Response:
    """A command of the procedure."""
    return await client.post(f"/v1/applications/{application_id}/{command}", json=body)


async def execute_statement(session: AsyncSession, statement: str, **values: Any) -> None:
    """A statement inside a transaction."""
    await execute(session, text(statement), values)


async def fetch_rows(database: Database, query: str, **values: Any) -> list[Any]:
    """What a query finds."""
    async with database.read_only_transaction() as session:
        return list((await execute(session, text(query), values)).all())


async def count_rows(database: Database) -> dict[str, int]:
    """How many rows each table has, the outbox included."""
    row_counts = {}
    for table in (*TABLES, "certificate", "outbox", "idempotency_key"):
        ((row_counts[table],),) = await fetch_rows(database, f"SELECT count(*) FROM {table}")
    return row_counts
