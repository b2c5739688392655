"""The check of an applicant's documents against a qualification's rule tree, with reasons.

The answer covers every branch of the tree, satisfied or not, so that an applicant sees which
document counted where, and the shortest way to what is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.applications.application.values import MOST_ROUNDS, DocumentId
from shared.events.requirements import (
    AllOf,
    AnyOf,
    DocumentRule,
    ExperienceRule,
    RequirementRule,
    RuleTitle,
    Slug,
)

Item = TypeVar("Item")
MissingText = Annotated[str, Field(max_length=100_000, examples=["Диплом о среднем образовании"])]
"""Titles of rules, joined: a tree has many, and a qualification's size bounds them."""
Months = Annotated[int, Field(ge=0, le=600 * MOST_ROUNDS, examples=[36])]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a document proves: its kind, and for experience the months and the field."""

    id: UUID
    kind: str
    months: int | None = None
    field: str | None = None


class Distance(NamedTuple):
    """How far a branch is from being satisfied: documents, then months; the smallest is nearest."""

    missing_count: int
    missing_months: int


_BRANCH_EXAMPLE: dict[str, JsonValue] = {
    "rule": "document",
    "title": "Диплом о среднем образовании",
    "kind": "education_secondary_general",
    "satisfied": False,
    "document_ids": [],
    "missing": "Диплом о среднем образовании",
    "parts": [],
}


class Branch(BaseModel):
    """The result of the check for one node of the rule tree."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BRANCH_EXAMPLE]})

    rule: Literal["all_of", "any_of", "document", "experience"] = Field(
        description="kind of the rule"
    )
    title: RuleTitle = Field(
        description="the rule in the qualification's words",
        examples=["Диплом о среднем образовании"],
    )
    kind: Slug | None = Field(
        default=None,
        description="kind of document, where the rule asks for one",
        examples=["education_secondary_general"],
    )
    satisfied: bool = Field(description="whether the documents satisfy the rule")
    document_ids: list[DocumentId] = Field(
        max_length=MOST_ROUNDS, description="the documents that count here"
    )
    missing: MissingText | None = Field(description="what to bring; absent when satisfied")
    months_counted: Months | None = Field(
        default=None, description="months of experience that count"
    )
    months_required: Months | None = Field(
        default=None, description="months of experience that the rule asks for"
    )
    months_uncounted: Months | None = Field(
        default=None,
        description="months of such experience that was brought, in fields that do not count",
    )
    note: MissingText | None = Field(
        default=None,
        description="what was brought and does not count",
        examples=["12 months in catering do not count; only road_construction do"],
    )
    chosen_index: int | None = Field(
        default=None,
        ge=0,
        le=19,
        description="of alternatives: the index in `parts` of the one that satisfies, "
        "or of the nearest when none does",
    )
    parts: list["Branch"] = Field(
        default_factory=list, max_length=20, description="the results of the rule's parts"
    )


class DocumentCheck(Branch):
    """The result of the check for the whole tree.

    `to_bring` lists what is missing along the nearest alternative, and names all that are
    equally near.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_BRANCH_EXAMPLE, "to_bring": ["Диплом о среднем образовании"]}]
        }
    )

    to_bring: list[MissingText] = Field(
        max_length=1_000,
        description="what is missing, one thing a line",
        examples=[["Диплом о среднем образовании"]],
    )


def check_requirements(rule: RequirementRule, documents: Iterable[Evidence]) -> DocumentCheck:
    """Checks the documents against the tree. Adding a document never unsatisfies a branch."""
    root = _check_branch(rule, tuple(documents))
    return DocumentCheck(**root.model_dump(), to_bring=_list_missing(root))


def document_kinds(rule: RequirementRule) -> dict[str, bool]:
    """The kinds of document that the tree names; True where a document proves experience."""
    match rule:
        case AllOf() | AnyOf():
            experience_by_kind: dict[str, bool] = {}
            for part in rule.parts:
                for kind, proves_experience in document_kinds(part).items():
                    experience_by_kind[kind] = proves_experience or experience_by_kind.get(
                        kind, False
                    )
            return experience_by_kind
        case DocumentRule():
            return {rule.kind: False}
        case ExperienceRule():
            return {rule.kind: True}


def _check_branch(rule: RequirementRule, documents: Sequence[Evidence]) -> Branch:
    match rule:
        case AllOf():
            return _check_all_of(rule, [_check_branch(part, documents) for part in rule.parts])
        case AnyOf():
            return _check_any_of(rule, [_check_branch(part, documents) for part in rule.parts])
        case DocumentRule():
            return _check_document(rule, documents)
        case ExperienceRule():
            return _check_experience(rule, documents)


def _check_all_of(rule: AllOf, parts: list[Branch]) -> Branch:
    missing_texts = [part.missing for part in parts if part.missing]
    return Branch(
        rule=rule.rule,
        title=rule.title,
        satisfied=not missing_texts,
        document_ids=_remove_duplicates(
            document for part in parts for document in part.document_ids
        ),
        missing="; ".join(missing_texts) or None,
        parts=parts,
    )


def _check_any_of(rule: AnyOf, parts: list[Branch]) -> Branch:
    # Of equals, the one that the qualification names first.
    chosen_index = min(range(len(parts)), key=lambda index: _measure_distance(parts[index]))
    nearest_part = parts[chosen_index]
    missing = (
        None
        if nearest_part.satisfied
        else f"{rule.title}: none of these; nearest: {nearest_part.missing}"
    )
    return Branch(
        rule=rule.rule,
        title=rule.title,
        satisfied=nearest_part.satisfied,
        document_ids=nearest_part.document_ids,
        missing=missing,
        chosen_index=chosen_index,
        parts=parts,
    )


def _check_document(rule: DocumentRule, documents: Sequence[Evidence]) -> Branch:
    document_ids = [document.id for document in documents if document.kind == rule.kind]
    return Branch(
        rule=rule.rule,
        title=rule.title,
        kind=rule.kind,
        satisfied=bool(document_ids),
        document_ids=document_ids,
        missing=None if document_ids else rule.title,
    )


def _check_experience(rule: ExperienceRule, documents: Sequence[Evidence]) -> Branch:
    documents_of_kind = [document for document in documents if document.kind == rule.kind]
    counted_documents = [
        document for document in documents_of_kind if document.field in rule.fields
    ]
    other_documents = [
        document for document in documents_of_kind if document.field not in rule.fields
    ]
    months = sum(document.months or 0 for document in counted_documents)
    satisfied = months >= rule.months
    missing = f"{rule.title}: {rule.months - months} more of {rule.months} months"
    return Branch(
        rule=rule.rule,
        title=rule.title,
        kind=rule.kind,
        satisfied=satisfied,
        document_ids=[document.id for document in counted_documents],
        missing=None if satisfied else missing,
        months_counted=months,
        months_required=rule.months,
        months_uncounted=sum(document.months or 0 for document in other_documents) or None,
        note=_explain_uncounted(other_documents, rule),
    )


def _explain_uncounted(documents: Sequence[Evidence], rule: ExperienceRule) -> str | None:
    if not documents:
        return None
    months = sum(document.months or 0 for document in documents)
    fields = ", ".join(sorted({document.field or "no field" for document in documents}))
    return f"{months} months in {fields} do not count; only {', '.join(rule.fields)} do"


def _measure_distance(branch: Branch) -> Distance:
    if branch.satisfied:
        return Distance(0, 0)
    if branch.chosen_index is not None:
        return _measure_distance(branch.parts[branch.chosen_index])
    if branch.parts:
        distances = [_measure_distance(part) for part in branch.parts]
        return Distance(
            sum(distance.missing_count for distance in distances),
            sum(distance.missing_months for distance in distances),
        )
    return Distance(1, (branch.months_required or 0) - (branch.months_counted or 0))


def _list_missing(branch: Branch) -> list[str]:
    if branch.satisfied:
        return []
    if branch.chosen_index is not None:
        nearest_part = branch.parts[branch.chosen_index]
        alternatives = _list_alternatives(branch)
        return (
            [f"{branch.title}: {' / '.join(alternatives)}"]
            if len(alternatives) > 1
            else _list_missing(nearest_part)
        )
    if branch.parts:
        return _remove_duplicates(line for part in branch.parts for line in _list_missing(part))
    return [branch.missing or branch.title]


def _list_alternatives(branch: Branch) -> list[str]:
    """The single documents, any of which is the shortest way; empty when a way needs several."""
    if branch.chosen_index is None:
        text = branch.missing if branch.months_required is not None else branch.title
        return [] if branch.parts else [text or branch.title]
    shortest_distance = _measure_distance(branch.parts[branch.chosen_index])
    alternatives_by_part = [
        _list_alternatives(part)
        for part in branch.parts
        if _measure_distance(part) == shortest_distance
    ]
    return (
        []
        if not all(alternatives_by_part)
        else [line for alternatives in alternatives_by_part for line in alternatives]
    )


def _remove_duplicates(items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
