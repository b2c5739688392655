"""Reading decisions, and what came of them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.queries import get_latest
from services.applications.decision.models import Certificate, Decision, Delivery, RegistryEntry
from services.applications.decision.rules import FinalKind


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A version of a certificate or of a statement, as the registry's receipts name it."""

    subject_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class DocumentDelivery:
    """How the document of a decision reached the person, and the registry's entry of it."""

    handed_over_on: date | None
    handover_method: str | None
    registry_record: str | None
    registry_entered_on: date | None


def identify_document(
    decision: Decision | None, certificate: Certificate | None
) -> DocumentReference | None:
    """The certificate or the statement of the latest decision; None before there is one."""
    if decision is None:
        return None
    if decision.statement_version is not None:
        return DocumentReference(decision.application_id, decision.statement_version)
    if certificate is None or certificate.decision_ordinal != decision.ordinal:
        return None
    return DocumentReference(certificate.certificate_id, 1)


async def get_standing_document(
    session: AsyncSession, application_id: UUID
) -> DocumentReference | None:
    """The same of an application."""
    decision = await get_latest(session, Decision, application_id)
    return identify_document(decision, await session.get(Certificate, application_id))


async def get_delivery(
    session: AsyncSession, decision: Decision | None, certificate: Certificate | None
) -> DocumentDelivery | None:
    """How the document of the latest decision reached the person; None where nothing is known."""
    delivery = None if decision is None else await session.get(Delivery, decision.id)
    document = identify_document(decision, certificate)
    entry = None if document is None else await get_registry_entry(session, document)
    if delivery is None and entry is None:
        return None
    return DocumentDelivery(
        handed_over_on=None if delivery is None else delivery.handed_over_on,
        handover_method=None if delivery is None else delivery.handover_method,
        registry_record=None if entry is None else entry.record_number,
        registry_entered_on=None if entry is None else entry.entered_on,
    )


async def get_registry_entry(
    session: AsyncSession, document: DocumentReference
) -> RegistryEntry | None:
    """The registry's entry of a document, if there is one."""
    return await session.get(RegistryEntry, (document.subject_id, document.version))


async def has_live_certificate(session: AsyncSession, application_id: UUID) -> bool:
    """Whether the application has a certificate that nothing has ended before its last day.

    One that a newer one has followed is valid until then.
    """
    certificate = await session.get(Certificate, application_id)
    return certificate is not None and certificate.final_kind in {None, FinalKind.SUPERSEDED}


async def find_certifying_decision(
    session: AsyncSession, application_id: UUID, ordinal: int
) -> Decision | None:
    """The decision with this ordinal, where it is one to certify."""
    query = select(Decision).where(
        col(Decision.application_id) == application_id,
        col(Decision.ordinal) == ordinal,
        col(Decision.outcome) == "certify",
    )
    return (await session.exec(query)).one_or_none()
