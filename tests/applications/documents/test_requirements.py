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
    diploma = paper("bb")
    check = check_requirements(rule, [diploma])
    assert not check.satisfied
    assert check.document_ids == [diploma.id]
    assert check.to_bring == ["paper aa", "paper cc"]
    assert check.missing == "paper aa; paper cc"
    assert [part.satisfied for part in check.parts] == [False, True, False]
    assert check_requirements(rule, [paper("aa"), diploma, paper("cc")]).missing is None


def test_any_of_says_which_alternative_satisfied_it() -> None:
    rule = AnyOf(title="one", parts=(document("aa"), document("bb")))
    diploma = paper("bb")
    check = check_requirements(rule, [diploma])
    assert (check.satisfied, check.chosen_index, check.document_ids) == (True, 1, [diploma.id])
    assert check.missing is None
    assert check.to_bring == []


def test_alternatives_that_are_equally_near_are_all_named() -> None:
    rule = AnyOf(title="one of", parts=(document("aa"), document("bb")))
    assert check_requirements(rule, []).to_bring == ["one of: paper aa / paper bb"]
    nested = AnyOf(title="either", parts=(document("cc"), rule))
    assert check_requirements(nested, []).to_bring == ["either: paper cc / paper aa / paper bb"]
    several = AllOf(title="both", parts=(document("dd"), document("ee")))
    alternatives = AnyOf(title="either", parts=(document("cc"), several))
    assert check_requirements(alternatives, []).to_bring == ["paper cc"], (
        "one thing is nearer than two"
    )


def test_the_nearest_alternative_has_the_fewest_missing_things() -> None:
    many = AllOf(title="many", parts=(document("aa"), document("bb"), document("cc")))
    few = AllOf(title="few", parts=(document("dd"), document("ee")))
    rule = AnyOf(title="way", parts=(many, few))
    assert check_requirements(rule, []).chosen_index == 1
    check = check_requirements(rule, [paper("aa"), paper("bb")])
    assert check.chosen_index == 0
    assert check.to_bring == ["paper cc"]
    assert check.missing == "way: none of these; nearest: paper cc"


def test_the_nearest_experience_has_the_fewest_missing_months() -> None:
    rule = AnyOf(title="way", parts=(experience(12, "calls"), experience(6, "sales")))
    assert check_requirements(rule, []).chosen_index == 1
    check = check_requirements(rule, [worked(8, "calls"), worked(1, "sales")])
    assert check.chosen_index == 0
    assert check.to_bring == ["12 months: 4 more of 12 months"]


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
    check = check_requirements(experience(required, "calls"), [worked(months, "calls")])
    assert check.satisfied is satisfied
    assert (check.months_counted, check.months_required) == (months, required)
    assert check.to_bring == (
        [] if satisfied else [f"{required} months: 1 more of {required} months"]
    )


def test_months_in_all_fields_of_a_rule_are_added() -> None:
    check = check_requirements(
        experience(6, "calls", "sales"), [worked(4, "calls"), worked(2, "sales")]
    )
    assert (check.satisfied, check.months_counted, len(check.document_ids)) == (True, 6, 2)


def test_months_in_other_fields_are_not_added_and_the_answer_says_so() -> None:
    call_months, retail_months = worked(4, "calls"), worked(2, "retail")
    check = check_requirements(experience(6, "calls", "sales"), [call_months, retail_months])
    assert (check.satisfied, check.months_counted, check.document_ids) == (
        False,
        4,
        [call_months.id],
    )
    assert check.note == "2 months in retail do not count; only calls, sales do"
    assert check.months_uncounted == 2


def test_alternatives_do_not_add_their_months() -> None:
    rule = AnyOf(title="way", parts=(experience(6, "calls"), experience(6, "sales")))
    assert not check_requirements(rule, [worked(5, "calls"), worked(5, "sales")]).satisfied


def test_months_on_a_paper_of_another_kind_are_not_experience() -> None:
    stray = Evidence(uuid4(), "training", 12, "calls")
    check = check_requirements(experience(6, "calls"), [stray])
    assert (check.satisfied, check.months_counted, check.note) == (False, 0, None)
    assert check.months_uncounted is None


def test_the_operators_tree_is_answered_branch_by_branch() -> None:
    check = check_requirements(REQUIREMENTS, [Evidence(uuid4(), "experience", 5, "sales")])
    assert check.to_bring == [
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
    tree: RequirementRule, documents: list[Evidence], document: Evidence
) -> None:
    before, after = (
        check_requirements(tree, documents),
        check_requirements(tree, [*documents, document]),
    )
    assert _satisfied(before) <= _satisfied(after)


@given(trees, st.lists(papers, max_size=8))
def test_the_answer_agrees_with_itself(tree: RequirementRule, documents: list[Evidence]) -> None:
    check = check_requirements(tree, documents)
    assert check.satisfied is (not check.to_bring) is (check.missing is None)
    assert set(check.document_ids) <= {document.id for document in documents}


@given(trees, st.lists(papers, max_size=4))
def test_bringing_what_is_asked_for_satisfies(
    tree: RequirementRule, documents: list[Evidence]
) -> None:
    check = check_requirements(tree, documents)
    supplies = [_supply_evidence(leaf) for leaf in _list_missing_rules(check, tree)]
    assert check_requirements(tree, [*documents, *supplies]).satisfied


def _satisfied(branch: Branch, path: str = "") -> set[str]:
    paths = {path} if branch.satisfied else set()
    return paths.union(*(_satisfied(p, f"{path}/{i}") for i, p in enumerate(branch.parts)))


def _list_missing_rules(branch: Branch, rule: RequirementRule) -> list[RequirementRule]:
    """The unsatisfied leaves on the nearest way."""
    if branch.satisfied:
        return []
    if isinstance(rule, DocumentRule | ExperienceRule):
        return [rule]
    indexes = range(len(rule.parts)) if branch.chosen_index is None else [branch.chosen_index]
    return [leaf for i in indexes for leaf in _list_missing_rules(branch.parts[i], rule.parts[i])]


def _supply_evidence(leaf: RequirementRule) -> Evidence:
    if isinstance(leaf, ExperienceRule):
        return worked(leaf.months, leaf.fields[0])
    assert isinstance(leaf, DocumentRule)
    return paper(leaf.kind)


def test_a_check_shows_its_ids_as_they_are() -> None:
    diploma = paper("aa")
    read_check = DocumentCheck.model_validate_json(
        check_requirements(document("aa"), [diploma]).model_dump_json()
    )
    assert read_check.document_ids == [UUID(str(diploma.id))]
