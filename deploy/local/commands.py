"""Commands of the local stack, and their output on the terminal."""

import signal
import time

import psutil
from rich.table import Table

from deploy.local import remains
from deploy.local.claim import Claim
from deploy.local.errors import StackError
from deploy.local.processes import wait_until_gone
from deploy.local.roles import ROLES
from deploy.local.settings import SERVICES, LocalSettings
from deploy.local.stack import Stack
from deploy.local.terminal import console, show_step

NOT_RUNNING = 3
"""The exit status of `status` then, as of the service scripts of Unix."""

INTERRUPTED = 130
"""The exit status of a start that was broken off, as of a shell's."""


def run_stack(settings: LocalSettings) -> int:
    """Starts the stack and keeps it until Ctrl-C or SIGTERM; the exit status."""
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, _raise_interrupt)
    started_at = time.monotonic()
    stack = Stack(settings)
    exit_status = INTERRUPTED
    try:
        stack.start(show_step)
        exit_status = 0
        _print_welcome(stack, time.monotonic() - started_at)
        while stack.is_supervised():
            time.sleep(0.5)
        raise StackError(f"The process supervisor ended; see {stack.log_path('supervisor')}.")
    except KeyboardInterrupt:
        console.print()
    except StackError as error:
        console.print(str(error), style="red", markup=False)
        exit_status = 1
    finally:
        _stop_owned_stack(stack)
    return exit_status


def stop_stack(settings: LocalSettings) -> int:
    """Stops the stack of this folder, whoever started it and whatever became of that process."""
    folder = settings.folder.expanduser().resolve()
    description = Claim(folder).read_description()
    if description is not None:
        with show_step(f"Stopping the stack of process {description.owner}"):
            owner = psutil.Process(description.owner)
            owner.terminate()
            survivors = wait_until_gone([owner], settings.stop_seconds + 2 * remains.GRACE_SECONDS)
            if survivors:
                owner.kill()
                wait_until_gone([owner], remains.GRACE_SECONDS)
    ended_processes = remains.end_processes(folder, settings.stop_seconds)
    for process in ended_processes:
        console.print(f"Ended what was left: {process}", markup=False)
    if description is None and not ended_processes:
        console.print("No stack runs from here.")
    return 0


def show_status(settings: LocalSettings) -> int:
    """Shows every program; exit status 0 when all are ready, 1 when not, 3 when no stack runs."""
    stack = Stack.find_running(settings)
    if stack is None:
        console.print("No stack runs from here. `make run` starts one.")
        if leftovers := remains.find_processes(settings.folder.expanduser().resolve()):
            console.print(f"{len(leftovers)} processes of a killed one do; `make stop` ends them.")
        return NOT_RUNNING
    table = Table("program", "process", "for", "state", "ready", box=None)
    running_programs = stack.list_programs()
    all_ready = True
    for name in stack.program_names:
        program, problem = running_programs[name], stack.find_readiness_problem(name)
        all_ready = all_ready and problem is None
        readiness = "yes" if problem is None else problem
        table.add_row(name, str(program.pid), f"{program.seconds:.0f} s", program.state, readiness)
    console.print(table)
    console.print(f"The site: {stack.site_url}")
    return 0 if all_ready else 1


def _print_welcome(stack: Stack, startup_seconds: float) -> None:
    site = stack.site_url
    own_addresses = "".join(
        f"\n  {name:<13} {stack.base_url(name)} (health, metrics, operations)" for name in SERVICES
    )
    console.print(f"""
[bold green]Attesta is ready[/bold green] after {startup_seconds:.1f} s: [bold]{site}[/bold]

  pages         {site}/ (qualifications, verification; sign in for work)
  API           {site}/docs/catalog, /docs/applications, /docs/certificates{own_addresses}
  mailbox       {stack.mailbox_url}/ (every letter that was sent)
  broker        {stack.bootstrap_servers} (Kafka protocol)
  databases     {stack.database_url("catalog")} and so on
  logs          {stack.folder}/logs

Try:
  curl -s '{site}/v1/qualifications'
  curl -s -G '{site}/v1/qualifications' --data-urlencode 'text=контактного центра'
  curl -s '{site}/v1/verification?number=07.01000.00.00000001.29&issued_on=2026-03-02'
  curl -s '{stack.base_url("certificates")}/health/ready'

Tokens, by part: make -s token PART=centre
  ({", ".join(ROLES)})

Ctrl-C stops everything; the data stays.""")


def _stop_owned_stack(stack: Stack) -> None:
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(
            signal_number, signal.SIG_IGN
        )  # stopping is bounded in time; do not break it off
    if not stack.is_owned:
        return
    started_at = time.monotonic()
    for process in stack.stop():
        console.print(f"Ended by force: {process}", markup=False)
    console.print(f"Stopped after {time.monotonic() - started_at:.1f} s.")


def _raise_interrupt(_number: int, _frame: object) -> None:
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, signal.SIG_IGN)
    raise KeyboardInterrupt


def print_token(settings: LocalSettings, role: str) -> int:
    """Prints a bearer token for a role in the procedure, valid for 8 hours."""
    stack = Stack.find_running(settings)
    if stack is None:
        console.print("No stack runs from here. `make run` starts one.", style="red")
        return NOT_RUNNING
    print(stack.issue_token(role))
    return 0


COMMANDS = {"run": run_stack, "stop": stop_stack, "status": show_status}
