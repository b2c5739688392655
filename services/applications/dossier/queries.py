"""One application and all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ScalarSelect, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals.models import Appeal
from services.applications.appeals.queries import list_appeals
from services.applications.application.models import Application
from services.applications.application.queries import LatestRow, get_published_version
from services.applications.decision.models import Certificate, Decision
from services.applications.decision.queries import DocumentDelivery, get_delivery
from services.applications.documents.models import Document
from services.applications.documents.queries import check_documents, list_documents
from services.applications.documents.requirements import DocumentCheck
from services.applications.examination.models import Appointment, Examination
from services.applications.intake.models import Consent
from services.applications.limits.models import TimeLimit
from services.applications.limits.queries import list_application_limits
from services.applications.review.models import Review
from shared.events.catalog import QualificationPublished


@dataclass(frozen=True, slots=True)
class Dossier:
    """One application with everything that the procedure recorded for it."""

    application: Application
    qualification_version: QualificationPublished
    documents: Sequence[Document]
    consent: Consent | None
    review: Review | None
    appointment: Appointment | None
    examination: Examination | None
    decision: Decision | None
    certificate: Certificate | None
    delivery: DocumentDelivery | None
    limits: Sequence[TimeLimit]
    appeals: Sequence[Appeal]

    def check_documents(self) -> DocumentCheck:
        """The check of the documents against the qualification's rule tree."""
        return check_documents(self.qualification_version, self.documents)


async def get_dossier(session: AsyncSession, application: Application) -> Dossier:
    """The application's dossier; of rows that can be repeated, the latest."""
    application_id = application.id
    consent, review, appointment, examination = await _get_intake_rows(session, application_id)
    decision, certificate = await _get_outcome_rows(session, application_id)
    return Dossier(
        application=application,
        qualification_version=await get_published_version(session, application),
        documents=await list_documents(session, application_id),
        consent=consent,
        review=review,
        appointment=appointment,
        examination=examination,
        decision=decision,
        certificate=certificate,
        delivery=await get_delivery(session, decision, certificate),
        limits=await list_application_limits(session, application_id),
        appeals=await list_appeals(session, application_id),
    )


async def _get_intake_rows(
    session: AsyncSession, application_id: UUID
) -> tuple[Consent | None, Review | None, Appointment | None, Examination | None]:
    """The consent, and the latest of what leads to the decision, by one statement."""
    query = (
        select(Consent, Review, Appointment, Examination)
        .select_from(Application)
        .outerjoin(Consent, col(Consent.application_id) == Application.id)
        .outerjoin(Review, col(Review.id) == _select_latest_id(Review))
        .outerjoin(Appointment, col(Appointment.id) == _select_latest_id(Appointment))
        .outerjoin(Examination, col(Examination.id) == _select_latest_id(Examination))
        .where(col(Application.id) == application_id)
    )
    return (await session.exec(query)).one()


async def _get_outcome_rows(
    session: AsyncSession, application_id: UUID
) -> tuple[Decision | None, Certificate | None]:
    """The latest decision, and what came of it, by one statement."""
    query = (
        select(Decision, Certificate)
        .select_from(Application)
        .outerjoin(Decision, col(Decision.id) == _select_latest_id(Decision))
        .outerjoin(Certificate, col(Certificate.application_id) == Application.id)
        .where(col(Application.id) == application_id)
    )
    return (await session.exec(query)).one()


def _select_latest_id(row_type: type[LatestRow]) -> ScalarSelect[int | None]:
    """The id of the latest row of this type that the application has."""
    query = select(func.max(row_type.id)).where(col(row_type.application_id) == Application.id)
    return query.correlate(Application).scalar_subquery()
