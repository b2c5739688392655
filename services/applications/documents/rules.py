"""What must hold for a document."""

from collections.abc import Mapping

from shared.errors import RuleViolation


def check_document(
    kind: str, months: int | None, field: str | None, known: Mapping[str, bool]
) -> None:
    """A kind that the qualification asks for; months and their field where it proves experience."""
    if kind not in known:
        raise RuleViolation(
            "document.kind",
            f"This qualification asks for no such document. Its kinds: {', '.join(sorted(known))}.",
            field="/kind",
            extra={"known_kinds": sorted(known)},
        )
    for name, fact in (("months", months), ("field", field)):
        if known[kind] and fact is None:
            raise RuleViolation(
                "document.facts",
                f"A document of kind {kind} proves experience: state '{name}'.",
                field=f"/{name}",
            )
        if not known[kind] and fact is not None:
            raise RuleViolation(
                "document.facts",
                f"A document of kind {kind} does not prove experience: leave out '{name}'.",
                field=f"/{name}",
            )
