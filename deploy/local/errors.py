"""Errors of the local stack, in words for the person who started it."""


class StackError(Exception):
    """The stack cannot start or go on. The message says what to do about it."""


def indent_tail(text: str, count: int = 20) -> str:
    """The last `count` lines of a log, indented for a message."""
    return "\n".join(f"    {line}" for line in text.splitlines()[-count:])
