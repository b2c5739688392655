"""Qualifications of every shape that the catalog takes."""

import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from services.catalog.qualification.form import QualificationDraft
from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule

LETTERS = "абвгдежзиклмнопрстуфхцчшщыэюяАБВГД"
WORDS = st.text(LETTERS, min_size=2, max_size=9)
TITLES = st.lists(WORDS, min_size=1, max_size=4).map(lambda words: " ".join(words).capitalize())
CODES = st.builds("{:02}.{:03}".format, st.integers(1, 40), st.integers(1, 999))
SLUGS = st.from_regex(r"[a-z][a-z0-9_]{1,12}", fullmatch=True)
FUNCTION_CODES = st.builds(
    "{}/{:02}.{}".format, st.sampled_from("ABCDEFGH"), st.integers(1, 20), st.integers(1, 9)
)

LEAVES = st.builds(DocumentRule, title=TITLES, kind=SLUGS) | st.builds(
    ExperienceRule,
    title=TITLES,
    kind=SLUGS,
    fields=st.lists(SLUGS, min_size=1, max_size=2, unique=True).map(tuple),
    months=st.integers(1, 60),
)
RULES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda parts: (
        st.builds(AllOf, title=TITLES, parts=st.lists(parts, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, title=TITLES, parts=st.lists(parts, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


def _standard(code: str, title: str, number: str | None, day: str | None) -> dict[str, Any]:
    return {"code": code, "title": title, "order_number": number, "order_date": day}


@st.composite
def drafts(draw: st.DrawFn, council: str = "Совет") -> dict[str, Any]:
    """A draft in its JSON form, valid for the catalog."""
    days = st.dates(date(2000, 1, 1), date(2029, 12, 31)).map(date.isoformat)
    number = st.from_regex(r"[1-9][0-9]{0,3}н", fullmatch=True)
    standards = [
        _standard(code, draw(TITLES), draw(st.none() | number), draw(st.none() | days))
        for code in draw(st.lists(CODES, max_size=3, unique=True))
    ]
    owners = [None, *(standard["code"] for standard in standards[1:])]
    functions = {
        (owner, code): {"code": code, "name": draw(TITLES), "standard": owner}
        for owner in owners
        for code in draw(st.lists(FUNCTION_CODES, min_size=owner is None, max_size=4, unique=True))
    }
    draft = {
        "council": council,
        "name": draw(TITLES),
        "registry_number": draw(
            st.none() | st.from_regex(r"[0-9]{2}\.[0-9]{5}\.[0-9]{2,4}", fullmatch=True)
        ),
        "occupational_standard": standards[0] if standards else None,
        "further_standards": standards[1:],
        "level": draw(st.integers(1, 9)),
        "sublevel": draw(st.none() | st.sampled_from(["1", "2.1"])),
        "labour_functions": list(functions.values()),
        "additional_information": draw(st.none() | TITLES),
        "legal_requirement": draw(st.none() | TITLES),
        "requirements": draw(RULES).model_dump(mode="json"),
        "requirements_text": draw(st.none() | TITLES),
        "validity_term": draw(st.none() | st.sampled_from(["P3Y", "P5Y", "P1Y6M", "P90D"])),
        "additional_characteristics": draw(st.none() | TITLES),
        "job_titles": draw(
            st.lists(job_titles(), max_size=3, unique_by=lambda title: title["title"])
        ),
        "activity_type": draw(st.none() | TITLES),
        "special_conditions": draw(st.none() | TITLES),
        "classifiers": draw(st.lists(_CLASSIFIERS, max_size=2)),
        "completed_by_publisher": draw(st.lists(_COMPLETIONS, max_size=2)),
    }
    return QualificationDraft.model_validate_json(json.dumps(draft)).model_dump(mode="json")


def job_titles() -> st.SearchStrategy[dict[str, Any]]:
    """Job titles as the draft has them."""
    return st.fixed_dictionaries(
        {
            "title": TITLES,
            "reference_book": st.sampled_from(["etks", "eks", "okpdtr", "other"]),
            "code": st.none() | st.from_regex(r"[0-9]{5}", fullmatch=True),
            "grade": st.none() | st.builds("{} разряд".format, st.integers(1, 8)),
        }
    )


_CLASSIFIERS = st.fixed_dictionaries(
    {
        "classifier": st.sampled_from(["okz", "okpdtr", "okso", "okved"]),
        "code": st.from_regex(r"[0-9]{2}\.[0-9]{2}", fullmatch=True),
    }
)
_COMPLETIONS = st.fixed_dictionaries(
    {"column": st.sampled_from(["requirements", "validity_term"]), "reason": TITLES}
)
