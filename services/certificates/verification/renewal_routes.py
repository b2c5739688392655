"""When a certificate is best renewed: public, by number and date of issue, as verification is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic_core import to_json

from services.certificates.access.dependencies import ServiceSettings, VerificationPool
from services.certificates.certificate.members import IssuedOn
from services.certificates.certificate.number import CertificateNumber
from services.certificates.renewal.queries import SuggestedWindow, explanation_url, find_window
from services.certificates.verification import queries
from services.certificates.verification.answers import Verifier, verify
from services.certificates.verification.queries import CertificateFacts
from services.certificates.verification.rate_limit import Allowance
from services.certificates.verification.responses import conditional_response
from services.certificates.verification.routes import get_allowance
from services.certificates.verification.schemas import (
    RenewalInfoAnswer,
    SuggestedWindowAnswer,
    VerificationAnswer,
)
from shared.errors import NotFound
from shared.web.contents import add_headers
from shared.web.dependencies import Now
from shared.web.guards import PUBLIC
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1", tags=["verification"])


@router.get(
    "/renewal-info",
    summary="When is this certificate best renewed?",
    dependencies=[Depends(PUBLIC)],
    response_model=RenewalInfoAnswer,
    responses={200: add_headers("Retry-After"), **problem_responses(401, 404, 429)},
)
async def get_renewal_info(
    request: Request,
    number: Annotated[CertificateNumber, Query()],
    issued_on: Annotated[IssuedOn, Query()],
    allowance: Annotated[Allowance, Depends(get_allowance)],
    pool: VerificationPool,
    now: Now,
    settings: ServiceSettings,
) -> Response:
    """Ask again after `Retry-After`: a window moves with the certificate's end, or by its council.

    It counts against the same limits as verification, and says nothing that verification does not,
    but the window. Caches may keep the answer as long as `Cache-Control` says, and revalidate it
    by its `ETag`.
    """
    headers = await allowance.reserve()
    verifier = Verifier.about(pool, None, now, settings)
    certificate = await queries.get_certificate_facts(pool, number, issued_on)
    verdict = verify(verifier, certificate)
    if certificate is None or verdict["certificate"] is None:
        await allowance.count_unknown_certificate(number, issued_on)
        raise NotFound("renewal.unknown", "No certificate has this number and date of issue.")
    window = await find_valid_window(verifier, certificate, verdict)
    answer: RenewalInfoAnswer = {
        "number": number,
        "issued_on": issued_on,
        "valid_until": certificate.valid_until,
        "ends_on": verdict["certificate"]["ends_on"],
        "suggested_window": _answer_window(window),
        "explanation_url": _choose_url(verifier, window),
    }
    headers["Retry-After"] = str(settings.renewal_retry_seconds)
    if_none_match = request.headers.get("If-None-Match", "")
    return conditional_response(verifier, to_json(answer), headers, if_none_match)


async def find_valid_window(
    verifier: Verifier, certificate: CertificateFacts, verdict: VerificationAnswer
) -> SuggestedWindow | None:
    """The window of a certificate that is valid today; None for any other."""
    return await find_window(verifier.pool, certificate.id) if verdict["valid"] else None


def _answer_window(window: SuggestedWindow | None) -> SuggestedWindowAnswer | None:
    if window is None:
        return None
    return {"starts_on": window.starts_on, "ends_on": window.ends_on}


def _choose_url(verifier: Verifier, window: SuggestedWindow | None) -> str:
    """The council's page where it has moved the window; else the one about all windows."""
    council_url = window.explanation_url if window else None
    return council_url or explanation_url(verifier.settings)
