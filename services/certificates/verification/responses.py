"""The HTTP response to one question, for the route and the fast path."""

from datetime import date, datetime, time, timedelta
from hashlib import sha256

from fastapi import Response
from pydantic_core import to_json

from services.certificates.settings import CertificatesSettings
from services.certificates.verification import answers
from services.certificates.verification.answers import When
from services.certificates.verification.rate_limit import Asking
from shared.db import Pool
from shared.web.conditional import is_held


async def told(
    asking: Asking,
    reads: Pool,
    number: str,
    issued_on: date,
    when: When,
    held: str,
    settings: CertificatesSettings,
) -> Response:
    """The answer to one question; 304 when the caller holds it, by its `If-None-Match`."""
    limits = await asking.ask()
    answer = await answers.verified(reads, number, issued_on, when, settings)
    await asking.in_vain(answer["certificate"] is None)
    content = to_json(answer)
    headers = {
        **limits,
        "Cache-Control": _keep(when.now, settings),
        "ETag": f'"{sha256(content).hexdigest()[:32]}"',
    }
    if held and is_held(headers["ETag"], held):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def _keep(now: datetime, settings: CertificatesSettings) -> str:
    """How long an answer may be kept: never into the next civil day, on which it may be another."""
    local = now.astimezone(settings.time_zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(0), settings.time_zone)
    seconds = min(settings.certificates_cache_seconds, int((midnight - now).total_seconds()))
    return f"public, max-age={seconds}, must-revalidate" if seconds else "public, no-cache"
