"""What a job keeps of its rows: questions, or what is wrong with them, and of a name a digest.

The digest is made with a key of the job's own, which is kept sealed and is deleted with the last
answer: until then nobody finds a name without the service's keys, and nobody at all afterwards.
"""

import hmac
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from services.certificates.verification.name_keys import NameKeys, list_claim_keys
from services.certificates.verification.schemas import NamedQuestion, Question
from shared.encryption import Keyring, Undecipherable
from shared.errors import FieldError, RuleViolation
from shared.locale.field_errors import describe_row_errors, describe_row_refusal
from shared.locale.translator import Translator

NAMES_OF_CERTIFICATE = 3
"""So many names one job compares with one certificate: more would be guessing."""
_PURPOSE = "names in jobs"
_KEY_BYTES = 32
_DIGEST_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A row as it is kept: its question or its errors, and what stands for a name in it."""

    question: Question | list[FieldError]
    name_digests: NameKeys | None = None


@dataclass(frozen=True, slots=True)
class KeptLines:
    """The lines of a job as they are kept, and the key of the names in them if there are any."""

    lines: Sequence[str]
    name_key: str | None


def keep_lines(lines: Sequence[str], t: Translator) -> KeptLines:
    """What is kept of the lines of a request: no name, and of a wrong line only its errors."""
    name_key = secrets.token_hex(_KEY_BYTES)
    name_counts: Counter[str] = Counter()
    kept_lines = [_keep_line(line, name_key, name_counts, t) for line in lines]
    return KeptLines(kept_lines, name_key if name_counts else None)


def _keep_line(line: str, name_key: str, name_counts: Counter[str], t: Translator) -> str:
    try:
        question = NamedQuestion.model_validate_json(line)
    except ValidationError as error:
        return _keep_errors(describe_row_errors(t, error))
    content = {"number": question.number, "issued_on": question.issued_on}
    if question.name is None:
        return to_json(content).decode()
    name_counts[question.number] += 1
    if name_counts[question.number] > NAMES_OF_CERTIFICATE:
        refusal = RuleViolation(
            "job.names",
            f"A job compares one certificate with {NAMES_OF_CERTIFICATE} names at most.",
            field="/name",
        )
        return _keep_errors([describe_row_refusal(t, refusal)])
    digests = digest_keys(list_claim_keys(question.name), name_key)
    keys = {"spellings": [*digests.spellings], "sounds": [*digests.sounds]}
    return to_json({**content, **keys}).decode()


def _keep_errors(errors: list[FieldError]) -> str:
    return to_json({"errors": errors}).decode()


def read_kept_line(line: str) -> KeptQuestion:
    """The question in a line that `keep_lines` made."""
    content = from_json(line)
    if "errors" in content:
        return KeptQuestion([FieldError.model_validate(error) for error in content["errors"]])
    spellings, sounds = content.pop("spellings", None), content.pop("sounds", ())
    digests = None if spellings is None else NameKeys(frozenset(spellings), frozenset(sounds))
    return KeptQuestion(Question.model_validate_json(to_json(content)), digests)


def digest_keys(keys: NameKeys, name_key: str) -> NameKeys:
    """What stands for the keys of a name: a digest of each, of 128 bits."""
    secret = bytes.fromhex(name_key)
    spellings, sounds = (
        frozenset(
            hmac.new(secret, key.encode(), "sha256").hexdigest()[:_DIGEST_CHARACTERS]
            for key in kind
        )
        for kind in (keys.spellings, keys.sounds)
    )
    return NameKeys(spellings, sounds)


def seal_name_key(keyring: Keyring, name_key: str) -> bytes:
    """The key of a job's names as it is kept."""
    return keyring.derive(_PURPOSE).encrypt(name_key)


def open_name_key(keyring: Keyring, sealed_key: bytes | None) -> str | None:
    """The key of a job's names; None where there is none, or the key that sealed it is gone."""
    if sealed_key is None:
        return None
    try:
        name_key: str = keyring.derive(_PURPOSE).decrypt(sealed_key)
    except Undecipherable:
        return None
    return name_key
