"""The five qualifications that ship, as examples of the catalog's requests and answers."""

from functools import cache
from pathlib import Path
from typing import Any

from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.schemas import QualificationAnswer, QualificationSummaryAnswer

_DATA_FOLDER = Path(__file__).parents[1] / "data"
_EXAMPLE_ID = "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a0{}"


@cache
def _load_drafts() -> list[dict[str, Any]]:
    """The shipped drafts in JSON form, in the order of their files."""
    paths = sorted(_DATA_FOLDER.glob("*.json"))
    return [
        QualificationDraft.model_validate_json(path.read_bytes()).model_dump(mode="json")
        for path in paths
    ]


def draft_examples() -> Any:
    """Examples of what a council submits, for OpenAPI."""
    return {draft["name"]: {"value": draft} for draft in _load_drafts()}


def qualification_examples() -> dict[str, object]:
    """Examples of published versions, for OpenAPI."""
    return _json_content(
        {
            draft["name"]: {"value": _example_version(number)}
            for number, draft in enumerate(_load_drafts(), 1)
        }
    )


def list_examples() -> dict[str, object]:
    """An example of a page of the list, for OpenAPI."""
    items = [
        QualificationSummaryAnswer.model_validate(
            {**_example_version(number), "standards": [draft["occupational_standard"]["code"]]}
        ).model_dump(mode="json")
        for number, draft in enumerate(_load_drafts(), 1)
    ]
    return _json_content({"in force": {"value": {"items": items, "next": None}}})


def _example_version(number: int) -> dict[str, object]:
    """The answer about a shipped draft as if published; `number` counts drafts from 1."""
    members: dict[str, object] = {
        **dict.fromkeys(QualificationAnswer.model_fields),
        **_load_drafts()[number - 1],
        "id": _EXAMPLE_ID.format(number),
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
    return QualificationAnswer.model_validate(members).model_dump(mode="json")


def _json_content(examples: dict[str, object]) -> dict[str, object]:
    """The examples in the place where OpenAPI has those of a JSON response."""
    return {"content": {"application/json": {"examples": examples}}}
