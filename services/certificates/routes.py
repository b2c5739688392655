"""Certificates over HTTP."""

from datetime import date
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.certificates import lifecycle, models, queries
from services.certificates.lifecycle import Verdict
from services.certificates.schemas import (
    Certificate,
    CertificateSummary,
    Certified,
    Notice,
    Verification,
)
from services.certificates.settings import CertificatesSettings
from shared.auth import PUBLIC, Allow, Scope
from shared.clock import civil_date
from shared.http import Now, Reading
from shared.paging import Cursor, Limit, Page
from shared.problems import responses

router = APIRouter(prefix="/v1", tags=["certificates"])

KEEPERS = Allow(Scope.FEED, Scope.AMEND, Scope.OPERATE)
"""Who may list certificates: nobody may look people up (649n, item 17)."""

EXPLANATIONS = {
    Verdict.VALID: "The certificate is valid through {valid_until}.",
    Verdict.EXPIRED: "The certificate was valid through {valid_until}; it has expired.",
    Verdict.NOT_FOUND: "No certificate has this number and date of issue. Compare both with the "
    "document.",
}


def _settings(request: Request) -> CertificatesSettings:
    return cast("CertificatesSettings", request.app.state.settings)


ServiceSettings = Annotated[CertificatesSettings, Depends(_settings)]


@router.get(
    "/verification",
    summary="Is this certificate valid?",
    tags=["public"],
    dependencies=[Depends(PUBLIC)],
)
async def verify(
    number: Annotated[
        str,
        Query(
            min_length=5,
            max_length=60,
            pattern=r"^[0-9A-Za-z./-]+$",
            examples=["07.01000.00.00000001.29"],
        ),
    ],
    issued_on: Annotated[date, Query(description="the date of issue, as printed")],
    session: Reading,
    now: Now,
    settings: ServiceSettings,
) -> Verification:
    """Public, by number and date of issue, as the registry asks for them. Nothing about people."""
    today = civil_date(now, settings.time_zone)
    found = await queries.issued(session, number, issued_on)
    verdict = lifecycle.verdict(found.valid_until, today) if found else Verdict.NOT_FOUND
    return Verification(
        verdict=verdict,
        explanation=EXPLANATIONS[verdict].format(valid_until=found and found.valid_until),
        checked_on=today,
        certificate=_certified(found) if found else None,
    )


@router.get(
    "/certificates",
    summary="Certificates, in the order of issue",
    dependencies=[Depends(KEEPERS)],
)
async def find(
    session: Reading,
    application_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CertificateSummary]:
    """Without their holders."""
    rows, following = await queries.certificates(session, application_id, cursor, limit)
    items = [CertificateSummary.model_validate(row) for row in rows]
    return Page[CertificateSummary](items=items, next=following)


@router.get(
    "/certificates/{certificate_id}",
    summary="One certificate",
    responses=responses(404),
    dependencies=[Depends(KEEPERS)],
)
async def get(certificate_id: UUID, session: Reading) -> Certificate:
    """With everything that it prints."""
    return Certificate.model_validate(await queries.certificate(session, certificate_id))


@router.get(
    "/notices",
    summary="The ledger of notices, oldest first",
    tags=["operations"],
    dependencies=[Depends(Allow(Scope.OPERATE))],
)
async def notices(
    session: Reading,
    certificate_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Notice]:
    """Which notices were given about which certificate, and when."""
    rows, following = await queries.notices(session, certificate_id, cursor, limit)
    return Page[Notice](items=[Notice.model_validate(row) for row in rows], next=following)


def _certified(row: models.Certificate) -> Certified:
    return Certified(
        number=row.number,
        qualification=row.qualification["name"],
        level=row.qualification["level"],
        registry_number=row.qualification["registry_number"],
        council=row.qualification["council"],
        issued_on=row.issued_on,
        valid_until=row.valid_until,
    )
