"""What a reading found: one fact each, placed in the table, said in two languages."""

from dataclasses import dataclass, replace

from services.catalog.council_table.grammar.rules import RULES, Severity

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


@dataclass(frozen=True)
class Finding:
    """One fact about the table.

    `row` counts qualifications from 1 and `column` the form's columns 1-11; each is None where the
    fact is about more than one. `rule` is stable, for machines; `rules.RULES` lists them all.
    `before` is what is printed, `after` what was read, where it is about a text.
    """

    severity: Severity
    rule: str
    row: int | None
    column: int | None
    column_name: str | None
    message_ru: str
    message_en: str
    before: str | None = None
    after: str | None = None


class Notes:
    """The findings of one qualification, or of the whole table (`row` None), in reading order."""

    def __init__(self, row: int | None = None) -> None:
        self.row = row
        self.found: list[Finding] = []

    def add(
        self,
        rule: str,
        column: int | None = None,
        *,
        before: str | None = None,
        after: str | None = None,
        **values: object,
    ) -> None:
        """Records a finding; `values`, `before` and `after` fill the rule's messages."""
        told = RULES[rule]
        values |= {"before": before, "after": after}
        self.found.append(
            Finding(
                severity=told.severity,
                rule=rule,
                row=self.row,
                column=column,
                column_name=COLUMNS[column] if column is not None else None,
                message_ru=told.ru.format(**values),
                message_en=told.en.format(**values),
                before=before,
                after=after,
            )
        )

    def take(self, others: "Notes") -> None:
        """Records another's findings as findings of this row."""
        self.found.extend(replace(finding, row=self.row) for finding in others.found)
