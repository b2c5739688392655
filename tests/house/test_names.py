"""A name says what it names: no lone participle, pronoun or filler stands for a value."""

import pytest

from tests.house.source import SourceFile, defined_names, modules_of_tests, product_files


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PARTICIPLES = _words(
    """
    accepted added admitted agreed allowed answered applied asked attached begun bound brought
    built called changed checked chosen claimed closed collected committed compared completed
    configured counted covered created cut decided declared delivered differing done drafted
    drawn dropped due ended entered examined excluded expected failed felt filed filled fixed
    folded formed found gathered given gone got granted grown guarded handed handled happened
    heard held identified issued joined kept known lacking laid learned left listed loaded
    located locked looked made marked matched meant measured merged met missed moved named
    needed noted opened ordered paid parsed passed placed posted preferred prepared printed
    produced proved published put read_ received recognised recorded refused registered
    removed rendered repeated replaced reported requested resolved said sealed seen selected
    sent served set_ settled shown signed sorted_ spent split_ started stated stored stripped
    submitted suited supplied taken told torn tried turned typed undone unread used viewed
    waited waiting walked wanted warned written
    """
)
PRONOUNS = _words(
    """
    all_ any_ anybody anything both each either everybody everything here his hers it its itself
    mine most more much nobody none_ nothing of on_ one ones other others ours same somebody
    something such that their theirs them there these they this those thus us we what whatever
    when whenever where which who whoever whole whom whose why yours
    """
)
FILLERS = _words(
    "anew besides data_ elsewhere good info item_ manager misc helper obj stuff thing things "
    "tmp util utils"
)
KEPT_NAMES = {
    "shared/events/applications.py": {"moved"},
    "services/certificates/verification/models.py": {"done"},
    "services/certificates/verification/schemas.py": {"done"},
    "services/certificates/rosters/models.py": {"done"},
    "services/certificates/rosters/schemas.py": {"done"},
    "shared/row_jobs.py": {"done"},
    "services/applications/intake/schemas.py": {"given"},
}
"""By file: members of published events and of bodies, which keep their names.

A consent is given: the law says so, and the form.
"""
TESTS_WITH_RIDDLES = ("tests/browser/", "tests/certificates/")
"""Where tests still have such names."""
NAMED_FILES = [
    *product_files(),
    *(file for file in modules_of_tests() if not str(file.path).startswith(TESTS_WITH_RIDDLES)),
]


@pytest.mark.parametrize("file", NAMED_FILES, ids=lambda file: str(file.path))
def test_no_name_is_a_lone_participle_or_pronoun(file: SourceFile) -> None:
    riddles = (PARTICIPLES | PRONOUNS | FILLERS) - KEPT_NAMES.get(str(file.path), set())
    names = [
        f"{file.path}:{line} {name}"
        for name, line in defined_names(file.tree)
        if name.strip("_") in riddles and not name.startswith("__")
    ]
    assert names == [], "say what it is: a noun of the domain, or verb and object"
