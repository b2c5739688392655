"""What must hold for a review."""

import re
from collections.abc import Collection, Sequence
from uuid import UUID

from services.applications.documents.requirements import DocumentCheck
from shared.errors import RuleViolation


def check_admission(document_check: DocumentCheck) -> None:
    """Whoever lacks a required document is not admitted (order 726n, column 9 of the form).

    Raises `RuleViolation` with the check.
    """
    if not document_check.satisfied:
        raise RuleViolation(
            "application.documents_missing",
            f"Documents are missing: {'; '.join(document_check.to_bring)}. Return the application, "
            "saying what to bring.",
            extra={"check": document_check.model_dump(mode="json")},
        )


def check_remarks(
    remarks: Sequence[tuple[str | None, UUID | None]],
    document_ids: Collection[UUID],
    field_patterns: Collection[str],
) -> None:
    """An application is returned with remarks, each about a field or a document of it.

    `remarks` are pairs of a field and a document id, one of which is None; `field_patterns` are
    regular expressions. Decree 1204, item 9: the centre informs of the result of the review.
    """
    if not remarks:
        raise RuleViolation(
            "review.remarks",
            "Say in the remarks what keeps the application from being admitted.",
            field="/remarks",
        )
    for index, (field, document_id) in enumerate(remarks):
        if document_id is not None and document_id not in document_ids:
            raise RuleViolation(
                "review.remark_document",
                "The application has no such document.",
                field=f"/remarks/{index}/document_id",
            )
        if field is not None and not any(
            re.fullmatch(pattern, field) for pattern in field_patterns
        ):
            raise RuleViolation(
                "review.remark_field",
                "The form has no such field. Point into the application, as /applicant/birth_date "
                "does, or at a missing kind of document, as /documents/training does.",
                field=f"/remarks/{index}/field",
            )
