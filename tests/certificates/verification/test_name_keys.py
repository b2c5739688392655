"""What stands for names in digests matches as the names themselves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.certificates.certificate.schemas import PersonNames
from services.certificates.verification.name_keys import (
    choose_match,
    list_claim_keys,
    list_holder_keys,
)
from shared.events.applications import Holder
from shared.person_likeness import Likeness, compare_people
from shared.person_names import join_name

HOLDER = ("Ёлкина", "Юлия", "Ильинична")
NAMES = st.tuples(
    st.sampled_from(["Ёлкина", "Елкина", "Yolkina", "Elkina", "Белова", "Belova"]),
    st.sampled_from(["Юлия", "Iuliia", "Yulia", "Анна", "ЮЛИЯ"]),
    st.sampled_from(["Ильинична", "Ilinichna", "Ивановна", "Мамед кызы", "Мамедгызы", None]),
)


def match_names(
    claimed_name: tuple[str, str, str | None], name: tuple[str, str, str | None]
) -> bool | None:
    """Whether a claimed name is a holder's, by their keys."""
    members = ("family_name", "given_name", "patronymic")
    claim = PersonNames(**dict(zip(members, claimed_name, strict=True)))
    holder = Holder(**dict(zip(members, name, strict=True)))
    return list_claim_keys(claim).match(list_holder_keys(holder))


@pytest.mark.parametrize(
    ("claimed_name", "matches"),
    [
        (("ЕЛКИНА", "юлия", "Ильинична"), True),
        (("Elkina", "Iuliia", "Ilinichna"), True),
        (("Юлия", "Ёлкина", "Ильинична"), True),
        (("Ёлкина", "Юлия", None), None),
        (("Elkina", "Julia", "Iljinichna"), None),
        (("Ёлкина", "Юлия", "Ивановна"), False),
        (("Ёлкина", "Юлия", "Ильин кызы"), False),
        (("Ёлкина", "Анна", "Ильинична"), False),
    ],
)
def test_a_claimed_name_matches_in_any_spelling(
    claimed_name: tuple[str, str, str | None], matches: bool | None
) -> None:
    assert match_names(claimed_name, HOLDER) is matches


@settings(max_examples=60)
@given(NAMES, NAMES)
def test_keys_say_no_more_than_the_comparison_of_names_and_never_a_wrong_no(
    claimed_name: tuple[str, str, str | None], name: tuple[str, str, str | None]
) -> None:
    """Words transliterated by several systems, or in two alphabets, are only perhaps the same."""
    likeness = compare_people(join_name(*claimed_name), join_name(*name))
    matches = match_names(claimed_name, name)
    assert (matches is False) is (likeness is Likeness.DIFFERENT)
    assert matches is not True or likeness is Likeness.SAME


def test_the_best_match_of_several_names_decides() -> None:
    assert choose_match([False, None, True]) is True
    assert choose_match([False, None]) is None
    assert choose_match([False]) is False
