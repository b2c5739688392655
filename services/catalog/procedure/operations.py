"""The steps of a version from draft to publication, and the withdrawal of a qualification."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes.operations import append_change
from services.catalog.procedure.drafting import (
    check_unique_identity,
    draft_identity,
    release_identity,
)
from services.catalog.procedure.schemas import ApprovalRequest, WithdrawalRequest
from services.catalog.qualification import queries
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.in_force import check_effective_day, check_withdrawal_day
from services.catalog.qualification.models import QualificationVersion
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.status import TRANSITIONS, Change, Command, check_certifiable
from shared.errors import RuleViolation, check_version
from shared.events import catalog
from shared.messaging import outbox


async def submit_version(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected_revision: int | None,
    now: datetime,
) -> DatedVersion:
    """Hands a draft to the experts.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`; `RuleViolation` if it could not be
    certified.
    """

    def mark_submitted(version: QualificationVersion) -> None:
        check_certifiable(version.content)
        version.submitted_at = now
        version.remarks = None

    return await _apply_command(
        session, qualification_id, number, expected_revision, Command.SUBMIT, mark_submitted
    )


async def return_version(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected_revision: int | None,
    remarks: str,
) -> DatedVersion:
    """Returns a version to the council with remarks; an approval becomes void.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """

    def add_remarks(version: QualificationVersion) -> None:
        version.remarks = remarks
        version.approval = None

    return await _apply_command(
        session, qualification_id, number, expected_revision, Command.RETURN, add_remarks
    )


async def approve_version(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected_revision: int | None,
    approval: ApprovalRequest,
    today: date,
) -> DatedVersion:
    """Records who approved the version and by which protocol.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`; `RuleViolation` for a protocol of a
    future day, and if the version could not be certified.
    """

    def record_approval(version: QualificationVersion) -> None:
        check_certifiable(version.content)
        if approval.protocol_date > today:
            raise RuleViolation(
                "approval.future",
                f"The protocol's date lies after today, {today}.",
                field="/protocol_date",
            )
        version.approval = approval.model_dump(mode="json")

    return await _apply_command(
        session, qualification_id, number, expected_revision, Command.APPROVE, record_approval
    )


async def discard_version(
    session: AsyncSession, qualification_id: UUID, number: int, expected_revision: int | None
) -> DatedVersion:
    """Ends a version before it is published; it stays on record.

    With its first version the qualification is discarded too, and the same one may be drafted
    again. Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    qualification = await queries.lock_qualification(session, qualification_id)

    def end_first_version(version: QualificationVersion) -> None:
        if version.change is Change.FIRST:
            release_identity(qualification)
            qualification.registry_number = None

    return await _apply_command(
        session, qualification_id, number, expected_revision, Command.DISCARD, end_first_version
    )


async def publish_version(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected_revision: int | None,
    effective_from: date,
    *,
    today: date,
    now: datetime,
) -> DatedVersion:
    """Publishes an approved version for good, with an event that says from when it is in force.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `AlreadyExists`; `RuleViolation` for a
    day on which it may not begin (see `check_effective_day`).
    """
    qualification = await queries.lock_qualification(session, qualification_id)
    dated_versions = await queries.list_versions(session, qualification_id)

    def mark_published(version: QualificationVersion) -> None:
        approval = ApprovalRequest.model_validate(version.approval)
        check_effective_day(
            effective_from,
            approved_on=approval.protocol_date,
            previous_effective_from=queries.latest_effective_day(dated_versions),
            withdrawn=qualification.withdrawn_from is not None,
            today=today,
        )
        version.effective_from = effective_from
        version.published_at = now

    standing = await _apply_command(
        session, qualification_id, number, expected_revision, Command.PUBLISH, mark_published
    )
    draft = QualificationDraft.model_validate(standing.row.content)
    await check_unique_identity(session, draft, qualification_id)
    qualification.identity = draft_identity(draft)
    qualification.registry_number = draft.registry_number
    await session.flush()
    await outbox.record_events(session, _publication_event(standing.row), now=now)
    await append_change(session, "published", standing.row, now)
    return standing


async def withdraw_qualification(
    session: AsyncSession,
    qualification_id: UUID,
    withdrawal: WithdrawalRequest,
    *,
    today: date,
    now: datetime,
) -> DatedVersion:
    """Ends a qualification from a day on, for a reason, with an event that says so.

    Its registry number is never assigned again; a successor of the same name may be drafted.
    Raises `NotFound`; `RuleViolation` for a day or a state that does not allow it.
    """
    qualification = await queries.lock_qualification(session, qualification_id)
    dated_versions = await queries.list_versions(session, qualification_id)
    published_versions = [
        dated_version.row
        for dated_version in dated_versions
        if dated_version.row.effective_from is not None
    ]
    check_withdrawal_day(
        withdrawal.withdrawn_from,
        first_effective_from=published_versions[0].effective_from if published_versions else None,
        withdrawn_from=qualification.withdrawn_from,
        today=today,
    )
    qualification.withdrawn_from = withdrawal.withdrawn_from
    qualification.withdrawal_reason = withdrawal.reason
    release_identity(qualification)
    qualification.withdrawn_at = now
    qualification.revision += 1
    await session.flush()
    event = catalog.QualificationWithdrawn(
        qualification_id=qualification_id,
        withdrawn_from=withdrawal.withdrawn_from,
        reason=withdrawal.reason,
    )
    await outbox.record_events(session, event, now=now)
    await append_change(session, "withdrawn", published_versions[-1], now)
    return await queries.get_version(session, qualification_id, published_versions[-1].version)


async def _apply_command(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected_revision: int | None,
    command: Command,
    update_version: Callable[[QualificationVersion], None],
) -> DatedVersion:
    """Applies a command to a version: checks revision and transition, then calls `update_version`.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, and what `update_version` raises.
    """
    qualification = await queries.lock_qualification(session, qualification_id)
    version = (await queries.get_version(session, qualification_id, number)).row
    check_version(version.revision, expected_revision)
    status = TRANSITIONS[version.change].next_status(version.status, command)
    with session.no_autoflush:
        update_version(version)
    version.status = status
    qualification.revision += 1
    version.revision = qualification.revision
    await session.flush()
    return await queries.get_version(session, qualification_id, number)


def _publication_event(version: QualificationVersion) -> catalog.QualificationPublished:
    """The event of a published version."""
    return catalog.QualificationPublished.model_validate(
        {
            "qualification": {
                **version.content,
                "id": version.qualification_id,
                "version": version.version,
            },
            "requirements": version.content["requirements"],
            "published_at": version.published_at,
            "effective_from": version.effective_from,
            "change": version.change,
        }
    )
