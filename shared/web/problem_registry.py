"""Every rule by which the API refuses a request, of all services, for clients to read.

The file beside is generated out of the places where rules are broken and of the catalogues
`rules.po`; a test holds that none is missing. It stands here because one address answers for all
three services, each of which knows its own rules only.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, Field, TypeAdapter

from shared.errors import NotFound
from shared.locale.field_errors import PLAIN_LANGUAGE
from shared.paging import WholeList
from shared.schemas import RULE_PATTERN, RuleCode, Sentences
from shared.web.client_language import choose_translator
from shared.web.guards import PUBLIC
from shared.web.problem_documents import PAGES_PATH
from shared.web.resources import get_resources

REGISTRY_FILE = Path(__file__).parent / "problem_rules.json"
RuleName = Annotated[
    str,
    PathParameter(
        max_length=80,
        pattern=RULE_PATTERN,
        description="the rule's stable name",
        examples=["day.form"],
    ),
]


class ProblemRule(BaseModel):
    """One rule: with which statuses it refuses, in which services, what it means by language."""

    rule: str
    statuses: list[int]
    services: list[str]
    meanings: Mapping[str, list[str]]

    def meaning(self, language: str) -> str:
        """What the rule means, in this language, or the plain one."""
        return " ".join(self.meanings.get(language) or self.meanings[PLAIN_LANGUAGE])


class ProblemRuleAnswer(BaseModel):
    """A rule by which requests are refused."""

    rule: RuleCode = Field(
        description="stable name of the rule, as problems have it in `rule`",
    )
    type: Sentences = Field(
        description="address of the rule's page, as problems have it in `type`",
        examples=["https://attesta.example.org/problems/day.form"],
        json_schema_extra={"format": "uri"},
    )
    statuses: list[Annotated[int, Field(ge=400, le=599, examples=[422])]] = Field(
        description="statuses of the answers that refuse by it", max_length=10
    )
    services: list[Annotated[str, Field(max_length=20, examples=["shared"])]] = Field(
        description="services that know it; `shared` stands for all of them", max_length=4
    )
    meaning: Sentences = Field(
        description="what is right and what to do, in the language of Accept-Language",
        examples=["Send a day as YYYY-MM-DD, such as 2026-03-31."],
    )


@cache
def read_registry() -> Mapping[str, ProblemRule]:
    """Every rule by its name, in their order."""
    rules = TypeAdapter(list[ProblemRule]).validate_json(REGISTRY_FILE.read_bytes())
    return {rule.rule: rule for rule in rules}


def get_rule(name: str) -> ProblemRule:
    """The rule of this name. Raises `NotFound`."""
    rule = read_registry().get(name)
    if rule is None:
        raise NotFound("problem.unknown", "There is no such rule. List all of them.")
    return rule


router = APIRouter(prefix="/v1/problems", tags=["problems"], dependencies=[Depends(PUBLIC)])


@router.get("", summary="Every rule by which requests are refused")
async def list_problems(request: Request) -> WholeList[ProblemRuleAnswer]:
    """All of them at once, in the order of their names. A name keeps its meaning for good."""
    return WholeList(items=_describe_rules(request, list(read_registry().values())))


@router.get("/{rule}", summary="One rule")
async def get_problem(rule: RuleName, request: Request) -> ProblemRuleAnswer:
    """What the rule means and what to do; its page at `type` says the same to people."""
    return _describe_rules(request, [get_rule(rule)])[0]


def _describe_rules(request: Request, rules: Sequence[ProblemRule]) -> list[ProblemRuleAnswer]:
    resources = get_resources(request)
    language = choose_translator(request).language
    return [
        ProblemRuleAnswer(
            rule=rule.rule,
            type=f"{resources.settings.site_url}{PAGES_PATH}/{rule.rule}",
            statuses=rule.statuses,
            services=rule.services,
            meaning=rule.meaning(language),
        )
        for rule in rules
    ]
