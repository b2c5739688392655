"""Certificates that a newer one of their holder follows. None commits."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.certificates.certificate.models import Certificate
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.queries import list_duplicates, lock_certificates_by_number
from services.certificates.certificate.standing import FINAL_VERDICTS, ChangeKind
from services.certificates.changes.operations import (
    SUPERSESSION_REASON,
    ChangeDetails,
    record_change,
)
from services.certificates.settings import CertificatesContext
from shared.events.applications import Holder
from shared.person_likeness import Likeness, compare_people
from shared.person_names import join_name
from shared.tracing import Trace, run_under

ISSUANCE_ACTOR = "issuance"
"""Who records what issuing brings about."""


async def supersede_predecessors(
    context: CertificatesContext,
    certificates: Sequence[Certificate],
    traces: Sequence[Trace],
    confirmed_ids: Collection[UUID],
) -> None:
    """Supersedes the certificates that these follow, each from its successor's date of issue on.

    Of the applications in `confirmed_ids` the council has confirmed that the holder is the same.
    """
    predecessor_numbers = [row.recertifies for row in certificates if row.recertifies is not None]
    if not predecessor_numbers:
        return
    predecessors = await lock_certificates_by_number(context.session, predecessor_numbers)
    by_number = {predecessor.number: predecessor for predecessor in predecessors}
    duplicates = await list_duplicates(context.session, [row.id for row in predecessors])
    for certificate, trace in zip(certificates, traces, strict=True):
        predecessor = by_number.get(certificate.recertifies or "")
        if predecessor is None:
            continue
        holders = [predecessor.holder, *(row.holder for row in duplicates[predecessor.id])]
        if certificate.application_id in confirmed_ids or _is_any_holder(
            certificate.holder, holders
        ):
            with run_under(trace):
                await _supersede_predecessor(context, predecessor, certificate)


async def _supersede_predecessor(
    context: CertificatesContext, predecessor: Certificate, certificate: Certificate
) -> None:
    """Supersedes a locked certificate by the one of the same holder that follows it.

    Only with the same qualification. What was annulled or withdrawn stays so.
    """
    if predecessor.qualification_id != certificate.qualification_id:
        return
    if await current_verdict(context, predecessor) in FINAL_VERDICTS:
        return
    details = ChangeDetails(
        kind=ChangeKind.SUPERSEDED,
        effective_on=certificate.issued_on,
        reason=SUPERSESSION_REASON,
        successor=certificate.number,
    )
    await record_change(context.acting_as(ISSUANCE_ACTOR), [predecessor], details)


def _is_any_holder(holder: Holder, other_holders: Sequence[Holder]) -> bool:
    """Whether one of them has the same names, however they are spelt.

    An application that names somebody else's certificate takes nothing from them.
    """
    name, *other_names = (
        join_name(person.family_name, person.given_name, person.patronymic)
        for person in (holder, *other_holders)
    )
    return any(compare_people(name, other_name) is Likeness.SAME for other_name in other_names)
