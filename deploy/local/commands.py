"""What can be done with a local stack from the command line, and how it looks there."""

import contextlib
import signal
import time
from collections.abc import Iterator

import psutil
from rich.console import Console
from rich.table import Table

from deploy.local import remains
from deploy.local.claim import Claim
from deploy.local.errors import StackError
from deploy.local.issuer import PARTS
from deploy.local.processes import wait_until_gone
from deploy.local.settings import LocalSettings
from deploy.local.stack import Stack

NOT_RUNNING = 3
"""The exit status of `status` then, as of the service scripts of Unix."""

INTERRUPTED = 130
"""The exit status of a start that was broken off, as of a shell's."""

console = Console(highlight=False, soft_wrap=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Shows a step while it lasts, and how long it took."""
    began = time.monotonic()
    with console.status(title):
        yield
    console.print(f"[green]✓[/green] {title} [dim]{time.monotonic() - began:.1f} s[/dim]")


def run(settings: LocalSettings) -> int:
    """Starts the stack and keeps it until Ctrl-C or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    began = time.monotonic()
    stack = Stack(settings)
    status = INTERRUPTED
    try:
        stack.start(step)
        status = 0
        _introduce(stack, time.monotonic() - began)
        while stack.supervised():
            time.sleep(0.5)
        raise StackError(f"The process supervisor ended; see {stack.log('supervisor')}.")
    except KeyboardInterrupt:
        console.print()
    except StackError as error:
        console.print(str(error), style="red", markup=False)
        status = 1
    finally:
        _stop(stack)
    return status


def stop(settings: LocalSettings) -> int:
    """Stops the stack of this folder, whoever started it and however that ended."""
    folder = settings.folder.expanduser().resolve()
    told = Claim(folder).read()
    if told is not None:
        with step(f"Stopping the stack of process {told.owner}"):
            owner = psutil.Process(told.owner)
            owner.terminate()
            late = wait_until_gone([owner], settings.stop_seconds + 2 * remains.GRACE_SECONDS)
            if late:
                owner.kill()
                wait_until_gone([owner], remains.GRACE_SECONDS)
    left = remains.end(folder, settings.stop_seconds)
    for process in left:
        console.print(f"Ended what was left: {process}", markup=False)
    if told is None and not left:
        console.print("No stack runs from here.")
    return 0


def status(settings: LocalSettings) -> int:
    """Shows every program; exit status 0 when all are ready, 3 when no stack runs."""
    stack = Stack.running(settings)
    if stack is None:
        console.print("No stack runs from here. `make run` starts one.")
        if left := remains.find(settings.folder.expanduser().resolve()):
            console.print(f"{len(left)} processes of a killed one do; `make stop` ends them.")
        return NOT_RUNNING
    table = Table("program", "process", "for", "state", "ready", box=None)
    known = stack.programs()
    all_ready = True
    for name in stack.program_names:
        program, problem = known[name], stack.unreadiness(name)
        all_ready = all_ready and problem is None
        ready = "yes" if problem is None else problem
        table.add_row(name, str(program.pid), f"{program.seconds:.0f} s", program.state, ready)
    console.print(table)
    return 0 if all_ready else 1


def _introduce(stack: Stack, seconds: float) -> None:
    catalog, applications, certificates = map(
        stack.base_url, ("catalog", "applications", "certificates")
    )
    console.print(f"""
[bold green]Attesta is ready[/bold green] after {seconds:.1f} s.

  catalogue     {catalog}/ (pages for people)
  catalog       {catalog}/docs
  applications  {applications}/docs
  certificates  {certificates}/docs
  for clerks    {applications}/ru/queue (pages; sign in with the token of `centre`)
  for employers {certificates}/ru/verify (pages)
  broker        {stack.bootstrap_servers} (Kafka protocol)
  databases     {stack.database_url("catalog")} and so on
  logs          {stack.folder}/logs

Try:
  curl -s '{catalog}/v1/qualifications'
  curl -s -G '{catalog}/v1/qualifications' --data-urlencode 'text=контактного центра'
  curl -s '{certificates}/v1/verification?number=07.01000.00.00000001.29&issued_on=2026-03-02'
  curl -s '{certificates}/health/ready'

Tokens, by part: make -s token PART=centre
  ({", ".join(PARTS)})

Ctrl-C stops everything; the data stays.""")


def _stop(stack: Stack) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # stopping is bounded in time; do not break it off
    if not stack.owned:
        return
    began = time.monotonic()
    for process in stack.stop():
        console.print(f"Ended by force: {process}", markup=False)
    console.print(f"Stopped after {time.monotonic() - began:.1f} s.")


def _interrupt(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def token(settings: LocalSettings, part: str) -> int:
    """Prints a bearer token for a part in the procedure, for 8 hours."""
    stack = Stack.running(settings)
    if stack is None:
        console.print("No stack runs from here. `make run` starts one.", style="red")
        return NOT_RUNNING
    print(stack.token(part))
    return 0


VERBS = {"run": run, "stop": stop, "status": status}
