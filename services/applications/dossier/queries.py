"""One application and all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals.models import Appeal
from services.applications.appeals.queries import list_appeals
from services.applications.application.models import Application
from services.applications.application.queries import get_latest, get_published_version
from services.applications.decision.models import Certificate, Decision
from services.applications.decision.queries import DocumentDelivery, get_delivery
from services.applications.documents.models import Document
from services.applications.documents.queries import check_documents, list_documents
from services.applications.documents.requirements import DocumentCheck
from services.applications.examination.models import Appointment, Examination
from services.applications.intake.models import Consent
from services.applications.intake.queries import get_consent
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
    decision = await get_latest(session, Decision, application_id)
    certificate = await session.get(Certificate, application_id)
    return Dossier(
        application=application,
        qualification_version=await get_published_version(session, application),
        documents=await list_documents(session, application_id),
        consent=await get_consent(session, application_id),
        review=await get_latest(session, Review, application_id),
        appointment=await get_latest(session, Appointment, application_id),
        examination=await get_latest(session, Examination, application_id),
        decision=decision,
        certificate=certificate,
        delivery=await get_delivery(session, decision, certificate),
        limits=await list_application_limits(session, application_id),
        appeals=await list_appeals(session, application_id),
    )
