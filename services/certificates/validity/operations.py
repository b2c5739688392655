"""The day of the next notice: set at the issue, followed at changes. None commits."""

from collections.abc import Sequence

from services.certificates.certificate.models import Certificate
from services.certificates.certificate.queries import list_changes
from services.certificates.certificate.standing import FINAL_CHANGES, ChangeKind
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
    less time than any notice said. A certificate that was annulled, withdrawn or
    superseded, or will be, gets no further notice.
    """
    changes = await list_changes(context.session, [certificate.id for certificate in certificates])
    moved_certificates = []
    for certificate in certificates:
        if any(change.kind in FINAL_CHANGES for change in changes[certificate.id]):
            certificate.next_notice_on = None
            continue
        moves = [change for change in changes[certificate.id] if change.valid_until is not None]
        if len(moves) != certificate.generation:
            certificate.generation = len(moves)
            if moves[-1].kind is not ChangeKind.SHORTENED:
                certificate.planned_from = context.today
            moved_certificates.append(certificate)
    await _plan_next_notices(context, moved_certificates)
    await context.session.flush()


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
