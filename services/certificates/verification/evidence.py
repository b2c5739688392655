"""Verdicts as signed statements, to keep as evidence."""

from collections.abc import Sequence

from pydantic_core import to_jsonable_python

from services.certificates.verification.answers import Verifier
from services.certificates.verification.schemas import Question, RowAnswer, VerificationAnswer
from shared.errors import FieldError


def sign_answer(
    verifier: Verifier, answer: VerificationAnswer, question: Question
) -> VerificationAnswer:
    """The same answer with its evidence: a JWS of question, answer, issuer and instant."""
    content = {name: value for name, value in answer.items() if name != "evidence"}
    claims = {
        "question": {"number": question.number, "issued_on": question.issued_on.isoformat()},
        "verification": to_jsonable_python(content),
    }
    signer, now = verifier.settings.signer, verifier.verification_date.now
    return {**answer, "evidence": signer.sign(EVIDENCE_TYPE, claims, now)}


EVIDENCE_TYPE = "attesta-verification+jws"
"""The type of a signed answer."""


def sign_row_answers(
    verifier: Verifier,
    row_answers: Sequence[RowAnswer],
    rows: Sequence[Question | list[FieldError]],
) -> list[RowAnswer]:
    """The same rows, each answer with its evidence."""
    rows_with_evidence: list[RowAnswer] = []
    for row, question in zip(row_answers, rows, strict=True):
        answer = row["answer"]
        if answer is not None and isinstance(question, Question):
            answer = sign_answer(verifier, answer, question)
        rows_with_evidence.append({**row, "answer": answer})
    return rows_with_evidence
