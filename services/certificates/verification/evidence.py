"""Verdicts as signed statements, to keep as evidence."""

from collections.abc import Sequence

from pydantic_core import to_jsonable_python

from services.certificates.settings import CertificatesSettings
from services.certificates.verification.answers import VerificationDate
from services.certificates.verification.schemas import Question, RowAnswer, VerificationAnswer
from shared.errors import FieldError


def sign_answer(
    answer: VerificationAnswer,
    question: Question,
    verification_date: VerificationDate,
    settings: CertificatesSettings,
) -> VerificationAnswer:
    """The same answer with its evidence: a JWS of question, answer, issuer and instant."""
    content = {name: value for name, value in answer.items() if name != "evidence"}
    claims = {
        "question": {"number": question.number, "issued_on": question.issued_on.isoformat()},
        "verification": to_jsonable_python(content),
    }
    return {
        **answer,
        "evidence": settings.signer.sign(EVIDENCE_TYPE, claims, verification_date.now),
    }


EVIDENCE_TYPE = "attesta-verification+jws"
"""The type of a signed answer."""


def sign_row_answers(
    row_answers: Sequence[RowAnswer],
    rows: Sequence[Question | list[FieldError]],
    verification_date: VerificationDate,
    settings: CertificatesSettings,
) -> list[RowAnswer]:
    """The same rows, each answer with its evidence."""
    rows_with_evidence: list[RowAnswer] = []
    for row, question in zip(row_answers, rows, strict=True):
        answer = row["answer"]
        if answer is not None and isinstance(question, Question):
            answer = sign_answer(answer, question, verification_date, settings)
        rows_with_evidence.append({**row, "answer": answer})
    return rows_with_evidence
