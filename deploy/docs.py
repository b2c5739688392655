"""Generates the list of all settings from their classes: `python -m deploy.docs`.

Writes `docs/settings.md`. A test fails when the page differs from what the classes say.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, AliasPath, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from deploy.local.settings import PROJECT, LocalSettings
from services.applications.settings import ApplicationsSettings
from services.catalog.settings import CatalogSettings
from services.certificates.settings import CertificatesSettings
from shared.settings import Settings

SETTINGS_PAGE = PROJECT / "docs" / "settings.md"

SERVICES: Mapping[str, type[Settings]] = {
    "catalog": CatalogSettings,
    "applications": ApplicationsSettings,
    "certificates": CertificatesSettings,
}

INTRODUCTION = """\
# Settings

Generated from the classes by `python -m deploy.docs`; do not edit by hand.

Every process reads its settings from the environment, or from a file `.env` in the folder in which
it is started. What is set in the environment comes first. A value that stands in neither may be a
file: `ATTESTA_SECRETS_FOLDER` names a folder in which each file is called as its variable, in small
letters (`attesta_catalog_database_url`), as orchestrators hand over secrets. A value that its class
refuses stops the process at its start, with the name of the setting and the reason. Lists and
tuples are written as JSON, for example `[90, 30, 7]`. Periods are ISO 8601, for example `P1Y`.
"""

SHARED_INTRODUCTION = """\
Every service reads these. A variable with the service's name in it, such as
`ATTESTA_CATALOG_LOG_LEVEL`, holds for that service alone and comes first.
"""


@dataclass(frozen=True, slots=True)
class SettingsSection:
    """A part of the page: the class whose settings it lists, and which of them."""

    title: str
    introduction: str
    settings_class: type[BaseSettings]
    fields: Mapping[str, FieldInfo]

    def list_settings(self) -> Iterator[tuple[str, FieldInfo]]:
        """Each setting by the variable of the environment that it is read from."""
        for name, field in self.fields.items():
            yield environment_name(self.settings_class, name, field), field


def list_sections() -> Iterator[SettingsSection]:
    """What all services share, what each adds, the local stack's own."""
    shared_fields = _without(Settings.model_fields, {"service", "database_url"})
    yield SettingsSection("All services", SHARED_INTRODUCTION, Settings, shared_fields)
    for service, settings_class in SERVICES.items():
        own_fields = _without(settings_class.model_fields, {"service", *shared_fields})
        yield SettingsSection(service.capitalize(), "", settings_class, own_fields)
    yield SettingsSection(
        "The local stack",
        "Read by `make run` and the commands beside it.\n",
        LocalSettings,
        LocalSettings.model_fields,
    )


def build_settings_page() -> str:
    """The page in Markdown."""
    lines = [INTRODUCTION]
    for section in list_sections():
        lines += [f"## {section.title}\n", *filter(None, [section.introduction])]
        lines += ["| variable | type | default | meaning |", "|---|---|---|---|"]
        for name, field in section.list_settings():
            cells = (
                f"`{name}`",
                _describe_type(field.annotation),
                _describe_default(field),
                field.description or "",
            )
            lines.append(f"| {' | '.join(map(_escape_cell, cells))} |")
        lines.append("")
    return "\n".join(lines)


def write_settings_page() -> None:
    """Writes `docs/settings.md`."""
    SETTINGS_PAGE.write_text(build_settings_page())


def environment_name(settings_class: type[BaseSettings], name: str, field: FieldInfo) -> str:
    """The first variable of the environment that the field is read from."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        alias = alias.choices[0]
    if isinstance(alias, AliasPath):
        raise TypeError(f"{settings_class.__name__}.{name} is read from a path, not by one name")
    if alias is not None:
        return alias.upper()
    return f"{settings_class.model_config['env_prefix']}{name}".upper()


def _escape_cell(text: str) -> str:
    return text.replace("|", r"\|")


def _describe_type(annotation: Any) -> str:
    """A field's type for people, such as `list of integer`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in {tuple, list, frozenset, set}:
        items = [argument for argument in arguments if argument is not Ellipsis]
        return f"list of {_describe_type(items[0])}"
    if origin is dict or origin is Mapping:
        return "object"
    if origin is Annotated:
        return _describe_type(arguments[0])
    if origin is not None:
        options = [argument for argument in arguments if argument is not NoneType]
        return " or ".join(dict.fromkeys(_describe_type(option) for option in options))
    names = {
        str: "text",
        int: "integer",
        float: "number",
        bool: "true or false",
        SecretStr: "secret text",
        Path: "path",
        ZoneInfo: "time zone",
    }
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)).lower())


def _describe_default(field: FieldInfo) -> str:
    if field.is_required():
        return "none: must be set"
    if field.default is PydanticUndefined:
        return "computed at the start"
    return _format_value(field.default)


def _format_value(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Path):
        return f"`{_shorten_path(value)}`"
    if isinstance(value, tuple | list):
        return f"`[{', '.join(map(_format_item, value))}]`"
    if isinstance(value, frozenset | set):
        return f"`[{', '.join(sorted(map(_format_item, value)))}]`"
    return f"`{value}`"


def _format_item(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _shorten_path(path: Path) -> Path:
    """The path below the project's folder, so that the page is the same on every machine."""
    return path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path


def _without(fields: Mapping[str, FieldInfo], names: Container[str]) -> dict[str, FieldInfo]:
    return {name: field for name, field in fields.items() if name not in names}


if __name__ == "__main__":
    write_settings_page()
