"""Apache Kafka, one KRaft node without Docker: `python -m deploy.local.kafka --data FOLDER ...`.

Its jars come from Maven by `deploy/kafka/pom.xml`; a JDK 17 or newer runs them. Unlike the embedded
broker it keeps its data between runs.
"""

import argparse
import base64
import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

from deploy.local.errors import StackError, indent_tail
from deploy.local.ports import HOST
from deploy.local.settings import PROJECT

POM = PROJECT / "deploy" / "kafka" / "pom.xml"
JARS_FOLDER = PROJECT / ".local" / "kafka" / "lib"
"""The jars; all stacks of this checkout share them."""

OLDEST_JDK = 17
INSTALLATION_HINT = (
    f"Apache Kafka needs Maven and a JDK {OLDEST_JDK} or newer"
    " (Debian and Ubuntu: apt-get install maven openjdk-17-jdk-headless; macOS: brew install maven"
    " openjdk). The embedded broker needs neither: leave ATTESTA_LOCAL_BROKER unset."
)


def describe_missing_tools() -> str | None:
    """Which tools this machine lacks to run Apache Kafka, in words; None when it has all."""
    version = _jdk_version()
    if version is None:
        return f"No working java was found. {INSTALLATION_HINT}"
    if version < OLDEST_JDK:
        return f"The java found is version {version}. {INSTALLATION_HINT}"
    if shutil.which("mvn") is None and not _jars_complete():
        return f"Maven's command mvn was not found. {INSTALLATION_HINT}"
    return None


def fetch_jars() -> None:
    """Lets Maven copy the jars unless those of this `pom.xml` are there. Raises `StackError`."""
    if problem := describe_missing_tools():
        raise StackError(problem)
    JARS_FOLDER.parent.mkdir(parents=True, exist_ok=True)
    # Of two stacks that begin at once the second waits, and finds what the first has fetched.
    with (JARS_FOLDER.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _jars_complete():
            _fetch_jars_anew()


def _fetch_jars_anew() -> None:
    unfinished = JARS_FOLDER.with_name(f"lib.{os.getpid()}")
    process = subprocess.run(
        [
            *("mvn", "--quiet", "--batch-mode", "--file", str(POM), "dependency:copy-dependencies"),
            *(f"-DoutputDirectory={unfinished}", "-DincludeScope=runtime"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise StackError(
            f"Maven could not fetch Apache Kafka:\n{indent_tail(process.stdout + process.stderr)}"
        )
    (unfinished / "pom.sha256").write_text(_pom_hash())
    shutil.rmtree(JARS_FOLDER, ignore_errors=True)
    unfinished.rename(JARS_FOLDER)


def prepare_node(data: Path, port: int, controller_port: int) -> Path:
    """Writes the node's properties and formats its storage; the path of the properties.

    Formatting happens once: storage that has a cluster id is left as it is. Raises `StackError`.
    """
    data.mkdir(parents=True, exist_ok=True)
    properties = data / "server.properties"
    common_properties = (PROJECT / "deploy" / "kafka" / "server.properties").read_text()
    stack_properties = {
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "log.dirs": str(data / "log"),
    }
    lines = [f"{name}={value}" for name, value in stack_properties.items()]
    properties.write_text("\n".join([common_properties, "# Of this stack", *lines, ""]))
    if not (data / "log" / "meta.properties").exists():
        format_storage(properties)
    return properties


def format_storage(properties: Path, *options: str) -> None:
    """Gives the storage of these properties a cluster's id. Raises `StackError`.

    `options` are further ones of Kafka's own program, such as `--add-scram=...`.
    """
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    process = subprocess.run(
        [
            *java_command("kafka.tools.StorageTool"),
            *("format", "--ignore-formatted", f"--cluster-id={cluster_id}"),
            *("--config", str(properties), *options),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise StackError(
            f"Kafka's storage was not formatted:\n{indent_tail(process.stdout + process.stderr)}"
        )


def java_command(main_class: str) -> list[str]:
    """The command line of one of Kafka's programs: small, and quick to start."""
    return [
        *(_java_program(), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        f"-Dlog4j2.configurationFile={POM.with_name('log4j2.properties')}",
        *("-cp", f"{JARS_FOLDER}/*", main_class),
    ]


def _java_program() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else shutil.which("java") or "java"


@functools.cache
def _jdk_version() -> int | None:
    try:
        process = subprocess.run(
            [_java_program(), "-version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    match = re.search(r'version "(\d+)', process.stderr)
    return int(match.group(1)) if match else None


def _jars_complete() -> bool:
    hash_file = JARS_FOLDER / "pom.sha256"
    return hash_file.exists() and hash_file.read_text() == _pom_hash()


def _pom_hash() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()


def run_node() -> None:
    """Prepares the node and replaces this process by it."""
    parser = argparse.ArgumentParser(description="One Apache Kafka node, in the foreground.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--controller-port", type=int, required=True)
    arguments = parser.parse_args()
    try:
        fetch_jars()
        properties = prepare_node(arguments.data, arguments.port, arguments.controller_port)
    except StackError as error:
        sys.exit(str(error))
    command = [*java_command("kafka.Kafka"), str(properties)]
    os.execvp(command[0], command)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    run_node()
