"""Bodies in JSON are read as they were written: an object with two members of one name is refused.

The framework's parser keeps the last of them without a word; so what it has parsed is parsed again.
"""

import json

from fastapi import Request

from shared.values.json_members import collect_members

_MEDIA_TYPES = ("application/json", "+json")
"""How the type of what is parsed as JSON ends."""


async def refuse_repeated_members(request: Request) -> None:
    """Raises `RuleViolation` (`json.repeated_member`) where a member would be lost."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.endswith(_MEDIA_TYPES) and (content := await request.body()):
        json.loads(content, object_pairs_hook=collect_members)
