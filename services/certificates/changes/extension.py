"""Extension of all certificates whose end lies in a window. None commits."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.operations import verdict_by
from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes.operations import ENDED, record
from services.certificates.changes.schemas import Extension, Selected
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
from shared.errors import Conflict


async def preview(
    session: AsyncSession, wanted: Extension, now: datetime, settings: CertificatesSettings
) -> list[Selected]:
    """What an extension would do: every certificate whose end lies in the window, and its new end.

    Annulled, withdrawn and superseded ones are left out.
    """
    found = []
    async for ending in queries.ending(session, wanted.ends_from, wanted.ends_to, AT_ONCE):
        changes = await queries.changes(session, [certificate.id for certificate in ending])
        for certificate in ending:
            if verdict_by(certificate, changes[certificate.id], now, settings) in ENDED:
                continue
            found.append(
                Selected(
                    id=certificate.id,
                    number=certificate.number,
                    valid_until=certificate.ends_on,
                    extended_to=add_period(certificate.ends_on, wanted.extended_by),
                )
            )
        session.expunge_all()  # a selection may be everything that there is
    return found


async def extend(
    session: AsyncSession,
    wanted: Extension,
    expected: int,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> list[Selected]:
    """Extends every certificate of the selection, all or none, by the agency's decision.

    `expected` is how many the preview showed. Raises `Conflict` when there are others now.
    """
    selected = await preview(session, wanted, now, settings)
    if len(selected) != expected:
        raise Conflict(
            "extension.changed",
            f"The preview showed {expected} certificates; there are {len(selected)} now. "
            "Look at it again.",
            extra={"count": len(selected)},
        )
    today = civil_date(now, settings.time_zone)
    for first in range(0, len(selected), AT_ONCE):
        ends = {each.id: each for each in selected[first : first + AT_ONCE]}
        certificates = await queries.all_locked(session, list(ends))
        if any(row.ends_on != ends[row.id].valid_until for row in certificates):
            raise Conflict("extension.changed", "A certificate has changed. Look again.")
        await record(
            session,
            certificates,
            ChangeKind.EXTENDED,
            effective_on=today,
            actor=actor,
            reason=wanted.reason,
            basis=wanted.basis,
            ends={each.id: each.extended_to for each in ends.values()},
            window=(wanted.ends_from, wanted.ends_to),
            now=now,
            settings=settings,
        )
        session.expunge_all()
    return selected


AT_ONCE = 500
"""Certificates that are changed by the same statements."""
