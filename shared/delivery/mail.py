"""One letter handed to an SMTP relay, within a limit of time.

A relay's 250 is all that counts as delivered. Where it is lost the letter goes again, under the
same Message-ID. Whose failure it is decides what comes next: an answer to the recipient's address
is the recipient's, and so is a temporary one to the content; all others are the relay's.
"""

import asyncio
import re
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path

import aiosmtplib
from pydantic import SecretStr

from shared.delivery.attempts import Attempt, AttemptOutcome

_FIRST_PERMANENT_CODE = 500
_POLICY_CODE = re.compile(r"5\.7\.\d")


class MailSecurity(StrEnum):
    """How the connection to the relay is secured; a relay that lacks it gets no letter."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRelay:
    """Where letters are handed to. `authorities` is a file of further certificate authorities."""

    host: str
    port: int
    security: MailSecurity
    limit_seconds: float
    user: str | None = None
    password: SecretStr | None = None
    authorities: Path | None = None

    async def send(self, message: EmailMessage, return_path: str | None = None) -> Attempt:
        """Hands the message to the relay; whatever goes wrong is told by the attempt.

        `return_path` is where the mail system brings it when it cannot be delivered later; None:
        to who sent it.
        """
        try:
            async with asyncio.timeout(self.limit_seconds):
                await self._hand_over(message, return_path)
        except aiosmtplib.SMTPNotSupported:
            return _judge_missing_feature(message)
        except TimeoutError:
            return Attempt(AttemptOutcome.BROKEN, "timeout")
        except (OSError, aiosmtplib.SMTPException) as error:
            return _judge_failure(error)
        return Attempt(AttemptOutcome.DELIVERED)

    async def _hand_over(self, message: EmailMessage, return_path: str | None) -> None:
        await aiosmtplib.send(
            message,
            sender=return_path,
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=None if self.password is None else self.password.get_secret_value(),
            use_tls=self.security is MailSecurity.TLS,
            start_tls=self.security is MailSecurity.STARTTLS,
            cert_bundle=None if self.authorities is None else str(self.authorities),
            timeout=self.limit_seconds,
        )


def _judge_missing_feature(message: EmailMessage) -> Attempt:
    """An address in letters that the relay does not know is refused; else it is the relay."""
    if not str(message["To"]).isascii():
        return Attempt(AttemptOutcome.REFUSED, "smtputf8")
    return Attempt(AttemptOutcome.BROKEN, "unsupported")


def _judge_failure(error: Exception) -> Attempt:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _judge_recipient(error.recipients[0])
    if isinstance(error, aiosmtplib.SMTPDataError):
        return _judge_answer(error.code, AttemptOutcome.BROKEN)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Attempt(AttemptOutcome.BROKEN, str(error.code))
    return Attempt(AttemptOutcome.BROKEN, type(error).__name__)


def _judge_recipient(error: aiosmtplib.SMTPRecipientRefused) -> Attempt:
    """What a relay forbids by its policy (RFC 3463, 5.7) says nothing about the address."""
    if _POLICY_CODE.match(error.message):
        return Attempt(AttemptOutcome.DEFERRED, f"{error.code} 5.7")
    return _judge_answer(error.code, AttemptOutcome.REFUSED)


def _judge_answer(code: int, permanent_outcome: AttemptOutcome) -> Attempt:
    is_permanent = code >= _FIRST_PERMANENT_CODE
    return Attempt(permanent_outcome if is_permanent else AttemptOutcome.DEFERRED, str(code))
