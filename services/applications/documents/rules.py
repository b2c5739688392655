"""Which kinds of document there are besides the qualification's, and what must hold for one."""

from collections.abc import Mapping

from shared.errors import RuleViolation

MATERIAL_KIND = "examination_material"
"""A document of the examination itself, which the centre attaches to the protocol."""
GENERAL_DOCUMENT_KINDS = {"identity_document_copy": False, "power_of_attorney": False}
"""Kinds that may come with any application, besides what the qualification asks for (order 706n).

By kind, whether it proves experience.
"""

MOST_DOCUMENTS = 200
"""Of one application: more than any qualification asks for, and than one answer can hold."""


def check_document_count(attached_count: int) -> None:
    """There is room for another document beside those attached. Raises `RuleViolation`."""
    if attached_count >= MOST_DOCUMENTS:
        raise RuleViolation(
            "document.too_many",
            f"An application has at most {MOST_DOCUMENTS} documents. Take one back first.",
            field="/file",
            values={"most": MOST_DOCUMENTS},
        )


def check_document(
    kind: str, months: int | None, field: str | None, experience_by_kind: Mapping[str, bool]
) -> None:
    """The qualification asks for this kind, with months and field where it proves experience.

    `experience_by_kind` has the kinds; True where one proves experience. Raises
    `RuleViolation`.
    """
    if kind not in experience_by_kind:
        raise RuleViolation(
            "document.kind",
            "This qualification asks for no such document. Its kinds: "
            f"{', '.join(sorted(experience_by_kind))}.",
            field="/kind",
            extra={"known_kinds": sorted(experience_by_kind)},
        )
    for name, fact in (("months", months), ("field", field)):
        if experience_by_kind[kind] and fact is None:
            raise RuleViolation(
                "document.facts",
                f"A document of kind {kind} proves experience: state '{name}'.",
                field=f"/{name}",
            )
        if not experience_by_kind[kind] and fact is not None:
            raise RuleViolation(
                "document.facts",
                f"A document of kind {kind} does not prove experience: leave out '{name}'.",
                field=f"/{name}",
            )
