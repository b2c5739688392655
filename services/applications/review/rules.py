"""What must hold for a review."""

import re
from collections.abc import Collection, Sequence
from uuid import UUID

from services.applications.documents.requirements import Check
from shared.errors import RuleViolation


def check_admission(found: Check) -> None:
    """Who lacks a required document is not admitted (order 726n, column 9 of the form)."""
    if not found.satisfied:
        raise RuleViolation(
            "application.documents_missing",
            f"Documents are missing: {'; '.join(found.to_bring)}. Return the application, saying "
            "what to bring.",
            extra={"check": found.model_dump(mode="json")},
        )


def check_remarks(
    remarks: Sequence[tuple[str | None, UUID | None]],
    documents: Collection[UUID],
    pointers: Collection[str],
) -> None:
    """An application is returned with reasons, each about a field or a document of it.

    `remarks` are pairs of a field and a document, one of which is there. Decree 1204, item 9: the
    centre informs of the result of the review.
    """
    if not remarks:
        raise RuleViolation(
            "review.remarks",
            "Say in the remarks what keeps the application from being admitted.",
            field="/remarks",
        )
    for index, (field, document) in enumerate(remarks):
        if document is not None and document not in documents:
            raise RuleViolation(
                "review.remark_document",
                "The application has no such document.",
                field=f"/remarks/{index}/document_id",
            )
        if field is not None and not any(re.fullmatch(known, field) for known in pointers):
            raise RuleViolation(
                "review.remark_field",
                "The form has no such field. Point into the application, as /applicant/birth_date "
                "does, or at a missing kind of document, as /documents/training does.",
                field=f"/remarks/{index}/field",
            )
