"""What a reading found: one fact each, placed in the table, said in two languages."""

from dataclasses import dataclass
from enum import StrEnum

COLUMNS: dict[int, str] = {
    1: "registry_number",
    2: "name",
    3: "occupational_standard",
    4: "level",
    5: "function_codes",
    6: "function_names",
    7: "additional_information",
    8: "legal_requirement",
    9: "requirements",
    10: "validity_term",
    11: "additional_characteristics",
}
"""The form's columns by number (order 726n, annex)."""


class Severity(StrEnum):
    """What a finding means for whoever applies the table."""

    ERROR = "error"  # the qualification cannot be applied before a person has decided
    WARNING = "warning"  # it can be applied; a person should know
    REPAIR = "repair"  # read otherwise than printed, by a rule with one possible result
    ASSUMPTION = "assumption"  # read in one of several senses; the message says which


@dataclass(frozen=True)
class Finding:
    """One fact about the table.

    `row` counts qualifications from 1 and `column` the form's columns 1-11; both are None for the
    table as a whole. `rule` is stable, for machines. `before` is what is printed, `after` what was
    read, where something was read.
    """

    severity: Severity
    rule: str
    row: int | None
    column: int | None
    message_ru: str
    message_en: str
    before: str | None = None
    after: str | None = None

    @property
    def column_name(self) -> str | None:
        """The column's name as the draft's members have it."""
        return COLUMNS[self.column] if self.column is not None else None


class Notes:
    """The findings of one qualification, or of the whole table (`row` None), in reading order."""

    def __init__(self, row: int | None = None) -> None:
        self.row = row
        self.found: list[Finding] = []

    def add(
        self,
        severity: Severity,
        rule: str,
        column: int | None,
        ru: str,
        en: str,
        *,
        before: str | None = None,
        after: str | None = None,
    ) -> None:
        """Records a finding in this row."""
        self.found.append(Finding(severity, rule, self.row, column, ru, en, before, after))
