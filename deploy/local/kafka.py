"""Apache Kafka, one KRaft node without Docker: `python -m deploy.local.kafka --data FOLDER ...`.

Its jars come from Maven by `deploy/kafka/pom.xml`; a JDK 17 or newer runs them. Unlike the embedded
broker it keeps what it was given.
"""

import argparse
import base64
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

from deploy.local.errors import StackError, tail
from deploy.local.ports import HOST
from deploy.local.settings import PROJECT

POM = PROJECT / "deploy" / "kafka" / "pom.xml"
LIBRARY = PROJECT / ".local" / "kafka" / "lib"
"""The jars; all stacks of this checkout share them."""

OLDEST_JDK = 17
HOW_TO_GET = (
    f"Apache Kafka needs Maven and a JDK {OLDEST_JDK} or newer"
    " (Debian and Ubuntu: apt-get install maven openjdk-17-jdk-headless; macOS: brew install maven"
    " openjdk). The embedded broker needs neither: leave ATTESTA_LOCAL_BROKER unset."
)


def missing() -> str | None:
    """What this machine lacks to run Apache Kafka, in words; None when nothing."""
    version = _jdk()
    if version is None:
        return f"No working java was found. {HOW_TO_GET}"
    if version < OLDEST_JDK:
        return f"The java found is version {version}. {HOW_TO_GET}"
    if shutil.which("mvn") is None and not _complete():
        return f"Maven's command mvn was not found. {HOW_TO_GET}"
    return None


def fetch() -> None:
    """Lets Maven copy the jars, unless those of this very `pom.xml` are there."""
    if lack := missing():
        raise StackError(lack)
    if _complete():
        return
    unfinished = LIBRARY.with_name(f"lib.{os.getpid()}")
    done = subprocess.run(
        [
            *("mvn", "--quiet", "--batch-mode", "--file", str(POM), "dependency:copy-dependencies"),
            *(f"-DoutputDirectory={unfinished}", "-DincludeScope=runtime"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"Maven could not fetch Apache Kafka:\n{tail(done.stdout + done.stderr)}")
    (unfinished / "pom.sha256").write_text(_pom_hash())
    shutil.rmtree(LIBRARY, ignore_errors=True)
    unfinished.rename(LIBRARY)


def prepare(data: Path, port: int, controller_port: int) -> Path:
    """Writes the node's properties beside its log folder and formats that; returns their path.

    Formatting needs a cluster id only once: a folder that has one is left as it is.
    """
    data.mkdir(parents=True, exist_ok=True)
    properties = data / "server.properties"
    fixed = (PROJECT / "deploy" / "kafka" / "server.properties").read_text()
    of_this_stack = {
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "log.dirs": str(data / "log"),
    }
    lines = [f"{name}={value}" for name, value in of_this_stack.items()]
    properties.write_text("\n".join([fixed, "# Of this stack", *lines, ""]))
    if not (data / "log" / "meta.properties").exists():
        _format(properties)
    return properties


def _format(properties: Path) -> None:
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    done = subprocess.run(
        [
            *_java("kafka.tools.StorageTool"),
            *("format", "--ignore-formatted", f"--cluster-id={cluster_id}"),
            *("--config", str(properties)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"Kafka's storage was not formatted:\n{tail(done.stdout + done.stderr)}")


def _java(main_class: str) -> list[str]:
    """A command line for one of Kafka's programs: small, and quick to start."""
    return [
        *(_java_program(), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        f"-Dlog4j2.configurationFile={POM.with_name('log4j2.properties')}",
        *("-cp", f"{LIBRARY}/*", main_class),
    ]


def _java_program() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else shutil.which("java") or "java"


@functools.cache
def _jdk() -> int | None:
    try:
        answer = subprocess.run(
            [_java_program(), "-version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found.group(1)) if found else None


def _complete() -> bool:
    stamp = LIBRARY / "pom.sha256"
    return stamp.exists() and stamp.read_text() == _pom_hash()


def _pom_hash() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()


def main() -> None:
    """Becomes the node."""
    parser = argparse.ArgumentParser(description="One Apache Kafka node, in the foreground.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--controller-port", type=int, required=True)
    arguments = parser.parse_args()
    try:
        fetch()
        properties = prepare(arguments.data, arguments.port, arguments.controller_port)
    except StackError as error:
        sys.exit(str(error))
    line = [*_java("kafka.Kafka"), str(properties)]
    os.execvp(line[0], line)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main()
