"""Drafts: a new qualification, a new version of one, corrections, the end of a draft."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.qualification import queries
from services.catalog.qualification.differences import check_editorial, differences
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.models import Qualification, QualificationVersion
from services.catalog.qualification.queries import Standing
from services.catalog.qualification.search_text import folded
from services.catalog.qualification.status import TRANSITIONS, Change, Command, Status
from shared.errors import AlreadyExists, Conflict, RuleViolation, check_version


async def create_draft(session: AsyncSession, draft: QualificationDraft, now: datetime) -> UUID:
    """Takes a council's draft of a new qualification. Raises `AlreadyExists`, naming the one."""
    qualification = Qualification(
        identity=identity(draft), registry_number=draft.registry_number, created_at=now
    )
    await check_unique(session, draft, qualification.id)
    session.add(qualification)
    await session.flush()
    session.add(_version(qualification, 1, Change.FIRST, None, draft, now))
    await session.flush()
    return qualification.id


async def create_version(
    session: AsyncSession,
    qualification_id: UUID,
    draft: QualificationDraft,
    change: Change,
    reason: str,
    now: datetime,
) -> Standing:
    """Drafts the next version of a published qualification.

    Raises `NotFound`; `Conflict` while another version is on its way; `RuleViolation` for a
    withdrawn qualification, for no difference, and for more than wording in an editorial change.
    """
    qualification = await queries.locked_qualification(session, qualification_id)
    if qualification.withdrawn_from is not None:
        raise RuleViolation("qualification.withdrawn", "The qualification is withdrawn.")
    found = await queries.standings(session, qualification_id)
    published = [one.version for one in found if one.version.status is Status.PUBLISHED]
    on_its_way = await queries.open_version(session, qualification_id)
    if on_its_way is not None:
        number = on_its_way.version
        raise Conflict(
            "version.open",
            f"Version {number} is on its way. Go on with it or discard it first.",
            extra={"version": number},
        )
    if not published:
        raise Conflict(
            "qualification.discarded",
            "The qualification was given up before it was published. Submit it as a new draft.",
        )
    _check_change(published[-1].content, draft, change)
    await check_unique(session, draft, qualification_id)
    number = found[-1].version.version + 1
    qualification.revision += 1
    session.add(_version(qualification, number, change, reason, draft, now))
    await session.flush()
    return await queries.standing(session, qualification_id, number)


async def edit_draft(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected: int | None,
    draft: QualificationDraft,
) -> Standing:
    """Replaces a draft's content. Raises `NotFound`, `IllegalTransition`, `StaleVersion`, ..."""
    qualification = await queries.locked_qualification(session, qualification_id)
    version = (await queries.standing(session, qualification_id, number)).version
    check_version(version.revision, expected)
    version.status = TRANSITIONS[version.change].apply(version.status, Command.EDIT)
    if version.change is not Change.FIRST:
        found = await queries.standings(session, qualification_id)
        published = [one.version for one in found if one.version.status is Status.PUBLISHED]
        _check_change(published[-1].content, draft, version.change)
    with session.no_autoflush:
        await check_unique(session, draft, qualification_id)
    if version.change is Change.FIRST:
        qualification.identity = identity(draft)
        qualification.registry_number = draft.registry_number
    for column, value in columns(draft).items():
        setattr(version, column, value)
    qualification.revision += 1
    version.revision = qualification.revision
    await session.flush()
    return await queries.standing(session, qualification_id, number)


def identity(draft: QualificationDraft) -> str:
    """What tells a qualification from others: council, name, level, and what it rests on."""
    codes = ",".join(standard.code for standard in draft.standards)
    parts = (draft.council, draft.name, str(draft.level), draft.sublevel or "", codes)
    return "|".join(parts)


def release(qualification: Qualification) -> None:
    """Lets another qualification be what this one was: it has ended, or never began."""
    qualification.identity = f"{qualification.identity}|{qualification.id}"


async def check_unique(
    session: AsyncSession, draft: QualificationDraft, qualification_id: UUID
) -> None:
    """Refuses a second qualification of the same identity or number. Raises `AlreadyExists`."""
    same = await queries.twin(session, identity(draft), qualification_id)
    if same is not None:
        raise AlreadyExists(
            "qualification.exists",
            "This council has a qualification of this name, level and standard already. "
            "Edit that one, or change what tells them apart.",
            extra={"existing": str(same)},
        )
    if draft.registry_number is None:
        return
    same = await queries.numbered(session, draft.registry_number, qualification_id)
    if same is not None:
        raise AlreadyExists(
            "qualification.registry_number",
            f"Another qualification has the registry number {draft.registry_number}.",
            field="/registry_number",
            extra={"existing": str(same)},
        )


def columns(draft: QualificationDraft) -> dict[str, Any]:
    """The content, and what of it stands in columns of its own for search."""
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
        "search_name": folded(draft.name),
        "search_text": folded(" ".join(words)),
    }


def _version(
    qualification: Qualification,
    number: int,
    change: Change,
    reason: str | None,
    draft: QualificationDraft,
    now: datetime,
) -> QualificationVersion:
    return QualificationVersion(
        qualification_id=qualification.id,
        version=number,
        revision=qualification.revision,
        status=Status.DRAFT,
        change=change,
        change_reason=reason,
        created_at=now,
        **columns(draft),
    )


def _check_change(before: dict[str, Any], draft: QualificationDraft, change: Change) -> None:
    after = draft.model_dump(mode="json", include=set(QualificationDraft.model_fields))
    if not differences(before, after):
        raise RuleViolation("version.unchanged", "Nothing differs from the version before.")
    if before.get("registry_number") not in {None, draft.registry_number}:
        raise RuleViolation(
            "version.registry_number",
            "The registry number stays with the qualification through all its versions.",
            field="/registry_number",
        )
    if change is Change.EDITORIAL:
        check_editorial(before, after)
