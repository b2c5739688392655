"""The five qualifications' document rules on a table of applicants, with the explanations.

The rules are those that ship with the catalog: reviewed data, as the catalog publishes it. A paper
is a letter; months of experience are a letter and a number.
"""

import json
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter

from services.applications.documents.requirements import (
    Branch,
    DocumentCheck,
    Evidence,
    check_requirements,
)
from shared.events.requirements import RequirementRule

DATA = Path("services/catalog/data")
RULES: dict[int, RequirementRule] = {
    int(path.name[7]): TypeAdapter[RequirementRule](RequirementRule).validate_python(
        json.loads(path.read_text())["requirements"]
    )
    for path in sorted(DATA.glob("07.010-*.json"))
}

PAPERS = {
    "g": ("education_secondary_general", "Документ о среднем общем образовании"),
    "e": (
        "education_secondary_vocational",
        (
            "Документ о среднем профессиональном образовании: программа подготовки "
            "квалифицированных служащих"
        ),
    ),
    "v": (
        "training_office_vocational",
        "Программа профессиональной подготовки по должностям служащих",
    ),
    "r": ("training_office_retraining", "Программа переподготовки служащих"),
    "u": ("training_office_upskilling", "Программа повышения квалификации служащих"),
    "b": ("education_higher_bachelor", "Документ о высшем образовании: бакалавриат"),
    "p": (
        "education_professional_retraining",
        (
            "Документ о дополнительном профессиональном образовании: программа профессиональной "
            "переподготовки по профилю деятельности"
        ),
    ),
}
FIELDS = {
    "h": "remote_request_handling",
    "q": "quality_measurement",
    "l": "resource_planning",
    "d": "unit_leadership",
}
TITLE = {letter: title for letter, (_, title) in PAPERS.items()}
ANY_TRAINING = (
    "Документ о профессиональном обучении: одна из трёх программ: "
    f"{TITLE['v']} / {TITLE['r']} / {TITLE['u']}"
)
SCHOOLING = (
    f"Образование или профессиональное обучение: {{vocational}} / {TITLE['v']} / {TITLE['r']} / "
    f"{TITLE['u']}"
)
HANDLING_6 = (
    "Опыт работы не менее 6 месяцев в области обработки обращений клиентов по дистанционным "
    "каналам коммуникации"
)
HANDLING_12 = (
    "Опыт работы не менее 12 месяцев в области обработки обращений клиентов по удаленным каналам "
    "коммуникации"
)
QUALITY_6 = (
    "Опыт работы не менее 6 месяцев в области измерения качества обработки обращений клиентов "
    "и/или планирования ресурсов для обработки обращений клиентов"
)
LEADERSHIP = (
    "Не менее одного года руководства подразделением по удаленному информационно-справочному "
    "обслуживанию"
)


def missing_line(title: str, months: int, required: int) -> str:
    return f"{title}: {months} more of {required} months"


class File(NamedTuple):
    """An applicant's file, and what is to be said of it."""

    qualification: int
    papers: str
    to_bring: tuple[str, ...] = ()
    month_counts: dict[str, int] | None = None
    """Months by the title of the branch that counts them."""
    by: dict[str, str] | None = None
    """Which papers satisfied the branch of this title."""
    note: str | None = None
    """What was brought and does not count, and why."""


BOTH = {n: SCHOOLING.format(vocational=TITLE["e"]) for n in (2, 3)}
BACHELOR, RETRAINING = TITLE["b"], TITLE["p"]

TABLE = [
    # 1: secondary education, and one of three programmes
    File(1, "", (TITLE["g"], ANY_TRAINING)),
    File(1, "g", (ANY_TRAINING,), by={TITLE["g"]: "g"}),
    File(1, "v", (TITLE["g"],), by={TITLE["v"]: "v"}),
    File(1, "g v", by={TITLE["g"]: "g", TITLE["v"]: "v"}),
    File(1, "g r", by={TITLE["r"]: "r"}),
    File(1, "g u", by={TITLE["u"]: "u"}),
    File(1, "g v r u"),
    File(1, "v r u", (TITLE["g"],)),
    File(1, "e v", (TITLE["g"],)),  # another education is not the one that is asked for
    File(1, "g p", (ANY_TRAINING,)),
    File(1, "g h24", (ANY_TRAINING,)),  # experience replaces nothing here
    # 2 and 3: education or training, and six months of handling requests
    *(
        row
        for n in (2, 3)
        for row in (
            File(n, "", (BOTH[n], missing_line(HANDLING_6, 6, 6))),
            File(n, "e", (missing_line(HANDLING_6, 6, 6),), by={TITLE["e"]: "e"}),
            File(n, "h6", (BOTH[n],), {HANDLING_6: 6}),
            File(n, "e h5", (missing_line(HANDLING_6, 1, 6),), {HANDLING_6: 5}),
            File(n, "e h6", (), {HANDLING_6: 6}, {HANDLING_6: "h6", TITLE["e"]: "e"}),
            File(n, "v h6", (), None, {TITLE["v"]: "v"}),
            File(n, "r h6", (), None, {TITLE["r"]: "r"}),
            File(n, "u h6", (), None, {TITLE["u"]: "u"}),
            File(n, "v h5", (missing_line(HANDLING_6, 1, 6),), {HANDLING_6: 5}),
            File(n, "e h3 h3", (), {HANDLING_6: 6}, {HANDLING_6: "h3 h3"}),
            File(n, "e h3 h2", (missing_line(HANDLING_6, 1, 6),), {HANDLING_6: 5}),
            File(n, "e h11", (), {HANDLING_6: 11}),
            File(n, "e h12", (), {HANDLING_6: 12}),
            File(
                n,
                "e q12",
                (missing_line(HANDLING_6, 6, 6),),
                {HANDLING_6: 0},
                note="12 months in quality_measurement do not count; only "
                "remote_request_handling do",
            ),
            File(n, "e h4 l4", (missing_line(HANDLING_6, 2, 6),), {HANDLING_6: 4}),
            File(n, "g h6", (BOTH[n],)),  # general education is neither
        )
    ),
    # 4: vocational education; six months of two kinds together, or twelve of a third
    File(4, "", (TITLE["e"], missing_line(QUALITY_6, 6, 6))),
    File(4, "e", (missing_line(QUALITY_6, 6, 6),)),
    File(4, "q6", (TITLE["e"],)),
    File(4, "e q5", (missing_line(QUALITY_6, 1, 6),), {QUALITY_6: 5, HANDLING_12: 0}),
    File(4, "e q6", (), {QUALITY_6: 6}, {QUALITY_6: "q6"}),
    File(4, "e l5", (missing_line(QUALITY_6, 1, 6),)),
    File(4, "e l6", (), {QUALITY_6: 6}, {QUALITY_6: "l6"}),
    File(4, "e q3 l3", (), {QUALITY_6: 6}, {QUALITY_6: "q3 l3"}),  # "and/or": added
    File(4, "e q3 l2", (missing_line(QUALITY_6, 1, 6),), {QUALITY_6: 5}),
    File(4, "e h11", (missing_line(HANDLING_12, 1, 12),), {HANDLING_12: 11, QUALITY_6: 0}),
    File(4, "e h12", (), {HANDLING_12: 12}, {HANDLING_12: "h12"}),
    File(4, "e h6 h6", (), {HANDLING_12: 12}, {HANDLING_12: "h6 h6"}),
    # the two alternatives are not added to each other: the nearest is named
    File(
        4,
        "e q5 h11",
        (f"Опыт работы: {missing_line(QUALITY_6, 1, 6)} / {missing_line(HANDLING_12, 1, 12)}",),
    ),
    File(4, "e q3 h6", (missing_line(QUALITY_6, 3, 6),), {QUALITY_6: 3, HANDLING_12: 6}),
    File(
        4,
        "e h5",
        (missing_line(QUALITY_6, 6, 6),),
        {HANDLING_12: 5},
        note="5 months in remote_request_handling do not count; only quality_measurement, "
        "resource_planning do",
    ),
    File(
        4,
        "e h6",
        (f"Опыт работы: {missing_line(QUALITY_6, 6, 6)} / {missing_line(HANDLING_12, 6, 12)}",),
    ),
    File(4, "e h7", (missing_line(HANDLING_12, 5, 12),)),
    File(4, "v q6", (TITLE["e"],)),  # training does not stand for education here
    File(4, "e d24", (missing_line(QUALITY_6, 6, 6),)),
    # 5: bachelor's degree, retraining, a year of leading a unit
    File(5, "", (BACHELOR, RETRAINING, missing_line(LEADERSHIP, 12, 12))),
    File(5, "b p", (missing_line(LEADERSHIP, 12, 12),)),
    File(5, "b d12", (RETRAINING,)),
    File(5, "p d12", (BACHELOR,)),
    File(5, "b p d11", (missing_line(LEADERSHIP, 1, 12),), {LEADERSHIP: 11}),
    File(5, "b p d12", (), {LEADERSHIP: 12}, {LEADERSHIP: "d12", BACHELOR: "b", RETRAINING: "p"}),
    File(5, "b p d5 d6", (missing_line(LEADERSHIP, 1, 12),), {LEADERSHIP: 11}),
    File(5, "b p d6 d6", (), {LEADERSHIP: 12}),
    File(
        5,
        "b p h24",
        (missing_line(LEADERSHIP, 12, 12),),
        {LEADERSHIP: 0},
        note="24 months in remote_request_handling do not count; only unit_leadership do",
    ),
    File(5, "e p d12", (BACHELOR,)),
    File(5, "b r d12", (RETRAINING,)),  # the clerk's retraining is another programme
]


def _papers(letters: str) -> dict[UUID, tuple[str, Evidence]]:
    papers = {}
    for place, word in enumerate(letters.split()):
        identity = uuid5(UUID(int=0), f"{place}{word}")
        if word in PAPERS:
            evidence = Evidence(identity, PAPERS[word][0])
        else:
            evidence = Evidence(identity, "experience_record", int(word[1:]), FIELDS[word[0]])
        papers[identity] = (word, evidence)
    return papers


def _branches(branch: Branch) -> dict[str, Branch]:
    branches = {branch.title: branch}
    for part in branch.parts:
        branches |= _branches(part)
    return branches


def test_the_table_is_as_long_as_it_must_be() -> None:
    assert len(TABLE) >= 60
    assert {row.qualification for row in TABLE} == {1, 2, 3, 4, 5} == set(RULES)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.qualification}: {row.papers}")
def test_the_verdict_and_every_word_of_its_explanation(row: File) -> None:
    papers = _papers(row.papers)
    check: DocumentCheck = check_requirements(
        RULES[row.qualification], [evidence for _, evidence in papers.values()]
    )
    assert tuple(check.to_bring) == row.to_bring
    assert check.satisfied == (not row.to_bring)
    assert (check.missing is None) == check.satisfied
    branches = _branches(check)
    for title, months in (row.month_counts or {}).items():
        assert branches[title].months_counted == months
        enough = months >= (branches[title].months_required or 0)
        assert branches[title].satisfied == enough
    for title, words in (row.by or {}).items():
        assert [
            papers[document_id][0] for document_id in branches[title].document_ids
        ] == words.split()
        assert branches[title].satisfied
    if row.note is not None:
        assert row.note in {branch.note for branch in branches.values()}
    for branch in branches.values():
        assert branch.satisfied == (branch.missing is None)
        if branch.chosen_index is not None:
            assert branch.satisfied == branch.parts[branch.chosen_index].satisfied
