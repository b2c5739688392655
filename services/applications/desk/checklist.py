"""What an application lacks, along the shortest way through the qualification's rules. No I/O.

The check says it in one language, for programs; here it is kept in parts, so that a page can say
it in words of the reader's language around the titles of the qualification's own rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.applications.documents.requirements import Branch


@dataclass(frozen=True, slots=True)
class MissingDocument:
    """A document that is missing; `months` are those of experience that it should still prove.

    `uncounted_months` were brought, in other fields. `alternatives` are the titles of what would
    do as well.
    """

    kind: str | None
    title: str
    months: int | None = None
    uncounted_months: int | None = None
    alternatives: tuple[str, ...] = ()

    @property
    def pointer(self) -> str:
        """Where a remark about it points to."""
        return f"/documents/{self.kind}"


def list_missing_documents(branch: Branch) -> list[MissingDocument]:
    """What is missing along the nearest alternatives; nothing where all is there."""
    return list(dict.fromkeys(_iter_missing(branch)))


def _iter_missing(branch: Branch) -> Iterator[MissingDocument]:
    if branch.satisfied:
        return
    if branch.chosen_index is not None:
        nearest_part = branch.parts[branch.chosen_index]
        if nearest_part.parts:
            yield from _iter_missing(nearest_part)
            return
        other_titles = [
            part.title for part in branch.parts if part is not nearest_part and not part.parts
        ]
        yield _describe_leaf(nearest_part, tuple(other_titles))
    elif branch.parts:
        for part in branch.parts:
            yield from _iter_missing(part)
    else:
        yield _describe_leaf(branch, ())


def _describe_leaf(branch: Branch, alternatives: tuple[str, ...]) -> MissingDocument:
    months = None
    if branch.months_required is not None:
        months = branch.months_required - (branch.months_counted or 0)
    return MissingDocument(branch.kind, branch.title, months, branch.months_uncounted, alternatives)


def list_titles(branch: Branch) -> dict[str, str]:
    """The titles of the qualification's rules by the kind of document that each asks for."""
    titles = {branch.kind: branch.title} if branch.kind is not None else {}
    for part in branch.parts:
        titles |= list_titles(part)
    return titles
