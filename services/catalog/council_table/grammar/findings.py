"""Findings of a reading: facts placed in the table, each with its message in two languages."""

from dataclasses import dataclass, replace

from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.rules import MESSAGES, Severity


@dataclass(frozen=True)
class Finding:
    """One fact about the table.

    `row` counts qualifications from 1 and `column` the form's columns 1-11; each is None where the
    fact is about more than one. `rule` is stable, for machines; `rules.MESSAGES` lists them all.
    `before` is the text as printed, `after` the text as read; both are None where the fact is not
    about a text.
    """

    severity: Severity
    rule: str
    row: int | None
    column: Column | None
    column_name: str | None
    message_ru: str
    message_en: str
    before: str | None = None
    after: str | None = None


class Findings:
    """The findings of one qualification, or of the whole table (`row` None), in reading order."""

    def __init__(self, row: int | None = None) -> None:
        self.row = row
        self.items: list[Finding] = []

    def add(
        self,
        rule: str,
        column: Column | None = None,
        *,
        before: str | None = None,
        after: str | None = None,
        **values: object,
    ) -> None:
        """Records a finding of a rule.

        `before` is the text as printed, `after` the text as read; they and `values` fill the
        placeholders of the rule's messages.
        """
        message = MESSAGES[rule]
        values |= {"before": before, "after": after}
        self.items.append(
            Finding(
                severity=message.severity,
                rule=rule,
                row=self.row,
                column=column,
                column_name=column.label if column is not None else None,
                message_ru=message.text_ru.format(**values),
                message_en=message.text_en.format(**values),
                before=before,
                after=after,
            )
        )

    def add_all(self, fragment_findings: "Findings") -> None:
        """Records the findings of a fragment as findings of this row."""
        self.items.extend(replace(finding, row=self.row) for finding in fragment_findings.items)
