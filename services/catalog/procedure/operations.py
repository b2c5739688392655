"""The steps of a version from draft to publication, and the withdrawal of a qualification."""

from collections.abc import Callable
from uuid import UUID

from services.catalog.changes.models import CatalogChangeKind
from services.catalog.changes.operations import append_change
from services.catalog.procedure.drafting import (
    check_unique_identity,
    draft_identity,
    release_identity,
)
from services.catalog.procedure.schemas import (
    ApprovalRequest,
    PublicationRequest,
    ReturnRequest,
    WithdrawalRequest,
)
from services.catalog.qualification.in_force import check_effective_day, check_withdrawal_day
from services.catalog.qualification.models import QualificationVersion, VersionId
from services.catalog.qualification.queries import (
    DatedVersion,
    get_version,
    latest_effective_day,
    list_versions,
    lock_qualification,
    select_published,
)
from services.catalog.qualification.status import TRANSITIONS, Change, Command, check_certifiable
from services.catalog.settings import CatalogSettings
from shared.context import CommandContext
from shared.errors import RuleViolation, check_version
from shared.events.catalog import QualificationPublished, QualificationWithdrawn
from shared.messaging.outbox import record_events


async def submit_version(
    context: CommandContext[CatalogSettings], version_id: VersionId
) -> DatedVersion:
    """Hands a draft to the experts.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`; `RuleViolation` if it could not be
    certified.
    """

    def mark_submitted(version: QualificationVersion) -> None:
        check_certifiable(version.content)
        version.submitted_at = context.now
        version.remarks = None

    return await _apply_command(context, version_id, Command.SUBMIT, mark_submitted)


async def return_version(
    context: CommandContext[CatalogSettings], version_id: VersionId, body: ReturnRequest
) -> DatedVersion:
    """Returns a version to the council with remarks; an approval becomes void.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """

    def add_remarks(version: QualificationVersion) -> None:
        version.remarks = body.remarks
        version.approval = None

    return await _apply_command(context, version_id, Command.RETURN, add_remarks)


async def approve_version(
    context: CommandContext[CatalogSettings], version_id: VersionId, body: ApprovalRequest
) -> DatedVersion:
    """Records who approved the version and by which protocol.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`; `RuleViolation` for a protocol of a
    future day, and if the version could not be certified.
    """

    def record_approval(version: QualificationVersion) -> None:
        check_certifiable(version.content)
        if body.protocol_date > context.today:
            raise RuleViolation(
                "approval.future",
                f"The protocol's date lies after today, {context.today}.",
                field="/protocol_date",
                values={"today": context.today},
            )
        version.approval = body

    return await _apply_command(context, version_id, Command.APPROVE, record_approval)


async def discard_version(
    context: CommandContext[CatalogSettings], version_id: VersionId
) -> DatedVersion:
    """Ends a version before it is published; it stays on record.

    With its first version the qualification is discarded too, and the same one may be drafted
    again. Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    qualification = await lock_qualification(context.session, version_id.qualification_id)

    def end_first_version(version: QualificationVersion) -> None:
        if version.change is Change.FIRST:
            release_identity(qualification)
            qualification.registry_number = None

    return await _apply_command(context, version_id, Command.DISCARD, end_first_version)


async def publish_version(
    context: CommandContext[CatalogSettings], version_id: VersionId, body: PublicationRequest
) -> DatedVersion:
    """Publishes an approved version for good, with an event that says from when it is in force.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `AlreadyExists`; `RuleViolation` for a
    day on which it may not begin (see `check_effective_day`).
    """
    session = context.session
    qualification = await lock_qualification(session, version_id.qualification_id)
    dated_versions = await list_versions(session, version_id.qualification_id)

    def mark_published(version: QualificationVersion) -> None:
        assert version.approval is not None, "the transition is possible from `approved` alone"
        check_effective_day(
            body.effective_from,
            approved_on=version.approval.protocol_date,
            previous_effective_from=latest_effective_day(dated_versions),
            withdrawn=qualification.withdrawn_from is not None,
            today=context.today,
        )
        version.effective_from = body.effective_from
        version.published_at = context.now

    dated_version = await _apply_command(context, version_id, Command.PUBLISH, mark_published)
    content = dated_version.row.content
    await check_unique_identity(session, content, version_id.qualification_id)
    qualification.identity = draft_identity(content)
    qualification.registry_number = content.registry_number
    await session.flush()
    await record_events(session, _publication_event(dated_version.row), now=context.now)
    await append_change(context, CatalogChangeKind.PUBLISHED, dated_version.row)
    return dated_version


async def withdraw_qualification(
    context: CommandContext[CatalogSettings], qualification_id: UUID, body: WithdrawalRequest
) -> DatedVersion:
    """Ends a qualification from a day on, for a reason, with an event that says so.

    Its registry number is never assigned again; a successor of the same name may be drafted.
    Raises `NotFound`; `RuleViolation` for a day or a state that does not allow it.
    """
    session = context.session
    qualification = await lock_qualification(session, qualification_id)
    published_versions = select_published(await list_versions(session, qualification_id))
    check_withdrawal_day(
        body.withdrawn_from,
        first_effective_from=published_versions[0].effective_from if published_versions else None,
        withdrawn_from=qualification.withdrawn_from,
        today=context.today,
    )
    qualification.withdrawn_from = body.withdrawn_from
    qualification.withdrawal_reason = body.reason
    release_identity(qualification)
    qualification.withdrawn_at = context.now
    qualification.revision += 1
    await session.flush()
    event = QualificationWithdrawn(
        qualification_id=qualification_id, withdrawn_from=body.withdrawn_from, reason=body.reason
    )
    await record_events(session, event, now=context.now)
    await append_change(context, CatalogChangeKind.WITHDRAWN, published_versions[-1])
    return await get_version(session, published_versions[-1].version_id)


async def _apply_command(
    context: CommandContext[CatalogSettings],
    version_id: VersionId,
    command: Command,
    update_version: Callable[[QualificationVersion], None],
) -> DatedVersion:
    """Applies a command to a version: checks revision and transition, then calls `update_version`.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, and what `update_version` raises.
    """
    session = context.session
    qualification = await lock_qualification(session, version_id.qualification_id)
    version = (await get_version(session, version_id)).row
    check_version(version.revision, context.expected_revision)
    status = TRANSITIONS[version.change].next_status(version.status, command)
    with session.no_autoflush:
        update_version(version)
    version.status = status
    qualification.revision += 1
    version.revision = qualification.revision
    await session.flush()
    return await get_version(session, version_id)


def _publication_event(version: QualificationVersion) -> QualificationPublished:
    """The event of a published version."""
    content = version.content
    return QualificationPublished.model_validate(
        {
            "qualification": {
                **content.model_dump(),
                "id": version.qualification_id,
                "version": version.version,
                "term_confirmed": content.is_term_confirmed,
            },
            "requirements": content.requirements,
            "published_at": version.published_at,
            "effective_from": version.effective_from,
            "change": version.change,
        }
    )
