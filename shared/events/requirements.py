"""Requirements of a qualification: a tree of alternatives over kinds of document.

The form's column 9 says it in prose (Ministry of Labour order 726n of 12.12.2016, item 5:
education or training, experience, admission to work). Here the same is data: a rule is satisfied by
all of its parts, by any of them, by a document of one kind, or by enough months of experience.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,63}$")]
RuleTitle = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


_EDUCATION = {
    "rule": "document",
    "title": "Документ о среднем общем образовании",
    "kind": "education_secondary_general",
}
_EXPERIENCE = {
    "rule": "experience",
    "title": "Стаж работы не менее года",
    "kind": "work_experience",
    "fields": ["contact_centre"],
    "months": 12,
}


class Rule(BaseModel):
    """The base of rules: `title` describes a rule to people, in the qualification's language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: RuleTitle = Field(
        description="what the rule asks for, in the qualification's language",
        examples=["Документ о среднем общем образовании"],
    )


class AllOf(Rule):
    """A rule that is satisfied when every part is."""

    rule: Literal["all_of"] = Field(default="all_of", description="kind of rule")
    parts: tuple["RequirementRule", ...] = Field(
        min_length=1,
        max_length=20,
        description="rules all of which must be satisfied",
        examples=[[_EDUCATION, _EXPERIENCE]],
    )


class AnyOf(Rule):
    """A rule that is satisfied when at least one part is."""

    rule: Literal["any_of"] = Field(default="any_of", description="kind of rule")
    parts: tuple["RequirementRule", ...] = Field(
        min_length=2,
        max_length=20,
        description="rules one of which must be satisfied",
        examples=[[_EDUCATION, _EXPERIENCE]],
    )


class DocumentRule(Rule):
    """A rule that is satisfied by a document of this kind."""

    rule: Literal["document"] = Field(default="document", description="kind of rule")
    kind: Slug = Field(
        description="kind of document, in the qualification's word",
        examples=["education_secondary_general"],
    )


class ExperienceRule(Rule):
    """A rule that is satisfied by documents that prove enough months of experience.

    Months of all `fields` of one rule are added together (the source says "and/or"); alternatives
    that may not be added are separate rules under `any_of`.
    """

    rule: Literal["experience"] = Field(default="experience", description="kind of rule")
    kind: Slug = Field(
        description="kind of document that proves experience", examples=["work_experience"]
    )
    fields: tuple[Slug, ...] = Field(
        min_length=1,
        max_length=10,
        description="fields of work whose months are added together",
        examples=[["contact_centre"]],
    )
    months: int = Field(
        strict=True,
        ge=1,
        le=600,
        description="whole months of experience, at least",
        examples=[12],
    )


RequirementRule = Annotated[
    AllOf | AnyOf | DocumentRule | ExperienceRule, Field(discriminator="rule")
]


def rule_depth(rule: "AllOf | AnyOf | DocumentRule | ExperienceRule") -> int:
    """How many levels of rules are nested; 1 for a single document."""
    parts = rule.parts if isinstance(rule, AllOf | AnyOf) else ()
    return 1 + max((rule_depth(part) for part in parts), default=0)


AllOf.model_rebuild()
AnyOf.model_rebuild()
