"""What can go wrong with a local stack, in words for the person who started it."""


class StackError(Exception):
    """The stack cannot start or go on. The message says what to do about it."""


def tail(text: str, lines: int = 20) -> str:
    """The last lines of a log, indented for a message."""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
