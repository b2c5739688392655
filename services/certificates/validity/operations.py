"""The day of the next notice: set at the issue, followed at changes. None commits."""

from collections.abc import Sequence
from datetime import date

from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.queries import list_changes
from services.certificates.certificate.standing import ChangeKind, Timeline
from services.certificates.settings import CertificatesContext
from services.certificates.validity.plan import PlannedEnd, find_next_notices, share_plan


async def plan_first_notices(
    context: CertificatesContext, certificates: Sequence[Certificate]
) -> None:
    """Sets the day of new certificates' first notices: only of days after their issue."""
    await _plan_next_notices(context, certificates)


async def follow_changes(context: CertificatesContext, certificates: Sequence[Certificate]) -> None:
    """Follows the changes of locked certificates: which end they have now, and its next notice.

    Each end has notices of its own, kept under its `generation`, which only this sets. An end that
    was moved further tells nothing about days past; one that has come nearer does: its holder has
    less time than any notice said. A certificate that was annulled or withdrawn, or will be, gets
    no further notice; nor does one whose holder has a newer one, unless that is annulled.
    """
    changes = await list_changes(context.session, [certificate.id for certificate in certificates])
    planned_certificates = []
    for certificate in certificates:
        is_moved = _follow_end(context, certificate, changes[certificate.id])
        if _is_noticed_no_more(certificate, changes[certificate.id]):
            certificate.next_notice_on = None
        elif is_moved or changes[certificate.id][-1].kind is ChangeKind.RESTORED:
            planned_certificates.append(certificate)
    await _plan_next_notices(context, planned_certificates)
    await context.session.flush()


def _follow_end(
    context: CertificatesContext, certificate: Certificate, changes: Sequence[CertificateChange]
) -> bool:
    """Gives an end that was moved its own generation of notices; whether it was moved."""
    moves = [change for change in changes if change.ends_on is not None]
    if len(moves) == certificate.generation:
        return False
    certificate.generation = len(moves)
    if moves[-1].kind is not ChangeKind.SHORTENED:
        certificate.planned_from = context.today
    return True


def _is_noticed_no_more(certificate: Certificate, changes: Sequence[CertificateChange]) -> bool:
    """Whether a change that is in effect, or will be, ends the notices of a certificate."""
    timeline = Timeline(
        certificate.issued_on,
        certificate.valid_until,
        tuple(change.to_change() for change in changes),
    )
    last_day = date.max
    return bool(timeline.final_change_on(last_day) or timeline.supersession_on(last_day))


async def _plan_next_notices(
    context: CertificatesContext, certificates: Sequence[Certificate]
) -> None:
    if not certificates:
        return
    await share_plan(context.session)
    ends = [PlannedEnd(row.qualification_id, row.ends_on, row.planned_from) for row in certificates]
    next_notices = await find_next_notices(context.session, set(ends))
    for certificate, end in zip(certificates, ends, strict=True):
        certificate.next_notice_on = next_notices[end]
