"""Requirements of a qualification: a tree of alternatives over kinds of document.

The form's column 9 says it in prose (Ministry of Labour order 726n of 12.12.2016, item 5:
education or training, experience, admission to work). Here the same is data: a rule is satisfied by
all of its parts, by any of them, by a document of one kind, or by enough months of experience.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,63}$")]
RuleTitle = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class Rule(BaseModel):
    """The base of rules: `title` describes a rule to people, in the qualification's language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: RuleTitle = Field(description="the rule in words, for people")


class AllOf(Rule):
    """A rule that is satisfied when every part is."""

    rule: Literal["all_of"] = Field(default="all_of", description="which rule this is")
    parts: tuple["RequirementRule", ...] = Field(
        min_length=1, max_length=20, description="rules that must all be satisfied"
    )


class AnyOf(Rule):
    """A rule that is satisfied when at least one part is."""

    rule: Literal["any_of"] = Field(default="any_of", description="which rule this is")
    parts: tuple["RequirementRule", ...] = Field(
        min_length=2, max_length=20, description="rules one of which must be satisfied"
    )


class DocumentRule(Rule):
    """A rule that is satisfied by a document of this kind."""

    rule: Literal["document"] = Field(default="document", description="which rule this is")
    kind: Slug = Field(
        description="e.g. `education_secondary_vocational`; the qualification's word"
    )


class ExperienceRule(Rule):
    """A rule that is satisfied by documents that prove enough months of experience.

    Months of all `fields` of one rule are added together (the source says "and/or"); alternatives
    that may not be added are separate rules under `any_of`.
    """

    rule: Literal["experience"] = Field(default="experience", description="which rule this is")
    kind: Slug = Field(description="the kind of document that proves experience")
    fields: tuple[Slug, ...] = Field(
        min_length=1, max_length=10, description="fields of activity whose months are added"
    )
    months: int = Field(ge=1, le=600, description="whole months, at least")


RequirementRule = Annotated[
    AllOf | AnyOf | DocumentRule | ExperienceRule, Field(discriminator="rule")
]


def rule_depth(rule: "AllOf | AnyOf | DocumentRule | ExperienceRule") -> int:
    """How many levels of rules are nested; 1 for a single document."""
    parts = rule.parts if isinstance(rule, AllOf | AnyOf) else ()
    return 1 + max((rule_depth(part) for part in parts), default=0)


AllOf.model_rebuild()
AnyOf.model_rebuild()
