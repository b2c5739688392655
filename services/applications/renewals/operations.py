"""A draft made by who has a letter and knows the holder's birth date. None commits."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.applications.application.models import Application
from services.applications.application.schemas import RecertifiedCertificate
from services.applications.decision.models import Certificate
from services.applications.intake.renewal import prefill_draft
from services.applications.intake.schemas import ConsentStatement, RenewalRequest
from services.applications.letters.models import Letter, LetterToken
from services.applications.letters.rules import TokenPurpose
from services.applications.letters.tokens import find_token
from services.applications.settings import ApplicationsContext
from shared.errors import NotFound


class RenewalStage(StrEnum):
    """How far the holder of a letter has come."""

    OPEN = "open"  # they say the birth date, and consent anew
    BARRED = "barred"  # too many birth dates were wrong: nobody comes further
    DRAFTED = "drafted"  # the draft is there


@dataclass(frozen=True, slots=True)
class Renewal:
    """The renewal that a token opens, with the letter's certificate."""

    token: LetterToken
    letter: Letter
    tries_left: int

    @property
    def stage(self) -> RenewalStage:
        """How far it has come."""
        if self.token.draft_id is not None:
            return RenewalStage.DRAFTED
        return RenewalStage.OPEN if self.tries_left > 0 else RenewalStage.BARRED


async def get_renewal(
    context: ApplicationsContext, token: str, *, with_lock: bool = False
) -> Renewal:
    """The renewal that the token of a letter opens. Raises `NotFound`."""
    letter_token = await find_token(context, TokenPurpose.RENEWAL, token, with_lock=with_lock)
    if letter_token is None:
        raise NotFound("letter.token_unknown", "No letter carries this address, or not any more.")
    letter = await context.session.get_one(Letter, letter_token.letter_id)
    tries_left = context.settings.birth_date_tries - letter_token.failures
    return Renewal(letter_token, letter, tries_left)


async def knows_birth_date(
    context: ApplicationsContext, renewal: Renewal, birth_date: date
) -> bool:
    """Whether it is the holder's birth date; a wrong one counts. The token must be locked."""
    application = await context.session.get_one(Application, renewal.letter.application_id)
    if application.birth_date == birth_date:
        return True
    renewal.token.failures += 1
    return False


async def draft_renewal(
    context: ApplicationsContext, renewal: Renewal, consent: ConsentStatement
) -> None:
    """Makes the draft, once; it belongs to the account of the earlier application, and its centre.

    The token must be locked. Raises as `prefill_draft`.
    """
    letter = renewal.letter
    certificate = await context.session.get_one(Certificate, letter.application_id)
    recertified = RecertifiedCertificate(number=letter.number, issued_on=str(certificate.issued_on))
    body = RenewalRequest(consent=consent, recertifies=recertified)
    renewal.token.draft_id = await prefill_draft(context, letter.application_id, body, None)
