"""Formats that settings name, such as that of a number: checked when they are read. No I/O."""

from collections.abc import Collection, Mapping
from string import Formatter


def check_template(
    template: str, samples: Mapping[str, object], *, required: Collection[str] = ()
) -> str:
    """What the format gives for these samples: a value for each of the names that it may use.

    Raises `ValueError` that says what is wrong with it: a brace alone, a name that there is not, a
    form that the value cannot take, or one of the `required` names missing.
    """
    try:
        names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        unknown_names = sorted(names - samples.keys())
        if unknown_names:
            raise ValueError(f"there is no {' '.join(f'{{{name}}}' for name in unknown_names)}")
        text = template.format(**samples)
    except ValueError as error:
        known_names = ", ".join(f"{{{name}}}" for name in samples)
        raise ValueError(f"the format {template!r}: {error}; it may use {known_names}") from error
    for name in required:
        if name not in names:
            raise ValueError(f"the format {template!r} must contain {{{name}}}")
    return text
