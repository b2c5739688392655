"""The printer's file of letters, by a link that works for a short time."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.dependencies import ServiceSettings
from services.applications.letters.by_hand import list_printable
from services.applications.letters.models import Letter
from services.applications.letters.pdf import compose_printed_letter, print_letters
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.encryption import Keyring
from shared.errors import NotFound
from shared.locale.catalogues import FIRST_LANGUAGE
from shared.typesetting.pdf import MEDIA_TYPE
from shared.web.contents import describe_file
from shared.web.dependencies import Now, ReadOnlyTransaction
from shared.web.guards import PUBLIC
from shared.web.problem_documents import problem_responses
from shared.web.resources import get_resources

router = APIRouter(prefix="/v1/letter-files", tags=["mail"], dependencies=[Depends(PUBLIC)])
_UUID_BYTES = 16
_KEY_PURPOSE = "letter files"


@dataclass(frozen=True, slots=True)
class LetterFile:
    """Which letters are printed in one file, for whose centre, titled in which language."""

    centre_number: str
    language: str
    letter_ids: Sequence[UUID]


def build_file_address(settings: ApplicationsSettings, file: LetterFile, now: datetime) -> str:
    """The address under which the file can be fetched from now on, for a short time.

    It cannot be forged. Who sees the addresses is recorded before.
    """
    ids = urlsafe_b64encode(b"".join(letter_id.bytes for letter_id in file.letter_ids)).decode()
    content = json.dumps([file.centre_number, file.language, ids])
    return f"/v1/letter-files/{_derive_keyring(settings).issue_ticket(content, now)}"


@router.get(
    "/{ticket}",
    summary="Letters to print",
    response_class=Response,
    responses={200: describe_file(MEDIA_TYPE, is_stored=False), **problem_responses(404)},
)
async def get_letter_file(
    ticket: Annotated[
        str, Path(max_length=4000, description="ticket of the link, as it was shown")
    ],
    request: Request,
    session: ReadOnlyTransaction,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """The letters of a centre's selection, as it made it; what was settled since is left out."""
    content = _derive_keyring(settings).redeem_ticket(ticket, settings.download_seconds, now)
    if content is None:
        raise NotFound("download.ended", "This link is not valid, or has ended. Ask for a new one.")
    centre_number, language, ids = json.loads(content)
    content_bytes = urlsafe_b64decode(ids)
    letter_ids = [
        UUID(bytes=content_bytes[index : index + _UUID_BYTES])
        for index in range(0, len(content_bytes), _UUID_BYTES)
    ]
    letters = await list_printable(session, centre_number, letter_ids)
    if not letters:
        raise NotFound("download.ended", "These letters are to be sent no more.")
    return await _print(request, session, settings, letters, language)


async def _print(
    request: Request,
    session: AsyncSession,
    settings: ApplicationsSettings,
    letters: Sequence[Letter],
    language: str,
) -> Response:
    resources = get_resources(request)
    languages = resources.languages
    today = civil_date(resources.clock.now(), settings.time_zone)
    printed_letters = [
        await compose_printed_letter(session, settings, languages, letter, today)
        for letter in letters
    ]
    t = languages.get(language, languages[FIRST_LANGUAGE])
    content = await to_thread.run_sync(print_letters, settings, t, printed_letters, today)
    headers = {
        "Content-Disposition": f'attachment; filename="letters-{today.isoformat()}.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _derive_keyring(settings: ApplicationsSettings) -> Keyring:
    """Keys of these links only: another kind of ticket opens no letters."""
    return settings.keyring.derive(_KEY_PURPOSE)
