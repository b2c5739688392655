"""Verdicts as signed statements, to keep as evidence."""

from collections.abc import Sequence

from pydantic_core import to_jsonable_python

from services.certificates.settings import CertificatesSettings
from services.certificates.verification.answers import When
from services.certificates.verification.schemas import Question, RowAnswer, Verification
from shared.errors import FieldError


def signed(
    answer: Verification, asked: Question, when: When, settings: CertificatesSettings
) -> Verification:
    """The same answer with its statement: what was asked, what was answered, by whom, when."""
    stated = {name: value for name, value in answer.items() if name != "statement"}
    claims = {
        "question": {"number": asked.number, "issued_on": asked.issued_on.isoformat()},
        "verification": to_jsonable_python(stated),
    }
    return {**answer, "statement": settings.signer.sign(STATEMENT, claims, when.now)}


STATEMENT = "attesta-verification+jws"
"""The type of a signed answer."""


def all_signed(
    told: Sequence[RowAnswer],
    rows: Sequence[Question | list[FieldError]],
    when: When,
    settings: CertificatesSettings,
) -> list[RowAnswer]:
    """The same rows, each answer with its statement."""
    done: list[RowAnswer] = []
    for row, asked in zip(told, rows, strict=True):
        answer = row["answer"]
        if answer is not None and isinstance(asked, Question):
            answer = signed(answer, asked, when, settings)
        done.append({**row, "answer": answer})
    return done
