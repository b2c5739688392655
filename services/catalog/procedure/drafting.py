"""Drafts: a new qualification, a new version of one, corrections of a draft."""

from typing import TypedDict
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.qualification.differences import check_editorial_change, find_differences
from services.catalog.qualification.form import FormContent, QualificationDraft
from services.catalog.qualification.models import Qualification, QualificationVersion, VersionId
from services.catalog.qualification.queries import (
    DatedVersion,
    find_by_registry_number,
    find_twin,
    get_open_version,
    get_version,
    list_versions,
    lock_qualification,
    select_published,
)
from services.catalog.qualification.status import TRANSITIONS, Change, Command, Status
from services.catalog.settings import CatalogSettings
from shared.context import CommandContext
from shared.councils import council_key
from shared.errors import AlreadyExists, Conflict, RuleViolation, check_version
from shared.text import normalize_title


class ContentColumns(TypedDict):
    """A version's columns that hold its content, and the parts of it that are indexed."""

    content: FormContent
    council: str
    name: str
    level: int
    sublevel: str | None
    registry_number: str | None
    validity_term: str | None
    standards: list[str]
    search_name: str
    search_text: str


async def create_draft(
    context: CommandContext[CatalogSettings], draft: QualificationDraft
) -> VersionId:
    """Adds a draft of a new qualification, its version 1, and returns which version that is.

    Raises `AlreadyExists`, whose `extra` names the qualification that is the same.
    """
    session = context.session
    qualification = Qualification(
        identity=draft_identity(draft),
        registry_number=draft.registry_number,
        created_at=context.now,
    )
    await check_unique_identity(session, draft, qualification.id)
    session.add(qualification)
    await session.flush()
    version = QualificationVersion(
        qualification_id=qualification.id,
        version=1,
        revision=qualification.revision,
        status=Status.DRAFT,
        change=Change.FIRST,
        created_at=context.now,
        **content_columns(draft),
    )
    session.add(version)
    await session.flush()
    return version.version_id


async def create_version(
    context: CommandContext[CatalogSettings],
    qualification_id: UUID,
    draft: QualificationDraft,
    change: Change,
    reason: str,
) -> DatedVersion:
    """Drafts the next version of a published qualification.

    Raises `NotFound`; `Conflict` while another version is open, and for a qualification that was
    discarded; `RuleViolation` for a withdrawn qualification, for no difference, and for more than
    wording in an editorial change; `AlreadyExists`.
    """
    session = context.session
    qualification = await lock_qualification(session, qualification_id)
    if qualification.withdrawn_from is not None:
        raise RuleViolation("qualification.withdrawn", "The qualification is withdrawn.")
    dated_versions = await list_versions(session, qualification_id)
    await _check_no_open_version(session, qualification_id)
    published_versions = select_published(dated_versions)
    if not published_versions:
        raise Conflict(
            "qualification.discarded",
            "The qualification was given up before it was published. Submit it as a new draft.",
        )
    _check_change(published_versions[-1].content, draft, change)
    await check_unique_identity(session, draft, qualification_id)
    qualification.revision += 1
    version = QualificationVersion(
        qualification_id=qualification_id,
        version=dated_versions[-1].row.version + 1,
        revision=qualification.revision,
        status=Status.DRAFT,
        change=change,
        change_reason=reason,
        created_at=context.now,
        **content_columns(draft),
    )
    session.add(version)
    await session.flush()
    return await get_version(session, version.version_id)


async def edit_draft(
    context: CommandContext[CatalogSettings], version_id: VersionId, draft: QualificationDraft
) -> DatedVersion:
    """Replaces the content of a draft.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `RuleViolation`, `AlreadyExists`.
    """
    session, qualification_id = context.session, version_id.qualification_id
    qualification = await lock_qualification(session, qualification_id)
    version = (await get_version(session, version_id)).row
    check_version(version.revision, context.expected_revision)
    version.status = TRANSITIONS[version.change].next_status(version.status, Command.EDIT)
    if version.change is not Change.FIRST:
        published_versions = select_published(await list_versions(session, qualification_id))
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
    return await get_version(session, version_id)


def draft_identity(content: FormContent) -> str:
    """The text that distinguishes a qualification: council, name, level, sublevel, standards.

    Titles stand in it as they are compared: what differs in capitals or dashes alone is the same,
    and so is a council under its former name.
    """
    codes = ",".join(standard.code for standard in content.standards)
    council, name = council_key(content.council), normalize_title(content.name)
    return "|".join((council, name, str(content.level), content.sublevel or "", codes))


def release_identity(qualification: Qualification) -> None:
    """Frees the identity of a qualification that has ended or never began, for another one."""
    qualification.identity = f"{qualification.identity}|{qualification.id}"


async def check_unique_identity(
    session: AsyncSession, content: FormContent, qualification_id: UUID
) -> None:
    """Refuses a second qualification of one identity or registry number. Raises `AlreadyExists`."""
    existing_id = await find_twin(session, draft_identity(content), qualification_id)
    if existing_id is not None:
        raise AlreadyExists(
            "qualification.exists",
            "This council has a qualification of this name, level and standard already. "
            "Edit that one, or change what tells them apart.",
            extra={"existing": str(existing_id)},
        )
    if content.registry_number is None:
        return
    existing_id = await find_by_registry_number(session, content.registry_number, qualification_id)
    if existing_id is not None:
        raise AlreadyExists(
            "qualification.registry_number",
            f"Another qualification has the registry number {content.registry_number}.",
            field="/registry_number",
            extra={"existing": str(existing_id)},
        )


def content_columns(content: FormContent) -> ContentColumns:
    """A version's columns by name: the content, and the parts of it that are indexed for search."""
    words = [content.council, content.registry_number or "", content.activity_type or ""]
    words += [word for standard in content.standards for word in (standard.code, standard.title)]
    words += [
        word for function in content.labour_functions for word in (function.code, function.name)
    ]
    words += [title.title for title in content.job_titles]
    return {
        "content": content,
        "council": content.council,
        "name": content.name,
        "level": content.level,
        "sublevel": content.sublevel,
        "registry_number": content.registry_number,
        "validity_term": content.validity_term,
        "standards": [standard.code for standard in content.standards],
        "search_name": normalize_title(content.name),
        "search_text": normalize_title(" ".join(words)),
    }


async def _check_no_open_version(session: AsyncSession, qualification_id: UUID) -> None:
    """Raises `Conflict` while a version of the qualification is on its way to publication."""
    open_version = await get_open_version(session, qualification_id)
    if open_version is not None:
        number = open_version.version
        raise Conflict(
            "version.open",
            f"Version {number} is on its way. Go on with it or discard it first.",
            extra={"version": number},
            values={"version": number},
        )


def _check_change(old_content: FormContent, draft: QualificationDraft, change: Change) -> None:
    """Compares the draft with the published content before it.

    Raises `RuleViolation` for no difference, for another registry number, and for a substantive
    difference in an editorial change.
    """
    old_members, new_members = old_content.to_json(), draft.to_json()
    if not find_differences(old_members, new_members):
        raise RuleViolation("version.unchanged", "Nothing differs from the version before.")
    if old_content.registry_number not in {None, draft.registry_number}:
        raise RuleViolation(
            "version.registry_number",
            "The registry number stays with the qualification through all its versions.",
            field="/registry_number",
        )
    if change is Change.EDITORIAL:
        check_editorial_change(old_members, new_members)
