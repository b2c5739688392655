"""The tokens of letters: 128 bits that nobody guesses, of which only hashes are kept. None commits.

A token is made of the settings' keys and the letter's id. So a letter that is sent or printed again
carries the same one, and it need not be kept to be said again.
"""

import hashlib
from base64 import b32encode
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.letters.models import Letter, LetterToken
from services.applications.letters.rules import (
    RENEWAL_KINDS,
    LetterChannel,
    LetterKind,
    TokenPurpose,
)
from services.applications.settings import ApplicationsContext
from shared.db import execute
from shared.encryption import Keyring

_KEY_PURPOSE = "letter tokens"
_TOKEN_BYTES = 16
MAX_TOKEN_LENGTH = 40
"""What is longer is no token, and is not looked up."""


def make_token(keyring: Keyring, letter_id: UUID, purpose: TokenPurpose) -> str:
    """The letter's token, of letters and digits that survive any change of case."""
    digest = keyring.derive(_KEY_PURPOSE).list_digests(f"{purpose} {letter_id}")[0]
    return b32encode(digest[:_TOKEN_BYTES]).decode().rstrip("=").lower()


def list_purposes(letter: Letter) -> list[TokenPurpose]:
    """Which tokens the letter carries."""
    is_email = letter.channel is LetterChannel.EMAIL
    is_reminder = letter.kind is LetterKind.RENEWAL_DUE
    return [
        *([TokenPurpose.BOUNCE] if is_email else []),
        *([TokenPurpose.UNSUBSCRIBE] if is_email and is_reminder else []),
        *([TokenPurpose.RENEWAL] if letter.kind in RENEWAL_KINDS else []),
    ]


async def keep_tokens(context: ApplicationsContext, letters: Iterable[Letter]) -> None:
    """Keeps the hashes of the tokens that these letters are about to carry."""
    ends_on = context.today + timedelta(days=context.settings.letter_link_days)
    keyring = context.settings.keyring
    rows = [
        {
            "token_hash": _hash_token(make_token(keyring, letter.id, purpose)),
            "letter_id": letter.id,
            "purpose": purpose,
            "ends_on": ends_on,
            "failures": 0,
        }
        for letter in letters
        for purpose in list_purposes(letter)
    ]
    if rows:
        statement = insert(LetterToken).values(rows)
        await execute(context.session, statement.on_conflict_do_nothing())


async def find_token(
    context: ApplicationsContext, purpose: TokenPurpose, token: str, *, with_lock: bool = False
) -> LetterToken | None:
    """What is kept of a token; None for one that is not known for this purpose, or has ended."""
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    query = select(LetterToken).where(
        LetterToken.token_hash == _hash_token(token.lower()),
        LetterToken.purpose == purpose,
        col(LetterToken.ends_on) >= context.today,
    )
    return (await context.session.exec(query.with_for_update() if with_lock else query)).first()


async def delete_ended_tokens(context: ApplicationsContext) -> int:
    """Deletes tokens that open nothing any more; the number of rows."""
    statement = delete(LetterToken).where(col(LetterToken.ends_on) < context.today)
    return (await execute(context.session, statement)).rowcount


async def delete_tokens(session: AsyncSession, application_id: UUID) -> None:
    """Deletes the tokens of a file's letters."""
    letter_ids = select(Letter.id).where(Letter.application_id == application_id)
    await execute(session, delete(LetterToken).where(col(LetterToken.letter_id).in_(letter_ids)))


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
