"""Reading windows and councils' acts about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.renewal.models import RenewalPullForward
from services.certificates.settings import CertificatesSettings
from shared.councils import list_council_names
from shared.db import Pool
from shared.paging import SortKey, get_newest_page

_FIND_WINDOW = """
    SELECT w.starts_on, w.ends_on, act.explanation_url
    FROM certificate AS c
    JOIN renewal_window AS w ON w.certificate_id = c.id AND w.generation = c.generation
    LEFT JOIN renewal_pull_forward AS act ON act.id = w.pull_forward_id
    WHERE c.id = $1 AND c.next_notice_on IS NOT NULL
"""
_SORT_KEYS: list[SortKey] = [
    (col(RenewalPullForward.recorded_at), AwareDatetime),
    (col(RenewalPullForward.id), UUID),
]


@dataclass(frozen=True, slots=True)
class SuggestedWindow:
    """The days on which a certificate is best renewed, inclusive.

    `explanation_url` is that of the council which moved it, None where none did.
    """

    starts_on: date
    ends_on: date
    explanation_url: str | None


def explanation_url(settings: CertificatesSettings) -> str:
    """The page that says in words how windows are spread, in the reader's language."""
    return f"{settings.site_url}/renewal"


async def find_window(pool: Pool, certificate_id: UUID) -> SuggestedWindow | None:
    """The window of a certificate; None before it has one, and once the certificate has ended."""
    row = await pool.fetchrow(_FIND_WINDOW, certificate_id)
    return None if row is None else SuggestedWindow(*row.values())


async def get_pull_forward(session: AsyncSession, act_id: UUID) -> RenewalPullForward:
    """The act with this id, which there is."""
    return await session.get_one(RenewalPullForward, act_id)


async def list_pull_forwards(
    session: AsyncSession, council: str | None, cursor: str | None, limit: int
) -> tuple[Sequence[RenewalPullForward], str | None]:
    """A page of acts, the newest first, of a council or of all; and the next page's cursor."""
    query = select(RenewalPullForward)
    if council is not None:
        query = query.where(col(RenewalPullForward.council).in_(list_council_names(council)))
    return await get_newest_page(session, query, _SORT_KEYS, cursor, limit)
