"""Bodies are read whole: what the framework would pass over without a word is refused.

Of two members of one JSON object its parser keeps the last, of two fields of a form too, and a
field of a form that it does not know it leaves out. What it has read by then is read from memory.
"""

import json
from collections import Counter
from contextlib import suppress

from fastapi import Request

from shared.errors import RuleViolation
from shared.values.json_members import MAX_SHOWN_CHARACTERS, collect_members
from shared.web.route_rules import SCOPE_KEY
from shared.web.route_table import RouteContract

_JSON_ENDINGS = ("application/json", "+json")
"""How the type of what is parsed as JSON ends."""


async def check_body(request: Request) -> None:
    """Raises `RuleViolation` where something of the body would not be read."""
    contract: RouteContract | None = request.scope.get(SCOPE_KEY)
    if contract is not None and contract.is_documented and contract.form_names:
        await _check_form(request, contract.form_names)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.endswith(_JSON_ENDINGS) and (content := await request.body()):
        with suppress(ValueError, RecursionError):  # no JSON: whoever reads it says so
            json.loads(content, object_pairs_hook=collect_members)


async def _check_form(request: Request, known_names: frozenset[str]) -> None:
    form = await request.form()
    counts = Counter(name for name, _ in form.multi_items())
    for name, count in counts.items():
        pointer = f"/{name[:MAX_SHOWN_CHARACTERS]}"
        if name not in known_names:
            raise RuleViolation(
                "value.unknown", "The form has no such field. Leave it out.", field=pointer
            )
        if count > 1:
            raise RuleViolation(
                "form.repeated_field",
                "The form has this field more than once. Send one.",
                field=pointer,
            )
