"""Drafts: a new qualification, a new version of one, corrections of a draft."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.qualification import queries
from services.catalog.qualification.differences import check_editorial_change, find_differences
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.models import Qualification, QualificationVersion
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.search_text import fold
from services.catalog.qualification.status import TRANSITIONS, Change, Command, Status
from shared.errors import AlreadyExists, Conflict, RuleViolation, check_version


async def create_draft(session: AsyncSession, draft: QualificationDraft, now: datetime) -> UUID:
    """Adds a draft of a new qualification, its version 1, and returns the qualification's id.

    Raises `AlreadyExists`, whose `extra` names the qualification that is the same.
    """
    qualification = Qualification(
        identity=draft_identity(draft), registry_number=draft.registry_number, created_at=now
    )
    await check_unique_identity(session, draft, qualification.id)
    session.add(qualification)
    await session.flush()
    session.add(_build_version(qualification, 1, Change.FIRST, None, draft, now))
    await session.flush()
    return qualification.id


async def create_version(
    session: AsyncSession,
    qualification_id: UUID,
    draft: QualificationDraft,
    change: Change,
    reason: str,
    now: datetime,
) -> DatedVersion:
    """Drafts the next version of a published qualification.

    Raises `NotFound`; `Conflict` while another version is open, and for a qualification that was
    discarded; `RuleViolation` for a withdrawn qualification, for no difference, and for more than
    wording in an editorial change; `AlreadyExists`.
    """
    qualification = await queries.lock_qualification(session, qualification_id)
    if qualification.withdrawn_from is not None:
        raise RuleViolation("qualification.withdrawn", "The qualification is withdrawn.")
    dated_versions = await queries.list_versions(session, qualification_id)
    published_versions = [
        dated_version.row
        for dated_version in dated_versions
        if dated_version.row.status is Status.PUBLISHED
    ]
    open_version = await queries.get_open_version(session, qualification_id)
    if open_version is not None:
        number = open_version.version
        raise Conflict(
            "version.open",
            f"Version {number} is on its way. Go on with it or discard it first.",
            extra={"version": number},
        )
    if not published_versions:
        raise Conflict(
            "qualification.discarded",
            "The qualification was given up before it was published. Submit it as a new draft.",
        )
    _check_change(published_versions[-1].content, draft, change)
    await check_unique_identity(session, draft, qualification_id)
    number = dated_versions[-1].row.version + 1
    qualification.revision += 1
    session.add(_build_version(qualification, number, change, reason, draft, now))
    await session.flush()
    return await queries.get_version(session, qualification_id, number)


async def edit_draft(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected_revision: int | None,
    draft: QualificationDraft,
) -> DatedVersion:
    """Replaces the content of a draft, whose revision must be `expected_revision` if one is given.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `RuleViolation`, `AlreadyExists`.
    """
    qualification = await queries.lock_qualification(session, qualification_id)
    version = (await queries.get_version(session, qualification_id, number)).row
    check_version(version.revision, expected_revision)
    version.status = TRANSITIONS[version.change].next_status(version.status, Command.EDIT)
    if version.change is not Change.FIRST:
        dated_versions = await queries.list_versions(session, qualification_id)
        published_versions = [
            dated_version.row
            for dated_version in dated_versions
            if dated_version.row.status is Status.PUBLISHED
        ]
        _check_change(published_versions[-1].content, draft, version.change)
    with session.no_autoflush:
        await check_unique_identity(session, draft, qualification_id)
    if version.change is Change.FIRST:
        qualification.identity = draft_identity(draft)
        qualification.registry_number = draft.registry_number
    for column, value in content_columns(draft).items():
        setattr(version, column, value)
    qualification.revision += 1
    version.revision = qualification.revision
    await session.flush()
    return await queries.get_version(session, qualification_id, number)


def draft_identity(draft: QualificationDraft) -> str:
    """The text that distinguishes a qualification: council, name, level, sublevel, standards."""
    codes = ",".join(standard.code for standard in draft.standards)
    parts = (draft.council, draft.name, str(draft.level), draft.sublevel or "", codes)
    return "|".join(parts)


def release_identity(qualification: Qualification) -> None:
    """Frees the identity of a qualification that has ended or never began, for another one."""
    qualification.identity = f"{qualification.identity}|{qualification.id}"


async def check_unique_identity(
    session: AsyncSession, draft: QualificationDraft, qualification_id: UUID
) -> None:
    """Refuses a second qualification of one identity or registry number. Raises `AlreadyExists`."""
    existing_id = await queries.find_twin(session, draft_identity(draft), qualification_id)
    if existing_id is not None:
        raise AlreadyExists(
            "qualification.exists",
            "This council has a qualification of this name, level and standard already. "
            "Edit that one, or change what tells them apart.",
            extra={"existing": str(existing_id)},
        )
    if draft.registry_number is None:
        return
    existing_id = await queries.find_by_registry_number(
        session, draft.registry_number, qualification_id
    )
    if existing_id is not None:
        raise AlreadyExists(
            "qualification.registry_number",
            f"Another qualification has the registry number {draft.registry_number}.",
            field="/registry_number",
            extra={"existing": str(existing_id)},
        )


def content_columns(draft: QualificationDraft) -> dict[str, Any]:
    """A version's columns by name: the content, and the parts of it that are indexed for search."""
    words = [draft.council, draft.registry_number or "", draft.activity_type or ""]
    words += [word for standard in draft.standards for word in (standard.code, standard.title)]
    words += [
        word for function in draft.labour_functions for word in (function.code, function.name)
    ]
    words += [title.title for title in draft.job_titles]
    return {
        "content": draft.model_dump(mode="json", include=set(QualificationDraft.model_fields)),
        "council": draft.council,
        "name": draft.name,
        "level": draft.level,
        "registry_number": draft.registry_number,
        "standards": [standard.code for standard in draft.standards],
        "search_name": fold(draft.name),
        "search_text": fold(" ".join(words)),
    }


def _build_version(
    qualification: Qualification,
    number: int,
    change: Change,
    reason: str | None,
    draft: QualificationDraft,
    now: datetime,
) -> QualificationVersion:
    """A new version in the status of a draft."""
    return QualificationVersion(
        qualification_id=qualification.id,
        version=number,
        revision=qualification.revision,
        status=Status.DRAFT,
        change=change,
        change_reason=reason,
        created_at=now,
        **content_columns(draft),
    )


def _check_change(old_content: dict[str, Any], draft: QualificationDraft, change: Change) -> None:
    """Compares the draft with the published content before it.

    Raises `RuleViolation` for no difference, for another registry number, and for a substantive
    difference in an editorial change.
    """
    new_content = draft.model_dump(mode="json", include=set(QualificationDraft.model_fields))
    if not find_differences(old_content, new_content):
        raise RuleViolation("version.unchanged", "Nothing differs from the version before.")
    if old_content.get("registry_number") not in {None, draft.registry_number}:
        raise RuleViolation(
            "version.registry_number",
            "The registry number stays with the qualification through all its versions.",
            field="/registry_number",
        )
    if change is Change.EDITORIAL:
        check_editorial_change(old_content, new_content)
