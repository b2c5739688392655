"""The five qualifications that ship, as examples of what the catalog takes and answers."""

from functools import cache
from pathlib import Path
from typing import Any

from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.schemas import Qualification, QualificationSummary

_DATA = Path(__file__).parents[1] / "data"
_ID = "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a0{}"


@cache
def _drafts() -> list[dict[str, Any]]:
    files = sorted(_DATA.glob("*.json"))
    return [
        QualificationDraft.model_validate_json(file.read_bytes()).model_dump(mode="json")
        for file in files
    ]


def drafts() -> Any:
    """What a council submits, for OpenAPI."""
    return {draft["name"]: {"value": draft} for draft in _drafts()}


def answered() -> dict[str, Any]:
    """Published versions, for OpenAPI."""
    return _content({draft["name"]: {"value": _version(n)} for n, draft in enumerate(_drafts(), 1)})


def listed() -> dict[str, Any]:
    """A page of the list, for OpenAPI."""
    items = [
        QualificationSummary.model_validate(
            {**_version(number), "standards": [draft["occupational_standard"]["code"]]}
        ).model_dump(mode="json")
        for number, draft in enumerate(_drafts(), 1)
    ]
    return _content({"in force": {"value": {"items": items, "next": None}}})


def _version(number: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        **dict.fromkeys(Qualification.model_fields),
        **_drafts()[number - 1],
        "id": _ID.format(number),
        "version": 1,
        "status": "published",
        "state": "in_force",
        "revision": 4,
        "change": "first",
        "approval": {
            "approved_by": "Национальное агентство развития квалификаций",
            "protocol_number": "17",
            "protocol_date": "2026-02-01",
        },
        "effective_from": "2026-03-02",
        "created_at": "2026-01-12T09:00:00Z",
        "submitted_at": "2026-01-12T09:30:00Z",
        "published_at": "2026-02-27T09:00:00Z",
        "absent": ["registry_number", "legal_requirement", "additional_characteristics"],
    }
    return Qualification.model_validate(told).model_dump(mode="json")


def _content(examples: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"examples": examples}}}
