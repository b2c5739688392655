"""Approvals as the applications service publishes them."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, execute
from shared.events.applications import (
    ApplicationApproved,
    ApplicationNotConfirmed,
    AssessmentCentre,
    Holder,
)
from shared.events.catalog import LabourFunction, OccupationalStandard, QualificationContent
from tests.records import build_record

NUMBER = "07.01000.00.00000001.29"
"""The first certificate's number."""
QUESTION = {"number": NUMBER, "issued_on": "2026-03-02"}
"""As an employer asks about it."""
QUALIFICATION = QualificationContent(
    id=UUID("11111111-1111-4111-8111-111111111111"),
    version=1,
    name="Оператор контактного центра",
    council="Совет по профессиональным квалификациям",
    occupational_standard=OccupationalStandard(code="07.010", title="Специалист"),
    level=3,
    labour_functions=(LabourFunction(code="A/01.3", name="Поддержка клиентов"),),
    validity_term="P3Y",
)


def approval(application_id: UUID | None = None, **qualification: Any) -> ApplicationApproved:
    """The council's decision to certify; `qualification` changes single columns of it."""
    return ApplicationApproved(
        application_id=application_id or uuid4(),
        holder=Holder(family_name="Белова", given_name="Анна", patronymic="Сергеевна"),
        qualification=QUALIFICATION.model_copy(update=qualification),
        centre=AssessmentCentre(number="78.041", name="ЦОК"),
        decided_on=date(2026, 3, 1),
        decision_protocol="С-17",
    )


def failure() -> ApplicationNotConfirmed:
    """The council's decision not to certify."""
    return ApplicationNotConfirmed(
        application_id=uuid4(),
        holder=Holder(family_name="Белова", given_name="Анна", patronymic="Сергеевна"),
        qualification=QUALIFICATION,
        centre=AssessmentCentre(number="78.041", name="ЦОК"),
        decided_on=date(2026, 3, 1),
        decision_protocol="С-18",
        statement_number="78.041-000001-2026",
        examined_from=date(2026, 2, 20),
        examined_to=date(2026, 2, 21),
        recommendation="Повторить темы 3 и 4",
    )


delivery = build_record


async def rows(database: Database, query: str, **values: Any) -> list[Any]:
    """What a query finds."""
    async with database.read_only_transaction() as session:
        return list((await execute(session, text(query), values)).all())


def settings_with(settings: CertificatesSettings, **changes: str) -> CertificatesSettings:
    """Settings with other limits, e.g. `public_rate="3/hour"`."""
    return settings.model_copy(update=changes)


def commanding(
    session: AsyncSession, clock: Clock, settings: CertificatesSettings
) -> CertificatesContext:
    """The context of a command that the tester runs now."""
    return command_context(session, clock.now(), settings, "tester")
