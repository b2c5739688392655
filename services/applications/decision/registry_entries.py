"""The registry's entries of certificates and statements. None commits."""

from datetime import date
from uuid import UUID

from services.applications.application.models import Application
from services.applications.application.operations import append_history
from services.applications.application.queries import get_latest, lock_application
from services.applications.application.rules import check_day
from services.applications.application.schemas import HistoryFacts
from services.applications.decision.days import compute_first_document_day
from services.applications.decision.models import Certificate, Decision, RegistryEntry
from services.applications.decision.queries import (
    DocumentReference,
    get_registry_entry,
    get_standing_document,
    identify_document,
)
from services.applications.decision.schemas import RegistryEntryRequest
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext
from shared.errors import Conflict, RuleViolation, check_version
from shared.events.certificates import RegistrationEntered


async def record_registry_entry(
    context: ApplicationsContext, application_id: UUID, body: RegistryEntryRequest
) -> Application:
    """Records the registry's entry of the latest decision's document; a repetition is skipped.

    Raises `NotFound`, `StaleVersion`, `Conflict` when another entry of it was recorded,
    `RuleViolation`.
    """
    session = context.session
    application = await lock_application(session, application_id)
    decision = await get_latest(session, Decision, application_id)
    certificate = await session.get(Certificate, application_id)
    document = identify_document(decision, certificate)
    if decision is None or document is None:
        raise RuleViolation(
            "registry.nothing",
            "There is no certificate and no statement yet: there is nothing to enter.",
        )
    if await _is_repeated(context, document, body.record_number, body.entered_on):
        return application
    check_version(application.revision, context.expected_revision)
    earliest = compute_first_document_day(decision, certificate)
    check_day(body.entered_on, "/entered_on", earliest, context.today)
    await _keep_entry(context, application, document, body.record_number, body.entered_on)
    return application


async def take_in_registry_entry(context: ApplicationsContext, event: RegistrationEntered) -> None:
    """Records the registry's entry of any version that there was; a repetition is skipped.

    It takes the place of an entry that somebody has typed otherwise: the registry knows. Raises
    `NotFound`.
    """
    session = context.session
    application = await lock_application(session, event.application_id)
    document = DocumentReference(event.subject_id, event.version)
    entry = await get_registry_entry(session, document)
    if entry is not None:
        if (entry.record_number, entry.entered_on) == (event.record_number, event.entered_on):
            return
        await session.delete(entry)
        await session.flush()
    await _keep_entry(context, application, document, event.record_number, event.entered_on)


async def follow_known_entry(context: ApplicationsContext, application: Application) -> None:
    """Meets the limit of the entry where the registry has entered the standing document."""
    document = await get_standing_document(context.session, application.id)
    entry = None if document is None else await get_registry_entry(context.session, document)
    if entry is not None:
        await record_procedure_event(
            context, application, ProcedureEvent.ENTERED_IN_REGISTRY, entry.entered_on
        )


async def _is_repeated(
    context: ApplicationsContext, document: DocumentReference, record_number: str, entered_on: date
) -> bool:
    """Whether the same entry of the document is known. Raises `Conflict` where another one is."""
    entry = await get_registry_entry(context.session, document)
    if entry is not None and (entry.record_number, entry.entered_on) != (record_number, entered_on):
        raise Conflict("registry.second", f"Entered before as record {entry.record_number}.")
    return entry is not None


async def _keep_entry(
    context: ApplicationsContext,
    application: Application,
    document: DocumentReference,
    record_number: str,
    entered_on: date,
) -> None:
    """Stores the entry; that of the standing document meets the limit."""
    context.session.add(
        RegistryEntry(
            subject_id=document.subject_id,
            version=document.version,
            application_id=application.id,
            record_number=record_number,
            entered_on=entered_on,
        )
    )
    await context.session.flush()
    if document == await get_standing_document(context.session, application.id):
        await follow_known_entry(context, application)
    application.revision += 1
    facts = HistoryFacts(registry_record=record_number, day=entered_on)
    append_history(context, application, "enter_in_registry", application.status, facts)
    await context.session.flush()
