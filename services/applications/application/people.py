"""The people of a case: who must be another person than whom, and who has confirmed it.

Names that are one person's are refused. Where names only may be one person's, whoever acts is asked
to confirm that they are two people's, and the history keeps who did.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from services.applications.application.models import Application
from services.applications.application.schemas import PeoplePair
from shared.errors import RuleViolation
from shared.person_likeness import Likeness, compare_readings, read_name
from shared.person_names import join_name


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person by name; `field` is the JSON pointer to it where a request names them."""

    name: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Separation:
    """Pairs of people of whom none may be one person, and the refusal where two are.

    The refusal names the field of the first of the two.
    """

    pairs: Iterable[tuple[NamedPerson, NamedPerson]]
    refuse: Callable[[str | None], RuleViolation]


def check_different_people(
    separations: Iterable[Separation], confirmed_pairs: Collection[PeoplePair]
) -> tuple[PeoplePair, ...]:
    """Checks that people are different; the pairs for which that rests on a confirmation.

    Raises the separation's refusal for names of one person; `RuleViolation` with all pairs that
    must be confirmed and are not among the confirmed ones.
    """
    confirmed_names = [frozenset((pair.name, pair.other_name)) for pair in confirmed_pairs]
    doubtful_pairs = _list_doubtful_pairs(separations)
    open_pairs = [
        (person, other_person)
        for person, other_person in doubtful_pairs
        if frozenset((person.name, other_person.name)) not in confirmed_names
    ]
    if open_pairs:
        person, other_person = open_pairs[0]
        raise RuleViolation(
            "people.perhaps_same",
            f"{person.name} and {other_person.name} may be one person. If they are two, confirm it "
            "in 'different_people'; if not, correct the names.",
            field=person.field,
            extra={"perhaps_same": [pair.model_dump() for pair in _build_pairs(open_pairs)]},
            values={"name": person.name, "other_name": other_person.name},
        )
    return _build_pairs(doubtful_pairs)


def list_parties(application: Application) -> list[NamedPerson]:
    """The applicant and, where there is one, who acts for them; nobody once the file was erased."""
    parties: list[NamedPerson] = []
    if application.family_name is not None and application.given_name is not None:
        name = join_name(application.family_name, application.given_name, application.patronymic)
        parties.append(NamedPerson(name))
    if (representative := application.representative) is not None:
        name = join_name(
            representative.family_name, representative.given_name, representative.patronymic
        )
        parties.append(NamedPerson(name))
    return parties


def _list_doubtful_pairs(
    separations: Iterable[Separation],
) -> list[tuple[NamedPerson, NamedPerson]]:
    """The pairs that may be one person. Raises `RuleViolation` for those that are."""
    readings = {}
    doubtful_pairs = []
    for separation in separations:
        for pair in separation.pairs:
            for person in pair:
                if person.name not in readings:
                    readings[person.name] = read_name(person.name)
            likeness = compare_readings(*(readings[person.name] for person in pair))
            if likeness is Likeness.SAME:
                raise separation.refuse(pair[0].field)
            if likeness is Likeness.PERHAPS:
                doubtful_pairs.append(pair)
    return doubtful_pairs


def _build_pairs(pairs: Sequence[tuple[NamedPerson, NamedPerson]]) -> tuple[PeoplePair, ...]:
    return tuple(
        PeoplePair(name=person.name, other_name=other_person.name) for person, other_person in pairs
    )
