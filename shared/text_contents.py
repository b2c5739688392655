"""Texts that hold something: lines of JSON, a record as JSON, a signed statement.

The OpenAPI document says what by `contentMediaType` and `contentSchema` of JSON Schema 2020-12; a
tool that knows neither takes them for texts, which they are.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema

JSON_TYPE = "application/json"
JWS_TYPE = "application/jose"

_JWS_PATTERN = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"


class LastLine(BaseModel):
    """The last line of a stream: without it the answer was broken off."""

    end: Literal[True] = Field(description="that this is the last line")


class SignedClaims(BaseModel):
    """What every signed statement says of itself."""

    iss: str = Field(
        max_length=500,
        description="who signed it: the address of this site",
        examples=["https://attesta.example"],
    )
    iat: int = Field(
        ge=0,
        le=2**53 - 1,
        description="when it was signed, in seconds since 1970-01-01T00:00:00Z",
        examples=[1795600000],
    )


class TextContent:
    """Says of a text which media type it has, and of which type what is in it is.

    Of NDJSON the content is an array of its lines, of a JWS its claims.
    """

    def __init__(self, media_type: str, content_type: Any) -> None:
        self.media_type = media_type
        self.content_type = content_type

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of the text with that of its content, which joins the other definitions."""
        schema = handler(core_schema)
        # Not by the handler, which would say of the content what else is said of the text.
        generator: GenerateJsonSchema = vars(handler)["generate_json_schema"]
        content = generator.generate_inner(TypeAdapter(self.content_type).core_schema)
        form = {"pattern": _JWS_PATTERN} if self.media_type == JWS_TYPE else {}
        return {
            **schema,
            **form,
            "contentMediaType": self.media_type,
            "contentSchema": content,
        }
