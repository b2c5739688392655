"""From the draft to the registry: expert review, approval, publication, withdrawal."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes.operations import add_change
from services.catalog.procedure.drafting import check_unique, identity, release
from services.catalog.procedure.schemas import Approve, Withdraw
from services.catalog.qualification import queries
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.in_force import check_effective, check_withdrawal
from services.catalog.qualification.models import QualificationVersion
from services.catalog.qualification.queries import Standing
from services.catalog.qualification.status import TRANSITIONS, Change, Command, check_certifiable
from shared.errors import RuleViolation, check_version
from shared.events import catalog
from shared.messaging import outbox


async def submit(
    session: AsyncSession, qualification_id: UUID, number: int, expected: int | None, now: datetime
) -> Standing:
    """Hands a draft to the experts. Raises `RuleViolation` if it could not be certified."""

    def change(version: QualificationVersion) -> None:
        check_certifiable(version.content)
        version.submitted_at = now
        version.remarks = None

    return await _step(session, qualification_id, number, expected, Command.SUBMIT, change)


async def send_back(
    session: AsyncSession, qualification_id: UUID, number: int, expected: int | None, remarks: str
) -> Standing:
    """Returns a version to the council with remarks; an approval is void."""

    def change(version: QualificationVersion) -> None:
        version.remarks = remarks
        version.approval = None

    return await _step(session, qualification_id, number, expected, Command.RETURN, change)


async def approve(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected: int | None,
    approval: Approve,
    today: date,
) -> Standing:
    """Records who approved the version and by which protocol."""

    def change(version: QualificationVersion) -> None:
        check_certifiable(version.content)
        if approval.protocol_date > today:
            raise RuleViolation(
                "approval.future",
                f"The protocol's date lies after today, {today}.",
                field="/protocol_date",
            )
        version.approval = approval.model_dump(mode="json")

    return await _step(session, qualification_id, number, expected, Command.APPROVE, change)


async def discard(
    session: AsyncSession, qualification_id: UUID, number: int, expected: int | None
) -> Standing:
    """Gives a version up before it is published; it stays on record.

    With its first version a qualification is given up: the same one may be drafted anew.
    """
    qualification = await queries.locked_qualification(session, qualification_id)

    def change(version: QualificationVersion) -> None:
        if version.change is Change.FIRST:
            release(qualification)
            qualification.registry_number = None

    return await _step(session, qualification_id, number, expected, Command.DISCARD, change)


async def publish(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected: int | None,
    effective_from: date,
    *,
    today: date,
    now: datetime,
) -> Standing:
    """Publishes an approved version for good and tells others from when it is in force.

    Raises `RuleViolation` for a day on which it may not begin (see `check_effective`).
    """
    qualification = await queries.locked_qualification(session, qualification_id)
    found = await queries.standings(session, qualification_id)

    def change(version: QualificationVersion) -> None:
        approval = Approve.model_validate(version.approval)
        check_effective(
            effective_from,
            approved_on=approval.protocol_date,
            latest=queries.latest_effective(found),
            withdrawn=qualification.withdrawn_from is not None,
            today=today,
        )
        version.effective_from = effective_from
        version.published_at = now

    standing = await _step(session, qualification_id, number, expected, Command.PUBLISH, change)
    draft = QualificationDraft.model_validate(standing.version.content)
    await check_unique(session, draft, qualification_id)
    qualification.identity = identity(draft)
    qualification.registry_number = draft.registry_number
    await session.flush()
    await outbox.record(session, _published(standing.version), now=now)
    await add_change(session, "published", standing.version, now)
    return standing


async def withdraw(
    session: AsyncSession, qualification_id: UUID, told: Withdraw, *, today: date, now: datetime
) -> Standing:
    """Ends a qualification from a day on, for a reason. Raises `RuleViolation`.

    Its registry number is never given again; a successor of the same name may be drafted.
    """
    qualification = await queries.locked_qualification(session, qualification_id)
    found = await queries.standings(session, qualification_id)
    effective = [one.version for one in found if one.version.effective_from is not None]
    check_withdrawal(
        told.withdrawn_from,
        first=effective[0].effective_from if effective else None,
        withdrawn=qualification.withdrawn_from,
        today=today,
    )
    qualification.withdrawn_from = told.withdrawn_from
    qualification.withdrawal_reason = told.reason
    release(qualification)
    qualification.withdrawn_at = now
    qualification.revision += 1
    await session.flush()
    event = catalog.QualificationWithdrawn(
        qualification_id=qualification_id,
        withdrawn_from=told.withdrawn_from,
        reason=told.reason,
    )
    await outbox.record(session, event, now=now)
    await add_change(session, "withdrawn", effective[-1], now)
    return await queries.standing(session, qualification_id, effective[-1].version)


async def _step(
    session: AsyncSession,
    qualification_id: UUID,
    number: int,
    expected: int | None,
    command: Command,
    change: Callable[[QualificationVersion], None],
) -> Standing:
    qualification = await queries.locked_qualification(session, qualification_id)
    version = (await queries.standing(session, qualification_id, number)).version
    check_version(version.revision, expected)
    status = TRANSITIONS[version.change].apply(version.status, command)
    with session.no_autoflush:
        change(version)
    version.status = status
    qualification.revision += 1
    version.revision = qualification.revision
    await session.flush()
    return await queries.standing(session, qualification_id, number)


def _published(version: QualificationVersion) -> catalog.QualificationPublished:
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
