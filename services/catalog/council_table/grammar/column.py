"""The form's eleven columns (order 726n of 12.12.2016, annex)."""

from enum import IntEnum


class Column(IntEnum):
    """A column of the form by its number; its name in small letters is how findings call it."""

    REGISTRY_NUMBER = 1
    NAME = 2
    OCCUPATIONAL_STANDARD = 3
    LEVEL = 4
    FUNCTION_CODES = 5
    FUNCTION_NAMES = 6
    ADDITIONAL_INFORMATION = 7
    LEGAL_REQUIREMENT = 8
    REQUIREMENTS = 9
    VALIDITY_TERM = 10
    ADDITIONAL_CHARACTERISTICS = 11

    @property
    def index(self) -> int:
        """The place of its cell in a row, from 0."""
        return self.value - 1

    @property
    def label(self) -> str:
        """Its name for machines, such as `registry_number`."""
        return self.name.lower()


COLUMN_COUNT = len(Column)
"""Cells of a row."""
