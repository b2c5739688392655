"""A council moves the windows of a cohort. None commits.

As for an extension, who acts says how many certificates the preview showed: a selection that has
grown meanwhile is refused, and looked at anew.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from services.certificates.certificate.queries import lock_many_certificates
from services.certificates.renewal.capacity import RENEWAL_JOB, measure_capacities
from services.certificates.renewal.models import RenewalPullForward
from services.certificates.renewal.rules import list_working_days
from services.certificates.renewal.schemas import PullForwardRequest, PullForwardSelection
from services.certificates.settings import CertificatesContext
from shared.db import execute
from shared.errors import Conflict, RuleViolation
from shared.job_states.states import lock_cursor

_PULL_FORWARD = text((Path(__file__).parent / "pull_forward.sql").read_text("utf-8"))
_LIVE_COHORT = """
    SELECT id FROM certificate
    WHERE qualification_id = :qualification_id AND next_notice_on IS NOT NULL
      AND ends_on BETWEEN :ends_from AND :ends_to
    ORDER BY id LIMIT :limit
"""
_LIST_COHORT = text(_LIVE_COHORT)
_LOCK_COHORT = text(f"{_LIVE_COHORT} FOR NO KEY UPDATE")


async def count_cohort(context: CertificatesContext, selection: PullForwardSelection) -> int:
    """How many windows would be moved: of live certificates, with or without a window yet.

    Raises `RuleViolation` when there are more than one act may move.
    """
    return len(await _list_cohort(context, selection, is_locking=False))


async def pull_windows_forward(
    context: CertificatesContext, council: str, body: PullForwardRequest
) -> RenewalPullForward:
    """Moves the windows of the cohort, all of them, and records the act.

    The certificates are locked before the windows, as by whoever changes them. Raises `Conflict`
    when the cohort is another than the preview showed, `RuleViolation` for days past.
    """
    if body.starts_on < context.today:
        raise RuleViolation(
            "renewal.past",
            f"A window begins on {context.today} or later.",
            field="/starts_on",
            values={"today": context.today},
        )
    await lock_many_certificates(context.session)
    certificate_ids = await _list_cohort(context, body, is_locking=True)
    if len(certificate_ids) != body.count:
        raise Conflict(
            "renewal.cohort_changed",
            f"The preview showed {body.count} certificates; there are {len(certificate_ids)} now. "
            "Look at it again.",
            extra={"count": len(certificate_ids)},
        )
    await lock_cursor(context.session, RENEWAL_JOB)
    await measure_capacities(context, [body.qualification_id])
    act = _build_act(context, council, body)
    context.session.add(act)
    await context.session.flush()
    slot_days = list_working_days(body.starts_on, body.window_ends_on) or [body.window_ends_on]
    parameters = {
        "certificate_ids": certificate_ids,
        "qualification_id": body.qualification_id,
        "starts_on": body.starts_on,
        "ends_on": body.window_ends_on,
        "slot_days": slot_days,
        "pull_forward_id": act.id,
    }
    await execute(context.session, _PULL_FORWARD, parameters)
    return act


async def _list_cohort(
    context: CertificatesContext, selection: PullForwardSelection, *, is_locking: bool
) -> list[UUID]:
    limit = context.settings.pull_forward_rows
    parameters = {
        "qualification_id": selection.qualification_id,
        "ends_from": max(selection.ends_from, context.today + timedelta(days=1)),
        "ends_to": selection.ends_to,
        "limit": limit + 1,
    }
    statement = _LOCK_COHORT if is_locking else _LIST_COHORT
    certificate_ids = list((await execute(context.session, statement, parameters)).scalars())
    if len(certificate_ids) > limit:
        raise RuleViolation(
            "renewal.cohort_large",
            f"One act moves at most {limit} windows; choose fewer days.",
            field="/ends_to",
            values={"number": limit},
        )
    return certificate_ids


def _build_act(
    context: CertificatesContext, council: str, body: PullForwardRequest
) -> RenewalPullForward:
    return RenewalPullForward(
        qualification_id=body.qualification_id,
        council=council,
        cohort_from=body.ends_from,
        cohort_to=body.ends_to,
        starts_on=body.starts_on,
        ends_on=body.window_ends_on,
        reason=body.reason,
        explanation_url=body.explanation_url,
        certificate_count=body.count,
        actor=context.actor,
        recorded_at=context.now,
    )
