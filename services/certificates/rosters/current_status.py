"""How enrolled certificates stand now, by verification's own function, and how events tell it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from services.certificates.certificate.standing import ENDED_EARLY_VERDICTS, Verdict
from services.certificates.settings import CertificatesSettings
from services.certificates.verification.answers import VerificationDate, Verifier, verify
from services.certificates.verification.queries import CertificateFacts, list_certificate_facts
from services.certificates.verification.schemas import VerificationAnswer
from shared.db import Pool

ENDED_VERDICTS = ENDED_EARLY_VERDICTS | {Verdict.EXPIRED}
"""With which a certificate cannot be enrolled: there is little left to tell about it."""


_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StatusReader:
    """The status of some certificates, by number, as of one moment."""

    verifier: Verifier
    facts: Mapping[str, CertificateFacts]

    @classmethod
    async def read(
        cls, pool: Pool, today: date, settings: CertificatesSettings, numbers: Collection[str]
    ) -> "StatusReader":
        """Reads these certificates as they stand today, by all changes that are committed.

        Also by those recorded at an instant that the clock here has yet to reach: what is told of
        a change must not deny it because another machine's clock is fast.
        """
        verifier = Verifier(pool, VerificationDate(today, today, _EVER), settings)
        facts = await list_certificate_facts(pool, numbers) if numbers else {}
        return cls(verifier, facts)

    def verify(self, number: str) -> VerificationAnswer:
        """Verification's answer about the certificate."""
        return verify(self.verifier, self.facts.get(number))

    def describe_change(
        self, number: str, effective_on: date, successor: str | None
    ) -> dict[str, object]:
        """What an event tells of a change of the certificate: its status now, and nobody's name."""
        data = self._describe(number)
        data["effective_on"] = effective_on.isoformat()
        if successor is not None and successor in self.facts:
            data["successor"] = self._describe(successor)
        return data

    def _describe(self, number: str) -> dict[str, object]:
        answer, facts = self.verify(number), self.facts[number]
        certificate = answer["certificate"]
        ends_on = certificate["ends_on"] if certificate else facts.valid_until
        return {
            "number": number,
            "issued_on": facts.issued_on.isoformat(),
            "valid_until": facts.valid_until.isoformat(),
            "ends_on": ends_on.isoformat(),
            "verdict": answer["verdict"].value,
            "valid": answer["valid"],
        }
