"""One application and all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals.models import Appeal
from services.applications.appeals.queries import appeals_of
from services.applications.application.models import Application
from services.applications.application.queries import get_latest, published_of
from services.applications.decision.models import Certificate, Decision, Delivery
from services.applications.documents.models import Document
from services.applications.documents.queries import check_documents, list_documents
from services.applications.documents.requirements import DocumentCheck
from services.applications.examination.models import Appointment, Examination
from services.applications.intake.models import Consent
from services.applications.intake.queries import consent_of
from services.applications.limits.models import TimeLimit
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
    delivery: Delivery | None
    limits: Sequence[TimeLimit]
    appeals: Sequence[Appeal]

    def check_documents(self) -> DocumentCheck:
        """The check of the documents against the qualification's rule tree."""
        return check_documents(self.qualification_version, self.documents)


async def get_dossier(session: AsyncSession, application: Application) -> Dossier:
    """The application's dossier; of rows that can be repeated, the latest."""
    application_id = application.id
    limits_query = select(TimeLimit).where(TimeLimit.application_id == application_id)
    return Dossier(
        application,
        await published_of(session, application),
        await list_documents(session, application_id),
        await consent_of(session, application_id),
        await get_latest(session, Review, application_id),
        await get_latest(session, Appointment, application_id),
        await get_latest(session, Examination, application_id),
        await get_latest(session, Decision, application_id),
        await session.get(Certificate, application_id),
        await session.get(Delivery, application_id),
        (await session.exec(limits_query.order_by(col(TimeLimit.id)))).all(),
        await appeals_of(session, application_id),
    )
