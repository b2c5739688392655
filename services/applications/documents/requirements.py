"""The check of an applicant's documents against a qualification's rule tree, with reasons.

Every branch of the tree is answered for, satisfied or not, so that an applicant sees which document
counted where, and the shortest way to what is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field

from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule, RequirementRule

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a document proves: its kind, and for experience how many months in which field."""

    id: UUID
    kind: str
    months: int | None = None
    field: str | None = None


class Distance(NamedTuple):
    """How far a branch is from being satisfied; the nearest alternative is the smallest."""

    things: int
    months: int


class Branch(BaseModel):
    """The answer for one node of the rule tree."""

    rule: str
    title: str
    kind: str | None = Field(default=None, description="of document, where the rule asks for one")
    satisfied: bool
    by: list[UUID] = Field(description="the documents that count here")
    missing: str | None = Field(description="what to bring; absent when satisfied")
    months_counted: int | None = None
    months_required: int | None = None
    note: str | None = Field(default=None, description="what was brought and does not count")
    chosen: int | None = Field(
        default=None,
        description="of alternatives: the index in `parts` of the one that satisfies, "
        "or of the nearest when none does",
    )
    parts: list["Branch"] = Field(default_factory=list)


class Check(Branch):
    """The answer for the whole tree.

    `to_bring` takes the nearest of alternatives, and names all that are equally near.
    """

    to_bring: list[str] = Field(description="what is missing, one thing a line")


def check(rule: RequirementRule, documents: Iterable[Evidence]) -> Check:
    """Holds the documents against the tree. Adding a document never unsatisfies a branch."""
    whole = _branch(rule, tuple(documents))
    return Check(**whole.model_dump(), to_bring=_to_bring(whole))


def kinds(rule: RequirementRule) -> dict[str, bool]:
    """The kinds of document that the tree speaks of; True where one proves experience."""
    match rule:
        case AllOf() | AnyOf():
            found: dict[str, bool] = {}
            for part in rule.parts:
                for kind, experience in kinds(part).items():
                    found[kind] = experience or found.get(kind, False)
            return found
        case DocumentRule():
            return {rule.kind: False}
        case ExperienceRule():
            return {rule.kind: True}


def _branch(rule: RequirementRule, documents: Sequence[Evidence]) -> Branch:
    match rule:
        case AllOf():
            return _all_of(rule, [_branch(part, documents) for part in rule.parts])
        case AnyOf():
            return _any_of(rule, [_branch(part, documents) for part in rule.parts])
        case DocumentRule():
            return _document(rule, documents)
        case ExperienceRule():
            return _experience(rule, documents)


def _all_of(rule: AllOf, parts: list[Branch]) -> Branch:
    lacking = [part.missing for part in parts if part.missing]
    return Branch(
        rule=rule.rule,
        title=rule.title,
        satisfied=not lacking,
        by=_each_once(document for part in parts for document in part.by),
        missing="; ".join(lacking) or None,
        parts=parts,
    )


def _any_of(rule: AnyOf, parts: list[Branch]) -> Branch:
    # Of equals, the one that the qualification names first.
    chosen = min(range(len(parts)), key=lambda index: _distance(parts[index]))
    best = parts[chosen]
    missing = None if best.satisfied else f"{rule.title}: none of these; nearest: {best.missing}"
    return Branch(
        rule=rule.rule,
        title=rule.title,
        satisfied=best.satisfied,
        by=best.by,
        missing=missing,
        chosen=chosen,
        parts=parts,
    )


def _document(rule: DocumentRule, documents: Sequence[Evidence]) -> Branch:
    by = [document.id for document in documents if document.kind == rule.kind]
    return Branch(
        rule=rule.rule,
        title=rule.title,
        kind=rule.kind,
        satisfied=bool(by),
        by=by,
        missing=None if by else rule.title,
    )


def _experience(rule: ExperienceRule, documents: Sequence[Evidence]) -> Branch:
    of_kind = [document for document in documents if document.kind == rule.kind]
    counted = [document for document in of_kind if document.field in rule.fields]
    other = [document for document in of_kind if document.field not in rule.fields]
    months = sum(document.months or 0 for document in counted)
    satisfied = months >= rule.months
    missing = f"{rule.title}: {rule.months - months} more of {rule.months} months"
    return Branch(
        rule=rule.rule,
        title=rule.title,
        kind=rule.kind,
        satisfied=satisfied,
        by=[document.id for document in counted],
        missing=None if satisfied else missing,
        months_counted=months,
        months_required=rule.months,
        note=_not_counted(other, rule),
    )


def _not_counted(other: Sequence[Evidence], rule: ExperienceRule) -> str | None:
    if not other:
        return None
    months = sum(document.months or 0 for document in other)
    fields = ", ".join(sorted({document.field or "no field" for document in other}))
    return f"{months} months in {fields} do not count; only {', '.join(rule.fields)} do"


def _distance(branch: Branch) -> Distance:
    if branch.satisfied:
        return Distance(0, 0)
    if branch.chosen is not None:
        return _distance(branch.parts[branch.chosen])
    if branch.parts:
        each = [_distance(part) for part in branch.parts]
        return Distance(sum(d.things for d in each), sum(d.months for d in each))
    return Distance(1, (branch.months_required or 0) - (branch.months_counted or 0))


def _to_bring(branch: Branch) -> list[str]:
    if branch.satisfied:
        return []
    if branch.chosen is not None:
        nearest = branch.parts[branch.chosen]
        near = _alternatives(branch)
        return [f"{branch.title}: {' / '.join(near)}"] if len(near) > 1 else _to_bring(nearest)
    if branch.parts:
        return _each_once(line for part in branch.parts for line in _to_bring(part))
    return [branch.missing or branch.title]


def _alternatives(branch: Branch) -> list[str]:
    """The single things, any of which is the shortest way; none when each way has several."""
    if branch.chosen is None:
        whole = branch.missing if branch.months_required is not None else branch.title
        return [] if branch.parts else [whole or branch.title]
    nearest = _distance(branch.parts[branch.chosen])
    near = [_alternatives(part) for part in branch.parts if _distance(part) == nearest]
    return [] if not all(near) else [line for lines in near for line in lines]


def _each_once(items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
