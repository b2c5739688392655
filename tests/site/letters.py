"""Letters in the crawl: those that a centre prints, posts and calls for, and the links of some."""

from collections.abc import Mapping
from uuid import UUID

from services.applications.letters.models import Letter
from services.applications.letters.rules import LetterState, TokenPurpose
from services.applications.letters.tokens import keep_tokens, make_token
from shared.context import command_context
from shared.db import Database
from tests.applications import people
from tests.applications.letters.notices import Notices, apply
from tests.applications.test_handlers import build_issued_event
from tests.site.hostile_text import LINE
from tests.site.readers import CRAWLED_AT
from tests.site.served_site import ServedSite

LETTER_COUNT = 3
"""Of each channel: some are marked in the crawl."""


async def make_letters(site: ServedSite) -> Mapping[str, str]:
    """Plans letters over each channel; the tokens of links, by what is special about each."""
    client, site.clock.instant = site.apis["applications"], CRAWLED_AT
    for index in range(LETTER_COUNT):
        for channel in ("post", "phone"):
            await _plan(site, f"07.01000.01.{index:08}.29", notify_by=channel)
    printed_id = await _plan(site, "07.01000.01.00000007.29", notify_by="post")
    await _set_state(site.applications_database, printed_id, LetterState.PRINTED)
    await _plan(site, LINE[:50], notify_by="post", postal_address=LINE)
    tokens: dict[str, str] = {}
    for index, name in enumerate(("asked", "stopped", "guessed", "renewed")):
        letter_id = await _plan(site, f"07.01000.02.{index:08}.29")
        tokens |= await _keep_tokens(site, letter_id, name)
    await client.post(f"/ru/letters/unsubscribe/{tokens['unsubscribe stopped']}")
    for _ in range(site.applications_settings.birth_date_tries):
        wrong_day = {"birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1990"}
        await client.post(f"/ru/letters/renewal/{tokens['renewal guessed']}", data=wrong_day)
    birth_day = {"birth_date-day": "31", "birth_date-month": "12", "birth_date-year": "1999"}
    consent = {"consent": "yes", "text_version": "2025-09-01"}
    await client.post(
        f"/ru/letters/renewal/{tokens['renewal renewed']}", data={**birth_day, **consent}
    )
    return tokens


async def _plan(site: ServedSite, number: str, **form: str) -> UUID:
    """The id of the letter of a certificate, which is known here."""
    application_id = await apply(site.apis["applications"], **form)
    notices = Notices(site.applications_consumer, site.clock, application_id, number)
    event = build_issued_event(application_id)
    notices.last_day = event.ends_on
    certificate_id = notices.facts["certificate_id"]
    async with site.applications_database.transaction() as session:
        await people.execute_statement(
            session,
            "INSERT INTO certificate (application_id, certificate_id, number, issued_on,"
            " valid_until, ends_on, centre_number, council) SELECT id, :certificate_id, :number,"
            " :issued_on, :ends_on, :ends_on, centre_number, council FROM application"
            " WHERE id = :id",
            id=UUID(application_id),
            certificate_id=certificate_id,
            number=number,
            issued_on=event.issued_on,
            ends_on=event.ends_on,
        )
    await notices.tell_renewal_due()
    rows = await people.fetch_rows(
        site.applications_database,
        "SELECT id FROM letter WHERE certificate_id = :id",
        id=certificate_id,
    )
    letter_id: UUID = rows[0][0]
    return letter_id


async def _set_state(database: Database, letter_id: UUID, state: LetterState) -> None:
    async with database.transaction() as session:
        letter = await session.get_one(Letter, letter_id)
        letter.state, letter.printed_at = state, CRAWLED_AT


async def _keep_tokens(site: ServedSite, letter_id: UUID, name: str) -> dict[str, str]:
    settings = site.applications_settings
    async with site.applications_database.transaction() as session:
        context = command_context(session, CRAWLED_AT, settings, "letters")
        await keep_tokens(context, [await session.get_one(Letter, letter_id)])
    return {
        f"{purpose} {name}": make_token(settings.keyring, letter_id, purpose)
        for purpose in (TokenPurpose.UNSUBSCRIBE, TokenPurpose.RENEWAL)
    }
