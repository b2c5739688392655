"""Bounds of what is written, which nothing checks when it is read."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler


@dataclass(frozen=True, slots=True)
class Stated:
    """In `Annotated[...]`: how long a text is, how many items a list has, how high a number.

    What is stored or sent was held to these when it was taken in. Who reads it must not refuse it
    for them: an event of a later release may be longer. So they stand in the schema of what is
    answered, and not in that of what is taken.
    """

    most: int
    least: int = 0

    def __get_pydantic_json_schema__(
        self, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema of the value, with its bounds where it is written."""
        schema: dict[str, Any] = handler(core_schema)
        if handler.mode == "validation":
            return schema
        lower, upper = _BOUNDS[schema["type"]]
        return {**schema, lower: self.least, upper: self.most}


_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "integer": ("minimum", "maximum"),
}
