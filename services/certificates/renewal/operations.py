"""Windows follow what happens to certificates. None commits."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text

from services.certificates.certificate.models import Certificate
from services.certificates.renewal.models import RenewalTask
from services.certificates.settings import CertificatesContext
from shared.db import execute

# A window goes in the transaction that makes it untrue; its place in the slot goes back later.
# A task is left in any case: the job may be giving the certificate a window at this moment.
_FOLLOW_CHANGES = text(
    """
    WITH stale AS (
        DELETE FROM renewal_window AS w USING certificate AS c
        WHERE c.id = ANY(:certificate_ids) AND w.certificate_id = c.id
          AND (w.generation <> c.generation OR c.next_notice_on IS NULL)
        RETURNING w.certificate_id, w.qualification_id, w.slot_on
    )
    INSERT INTO renewal_task (certificate_id, qualification_id, freed_on)
    SELECT changed.id, stale.qualification_id, stale.slot_on
    FROM unnest(CAST(:certificate_ids AS uuid[])) AS changed (id)
    LEFT JOIN stale ON stale.certificate_id = changed.id
    """
)


def follow_issues(context: CertificatesContext, certificates: Sequence[Certificate]) -> None:
    """Leaves a task for each new certificate that ends so soon that its day of windows has passed.

    A day more is taken: this transaction may end after the midnight in which the job looks.
    """
    lead = timedelta(days=context.settings.renewal_lead_days + 1)
    for certificate in certificates:
        if certificate.ends_on <= context.today + lead:
            context.session.add(RenewalTask(certificate_id=certificate.id))


async def drop_untrue_windows(
    context: CertificatesContext, certificates: Sequence[Certificate]
) -> None:
    """Drops the windows of locked certificates that have ended or got another end.

    A window for the new end is given by the job, in its next round.
    """
    certificate_ids = [certificate.id for certificate in certificates]
    await execute(context.session, _FOLLOW_CHANGES, {"certificate_ids": certificate_ids})
