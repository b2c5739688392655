"""The HTTP response to one question, for the route and the fast path."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from fastapi import Response
from pydantic_core import to_json

from services.certificates.settings import CertificatesSettings
from services.certificates.verification.answers import Verifier, verify_number
from services.certificates.verification.rate_limit import Allowance
from shared.web.conditional import matches_etag


async def verdict_response(
    verifier: Verifier, allowance: Allowance, number: str, issued_on: date, if_none_match: str
) -> Response:
    """The response to one question; 304 when `if_none_match` names the tag of the same answer.

    Raises `TooManyRequests`.
    """
    limit_headers = await allowance.reserve()
    answer = await verify_number(verifier, number, issued_on)
    if answer["certificate"] is None:
        await allowance.count_unknown_certificate(number, issued_on)
    headers = {**limit_headers, "Vary": "Accept-Language"}
    return conditional_response(verifier, to_json(answer), headers, if_none_match)


def conditional_response(
    verifier: Verifier, content: bytes, headers: Mapping[str, str], if_none_match: str
) -> Response:
    """The answer in JSON with its tag, for as long as caches may keep it; or 304."""
    headers = {
        **headers,
        "Cache-Control": _cache_control(verifier.verification_date.now, verifier.settings),
        "ETag": f'"{sha256(content).hexdigest()[:32]}"',
    }
    if if_none_match and matches_etag(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def _cache_control(now: datetime, settings: CertificatesSettings) -> str:
    """The `Cache-Control` of an answer: never into the next civil day, when it may differ."""
    local_time = now.astimezone(settings.time_zone)
    midnight = datetime.combine(local_time.date() + timedelta(days=1), time(0), settings.time_zone)
    seconds = min(settings.cache_seconds, int((midnight - now).total_seconds()))
    return f"public, max-age={seconds}, must-revalidate" if seconds else "public, no-cache"
