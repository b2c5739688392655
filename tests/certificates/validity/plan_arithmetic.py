"""The ledger of notices by plain arithmetic, for plans that change: what the database must say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from services.certificates.settings import CertificatesSettings

BEGINNING = date(1, 1, 1)
Entry = tuple[str, int, date, date, str | None]
"""Number, threshold, the day due, the day of the entry, and the reason of one not published."""


@dataclass
class ReckonedPlan:
    """Thresholds, each with the day from which it counts."""

    since: dict[int, date]
    follows_default: bool = True

    def change(self, thresholds: Sequence[int], today: date) -> None:
        """Takes these thresholds; what is new counts from today."""
        self.since = {days: self.since.get(days, today) for days in (*thresholds, 0)}


@dataclass
class ReckonedCertificate:
    """A certificate, and which thresholds of its present end have been entered."""

    number: str
    qualification_id: UUID
    ends_on: date
    planned_from: date
    entered: set[int] = field(default_factory=set)

    def find_due_days(self, plan: ReckonedPlan) -> dict[int, date]:
        """The days on which notices are due, by threshold."""
        due_days = {days: self.ends_on - timedelta(days=days or -1) for days in plan.since}
        return {
            days: day
            for days, day in due_days.items()
            if day > self.planned_from and day >= plan.since[days]
        }


class ReckonedLedger:
    """What is told of some certificates, day by day."""

    def __init__(self, certificates: Sequence[ReckonedCertificate]) -> None:
        thresholds = CertificatesSettings.model_fields["renewal_thresholds_days"].default
        self.certificates = certificates
        self.entries: list[Entry] = []
        self._default = ReckonedPlan(dict.fromkeys((*thresholds, 0), BEGINNING))
        self._own: dict[UUID, ReckonedPlan] = {}

    def change_default(self, thresholds: Sequence[int], today: date) -> None:
        """The settings' thresholds, for all that follow them."""
        for plan in (self._default, *self._own.values()):
            if plan.follows_default:
                plan.change(thresholds, today)

    def change_own(
        self, qualification_id: UUID, thresholds: Sequence[int] | None, today: date
    ) -> None:
        """A council's thresholds; None: back to the default."""
        plan = self._own.setdefault(qualification_id, ReckonedPlan(dict(self._default.since)))
        default_thresholds = [days for days in self._default.since if days]
        plan.change(default_thresholds if thresholds is None else thresholds, today)
        plan.follows_default = thresholds is None

    def extend(self, first_day: date, last_day: date, days: int, today: date) -> None:
        """Moves each end that lies in the window."""
        for certificate in self.certificates:
            if first_day <= certificate.ends_on <= last_day:
                certificate.ends_on += timedelta(days=days)
                certificate.planned_from = today
                certificate.entered.clear()

    def scan(self, today: date) -> None:
        """Enters what is due; of each certificate the nearest threshold alone is published."""
        for certificate in self.certificates:
            plan = self._own.get(certificate.qualification_id, self._default)
            due_days = {
                days: day for days, day in certificate.find_due_days(plan).items() if day <= today
            }
            for days, day in due_days.items():
                if days not in certificate.entered:
                    reason = None if day == max(due_days.values()) else "overtaken"
                    self.entries.append((certificate.number, days, day, today, reason))
                    certificate.entered.add(days)
