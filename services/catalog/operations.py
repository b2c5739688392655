"""The catalog's writes: one function per use case. None commits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog import queries
from services.catalog.lifecycle import TRANSITIONS, Command, Status, check_publishable
from services.catalog.models import Qualification
from services.catalog.schemas import QualificationDraft
from shared.errors import AlreadyExists, check_version
from shared.events import catalog as events
from shared.messaging import outbox


async def create_draft(session: AsyncSession, draft: QualificationDraft, now: datetime) -> UUID:
    """Takes a council's draft. Raises `AlreadyExists`, naming the one that is there."""
    qualification = Qualification(status=Status.DRAFT, created_at=now, **_columns(draft))
    await _check_unique(session, qualification)
    session.add(qualification)
    await session.flush()
    return qualification.id


async def edit_draft(
    session: AsyncSession, qualification_id: UUID, draft: QualificationDraft, expected: int | None
) -> Qualification:
    """Replaces a draft. Raises `NotFound`, `IllegalTransition`, `StaleVersion`, `AlreadyExists`."""
    qualification = await queries.locked_qualification(session, qualification_id)
    check_version(qualification.revision, expected)
    qualification.status = TRANSITIONS.apply(qualification.status, Command.EDIT)
    for column, value in _columns(draft).items():
        setattr(qualification, column, value)
    qualification.revision += 1
    with session.no_autoflush:
        await _check_unique(session, qualification)
    await session.flush()
    return qualification


async def publish(
    session: AsyncSession, qualification_id: UUID, expected: int | None, now: datetime
) -> Qualification:
    """Puts a draft in force and says so. Raises as `edit_draft`, and `RuleViolation`."""
    qualification = await queries.locked_qualification(session, qualification_id)
    check_version(qualification.revision, expected)
    status = TRANSITIONS.apply(qualification.status, Command.PUBLISH)
    check_publishable(qualification.model_dump())
    qualification.status = status
    qualification.version += 1
    qualification.revision += 1
    qualification.published_at = now
    await session.flush()
    event = events.QualificationPublished.model_validate(
        {
            "qualification": qualification.model_dump(),
            "requirements": qualification.requirements,
            "published_at": now,
        }
    )
    await outbox.record(session, event, now=now)
    return qualification


async def _check_unique(session: AsyncSession, qualification: Qualification) -> None:
    twin = await queries.twin(session, qualification)
    if twin is not None:
        raise AlreadyExists(
            "qualification.exists",
            "This council has a qualification of this name, level and standard already. "
            "Edit that one, or change what tells them apart.",
            extra={"existing": str(twin)},
        )


def _columns(draft: QualificationDraft) -> dict[str, Any]:
    columns = draft.model_dump(mode="json")
    words = [draft.name, draft.council, draft.registry_number or ""]
    if draft.occupational_standard:
        words += [draft.occupational_standard.code, draft.occupational_standard.title]
    for function in draft.labour_functions:
        words += [function.code, function.name]
    return {**columns, "search_text": queries.folded(" ".join(words))}
