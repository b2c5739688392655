"""The names in a job's rows, compared with the holders' by digests; each comparison is recorded."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col, func, select

from services.certificates.access.models import Disclosure
from services.certificates.settings import CertificatesContext
from services.certificates.verification import queries
from services.certificates.verification.job_questions import (
    KeptQuestion,
    digest_keys,
    open_name_key,
)
from services.certificates.verification.models import VerificationJob
from services.certificates.verification.name_keys import NameKeys, choose_match, list_holder_keys
from services.certificates.verification.schemas import RowAnswer, VerificationAnswer
from shared.db import Pool
from shared.errors import RuleViolation


async def check_wrong_names(context: CertificatesContext) -> None:
    """Raises `RuleViolation` for an actor whose jobs of the last day named the wrong people."""
    day_ago = context.now - timedelta(days=1)
    query = select(func.coalesce(func.sum(VerificationJob.wrong_names), 0)).where(
        VerificationJob.owner == context.actor, col(VerificationJob.created_at) > day_ago
    )
    limit = context.settings.client_daily_wrong_names
    if (await context.session.exec(query)).one() >= limit:
        raise RuleViolation(
            "job.wrong_names",
            f"{limit} names of a day were not the holders'. Ask without names until tomorrow.",
            values={"number": limit},
        )


async def compare_names(
    context: CertificatesContext,
    pool: Pool,
    job: VerificationJob,
    rows: Sequence[tuple[KeptQuestion, RowAnswer]],
) -> None:
    """Says in the answers whose row has a name whether it is the holder's, and records who asked.

    The record is committed with the answers: they are read by nobody before. Where the key of the
    names is gone with a key of the service, nothing is said.
    """
    name_key = open_name_key(context.settings.keyring, job.sealed_name_key)
    claims = [] if name_key is None else [*_list_claims(rows)]
    if name_key is None or not claims:
        return
    numbers = {number for number, _, _ in claims}
    holders = await queries.list_holders_by_number(pool, numbers)
    digests = {
        number: (
            certificate_id,
            [digest_keys(list_holder_keys(holder), name_key) for holder in names],
        )
        for number, (certificate_id, names) in holders.items()
    }
    for number, claimed_digests, answer in claims:
        certificate_id, holder_digests = digests[number]
        matches = {claimed_digests.match(holder_digest) for holder_digest in holder_digests}
        answer["name_matches"] = choose_match(matches)
        job.wrong_names += answer["name_matches"] is not True
        context.session.add(
            Disclosure(
                disclosed_at=context.now,
                subject=job.owner,
                resource="name challenge",
                certificate_id=certificate_id,
            )
        )


def _list_claims(
    rows: Sequence[tuple[KeptQuestion, RowAnswer]],
) -> list[tuple[str, NameKeys, VerificationAnswer]]:
    """Number, digests of the claimed name, and answer of each row that has a name to compare."""
    return [
        (answer["certificate"]["number"], kept_question.name_digests, answer)
        for kept_question, row in rows
        if (answer := row["answer"]) is not None
        and answer["certificate"] is not None
        and kept_question.name_digests is not None
    ]
