"""The check of documents against a rule tree: what counts, what is missing, what is nearest."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.applications.documents.requirements import (
    Branch,
    DocumentCheck,
    Evidence,
    check_requirements,
    document_kinds,
)
from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule, RequirementRule
from tests.applications.people import REQUIREMENTS


def document(kind: str) -> DocumentRule:
    return DocumentRule(title=f"paper {kind}", kind=kind)


def experience(months: int, *fields: str) -> ExperienceRule:
    return ExperienceRule(title=f"{months} months", kind="work", fields=fields, months=months)


def worked(months: int, field: str) -> Evidence:
    return Evidence(uuid4(), "work", months, field)


def paper(kind: str) -> Evidence:
    return Evidence(uuid4(), kind)


def test_all_of_names_everything_that_is_missing() -> None:
    rule = AllOf(title="papers", parts=(document("aa"), document("bb"), document("cc")))
    brought = paper("bb")
    found = check_requirements(rule, [brought])
    assert not found.satisfied
    assert found.document_ids == [brought.id]
    assert found.to_bring == ["paper aa", "paper cc"]
    assert found.missing == "paper aa; paper cc"
    assert [part.satisfied for part in found.parts] == [False, True, False]
    assert check_requirements(rule, [paper("aa"), brought, paper("cc")]).missing is None


def test_any_of_says_which_alternative_satisfied_it() -> None:
    rule = AnyOf(title="one", parts=(document("aa"), document("bb")))
    brought = paper("bb")
    found = check_requirements(rule, [brought])
    assert (found.satisfied, found.chosen_index, found.document_ids) == (True, 1, [brought.id])
    assert found.missing is None
    assert found.to_bring == []


def test_alternatives_that_are_equally_near_are_all_named() -> None:
    rule = AnyOf(title="one of", parts=(document("aa"), document("bb")))
    assert check_requirements(rule, []).to_bring == ["one of: paper aa / paper bb"]
    nested = AnyOf(title="either", parts=(document("cc"), rule))
    assert check_requirements(nested, []).to_bring == ["either: paper cc / paper aa / paper bb"]
    several = AllOf(title="both", parts=(document("dd"), document("ee")))
    either = AnyOf(title="either", parts=(document("cc"), several))
    assert check_requirements(either, []).to_bring == ["paper cc"], "one thing is nearer than two"


def test_the_nearest_alternative_has_the_fewest_missing_things() -> None:
    many = AllOf(title="many", parts=(document("aa"), document("bb"), document("cc")))
    few = AllOf(title="few", parts=(document("dd"), document("ee")))
    rule = AnyOf(title="way", parts=(many, few))
    assert check_requirements(rule, []).chosen_index == 1
    found = check_requirements(rule, [paper("aa"), paper("bb")])
    assert found.chosen_index == 0
    assert found.to_bring == ["paper cc"]
    assert found.missing == "way: none of these; nearest: paper cc"


def test_the_nearest_experience_has_the_fewest_missing_months() -> None:
    rule = AnyOf(title="way", parts=(experience(12, "calls"), experience(6, "sales")))
    assert check_requirements(rule, []).chosen_index == 1
    found = check_requirements(rule, [worked(8, "calls"), worked(1, "sales")])
    assert found.chosen_index == 0
    assert found.to_bring == ["12 months: 4 more of 12 months"]


def test_of_equally_near_alternatives_the_first_is_named() -> None:
    assert (
        check_requirements(
            AnyOf(title="way", parts=(document("bb"), document("aa"))), []
        ).chosen_index
        == 0
    )


@pytest.mark.parametrize(
    ("required", "months", "satisfied"),
    [(6, 5, False), (6, 6, True), (12, 11, False), (12, 12, True)],
)
def test_the_last_month_decides(required: int, months: int, satisfied: bool) -> None:
    found = check_requirements(experience(required, "calls"), [worked(months, "calls")])
    assert found.satisfied is satisfied
    assert (found.months_counted, found.months_required) == (months, required)
    assert found.to_bring == (
        [] if satisfied else [f"{required} months: 1 more of {required} months"]
    )


def test_months_in_all_fields_of_a_rule_are_added() -> None:
    found = check_requirements(
        experience(6, "calls", "sales"), [worked(4, "calls"), worked(2, "sales")]
    )
    assert (found.satisfied, found.months_counted, len(found.document_ids)) == (True, 6, 2)


def test_months_in_other_fields_are_not_added_and_the_answer_says_so() -> None:
    counted, other = worked(4, "calls"), worked(2, "retail")
    found = check_requirements(experience(6, "calls", "sales"), [counted, other])
    assert (found.satisfied, found.months_counted, found.document_ids) == (False, 4, [counted.id])
    assert found.note == "2 months in retail do not count; only calls, sales do"


def test_alternatives_do_not_add_their_months() -> None:
    rule = AnyOf(title="way", parts=(experience(6, "calls"), experience(6, "sales")))
    assert not check_requirements(rule, [worked(5, "calls"), worked(5, "sales")]).satisfied


def test_months_on_a_paper_of_another_kind_are_not_experience() -> None:
    stray = Evidence(uuid4(), "training", 12, "calls")
    found = check_requirements(experience(6, "calls"), [stray])
    assert (found.satisfied, found.months_counted, found.note) == (False, 0, None)


def test_the_operators_tree_is_answered_branch_by_branch() -> None:
    found = check_requirements(REQUIREMENTS, [Evidence(uuid4(), "experience", 5, "sales")])
    assert found.to_bring == [
        "Документ о среднем образовании",
        "Удостоверение о повышении квалификации",
    ]
    assert document_kinds(REQUIREMENTS) == {
        "education_secondary": False,
        "training": False,
        "experience": True,
    }


KINDS, FIELDS = ("aa", "bb", "cc"), ("calls", "sales", "retail")
leaves: st.SearchStrategy[RequirementRule] = st.one_of(
    st.sampled_from(KINDS).map(document),
    st.builds(
        lambda months, fields: experience(months, *sorted(fields)),
        st.integers(1, 24),
        st.sets(st.sampled_from(FIELDS), min_size=1),
    ),
)


def _nodes(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(parts, min_size=1, max_size=4).map(lambda p: AllOf(title="all", parts=tuple(p))),
        st.lists(parts, min_size=2, max_size=4).map(lambda p: AnyOf(title="any", parts=tuple(p))),
    )


trees: st.SearchStrategy[Any] = st.recursive(leaves, _nodes, max_leaves=12)
papers = st.one_of(
    st.sampled_from(KINDS).map(paper),
    st.builds(worked, st.integers(1, 24), st.sampled_from(FIELDS)),
)


@given(trees, st.lists(papers, max_size=8), papers)
def test_another_document_never_unsatisfies(
    tree: RequirementRule, brought: list[Evidence], more: Evidence
) -> None:
    before, after = check_requirements(tree, brought), check_requirements(tree, [*brought, more])
    assert _satisfied(before) <= _satisfied(after)


@given(trees, st.lists(papers, max_size=8))
def test_the_answer_agrees_with_itself(tree: RequirementRule, brought: list[Evidence]) -> None:
    found = check_requirements(tree, brought)
    assert found.satisfied is (not found.to_bring) is (found.missing is None)
    assert set(found.document_ids) <= {document.id for document in brought}


@given(trees, st.lists(papers, max_size=4))
def test_bringing_what_is_asked_for_satisfies(
    tree: RequirementRule, brought: list[Evidence]
) -> None:
    found = check_requirements(tree, brought)
    asked = [_supplied(leaf) for leaf in _asked(found, tree)]
    assert check_requirements(tree, [*brought, *asked]).satisfied


def _satisfied(branch: Branch, path: str = "") -> set[str]:
    mine = {path} if branch.satisfied else set()
    return mine.union(*(_satisfied(p, f"{path}/{i}") for i, p in enumerate(branch.parts)))


def _asked(branch: Branch, rule: RequirementRule) -> list[RequirementRule]:
    """The unsatisfied leaves on the nearest way."""
    if branch.satisfied:
        return []
    if isinstance(rule, DocumentRule | ExperienceRule):
        return [rule]
    wanted = range(len(rule.parts)) if branch.chosen_index is None else [branch.chosen_index]
    return [leaf for i in wanted for leaf in _asked(branch.parts[i], rule.parts[i])]


def _supplied(leaf: RequirementRule) -> Evidence:
    if isinstance(leaf, ExperienceRule):
        return worked(leaf.months, leaf.fields[0])
    assert isinstance(leaf, DocumentRule)
    return paper(leaf.kind)


def test_a_check_shows_its_ids_as_they_are() -> None:
    brought = paper("aa")
    shown = DocumentCheck.model_validate_json(
        check_requirements(document("aa"), [brought]).model_dump_json()
    )
    assert shown.document_ids == [UUID(str(brought.id))]
