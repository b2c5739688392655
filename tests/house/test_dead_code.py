"""Nothing is defined that nobody uses: neither a function nor a class, method or property."""

import re

from vulture import Vulture

from tests.house.source import ROOT

USED_BY_OTHERS = {
    # SQLAlchemy and uvicorn call these by their names.
    "process_bind_param",
    "process_result_value",
    "capture_signals",
    # aiosmtpd hands letters over.
    "handle_DATA",
    # aiokafka tells a member of its partitions.
    "on_partitions_assigned",
    "on_partitions_revoked",
    # pydantic asks from where settings are read.
    "settings_customise_sources",
    # Called by migrations.
    "create_v1",
    "create_index",
}
CALLED_BY_DECORATORS = [f"@*.{verb}" for verb in ("get", "post", "put", "patch", "delete")] + [
    "@field_validator",
    "@model_validator",
]
KINDS = {"function", "class", "method", "property"}


def test_what_is_defined_is_used() -> None:
    vulture = Vulture(
        ignore_names=sorted(USED_BY_OTHERS),
        ignore_decorators=CALLED_BY_DECORATORS,
    )
    folders = [str(ROOT / name) for name in ("services", "shared", "deploy", "tests")]
    vulture.scavenge(folders, exclude=["*/migrations/*"])
    for template in [*(ROOT / "services").rglob("*.html"), *(ROOT / "shared").rglob("*.html")]:
        vulture.used_names |= set(re.findall(r"\w+", template.read_text()))
    unused_names = [
        f"{item.filename.relative_to(ROOT)}:{item.first_lineno} {item.typ} {item.name}"
        for item in vulture.get_unused_code(min_confidence=60)
        if item.typ in KINDS and "tests" not in item.filename.relative_to(ROOT).parts[:1]
    ]
    assert unused_names == []
