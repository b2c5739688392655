"""Numbers and codes of a fixed form, taken in as people paste them."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from shared.values.pasted import clean_code


@dataclass(frozen=True, slots=True)
class CodeForm:
    """In `Annotated[str, ...]`: the form that a code must have, and the rule that it breaks.

    `detail` says what is right. A code in its form is taken as it is; of any other, blanks, the
    sign `№`, digits and hyphens of other alphabets are first put right.
    """

    rule: str
    detail: str
    pattern: str
    min_length: int | None = None
    max_length: int | None = None

    def __get_pydantic_core_schema__(
        self,
        source_type: Any,
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        """A text in the form, or one that is in it once it was cleaned."""
        text = self._text_schema()
        return core_schema.union_schema(
            [text, core_schema.no_info_before_validator_function(_clean, text)],
            mode="left_to_right",
            custom_error_type=self.rule,
            custom_error_message=self.detail,
        )

    def __get_pydantic_json_schema__(
        self,
        schema: core_schema.CoreSchema,
        handler: GetJsonSchemaHandler,
    ) -> dict[str, Any]:
        """The text in its form."""
        return handler(self._text_schema())

    def _text_schema(self) -> core_schema.StringSchema:
        return core_schema.str_schema(
            pattern=self.pattern, min_length=self.min_length, max_length=self.max_length
        )


def _clean(value: object) -> object:
    return clean_code(value) if isinstance(value, str) else value
