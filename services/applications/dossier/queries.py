"""One application and all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals.models import Appeal
from services.applications.appeals.queries import appeals_of
from services.applications.application.models import Application
from services.applications.application.queries import latest, published_of
from services.applications.decision.models import Certificate, Decision, Delivery
from services.applications.documents.models import Document
from services.applications.documents.queries import check_documents, documents
from services.applications.documents.requirements import Check
from services.applications.examination.models import Appointment, Examination
from services.applications.intake.models import Consent
from services.applications.intake.queries import consent_of
from services.applications.limits.models import TimeLimit
from services.applications.review.models import Review
from shared.events.catalog import QualificationPublished


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the procedure knows of one application."""

    application: Application
    published: QualificationPublished
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

    def check(self) -> Check:
        """The documents held against the qualification's rule tree."""
        return check_documents(self.published, self.documents)


async def dossier(session: AsyncSession, application: Application) -> Dossier:
    """All that belongs to the application; of what happened more than once, the latest."""
    own = application.id
    limits = select(TimeLimit).where(TimeLimit.application_id == own)
    return Dossier(
        application,
        await published_of(session, application),
        await documents(session, own),
        await consent_of(session, own),
        await latest(session, Review, own),
        await latest(session, Appointment, own),
        await latest(session, Examination, own),
        await latest(session, Decision, own),
        await session.get(Certificate, own),
        await session.get(Delivery, own),
        (await session.exec(limits.order_by(col(TimeLimit.id)))).all(),
        await appeals_of(session, own),
    )
