"""A release of the chart in a namespace of its own, by Helm's and Kubernetes' own commands."""

import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from types import MappingProxyType

from deploy.local.calls import wait_for
from deploy.local.ports import accepts_connections
from tests.chart.chart_files import CHART
from tests.containers.composition import COMMAND_SECONDS, CommandFailed, run_command
from tests.docs.pages import ROOT
from tests.ports import reserve_ports

FOLDER = Path(__file__).parent
RELEASE = "attesta"
WAIT_SECONDS = COMMAND_SECONDS - 60
"""A command says what it waited for in vain, before it is broken off."""
REACH_SECONDS = 10
OWN_IMAGES = {
    "ATTESTA_IMAGE": "attesta:local",
    "ATTESTA_NEXT_IMAGE": "attesta:next",
    "ATTESTA_TRIAL_IMAGE": "attesta-trial:local",
}
"""Names of the platform's images, unless the environment has others."""
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"


@dataclass(frozen=True, slots=True)
class Release:
    """The chart's trial, with what stands beside it; `images` are by the variables of Compose."""

    context: str
    namespace: str
    images: Mapping[str, str]

    def prepare(self, secrets: Path) -> None:
        """Makes the namespace, which refuses pods that may too much, and the surroundings."""
        self.run_kubectl("create", "namespace", self.namespace)
        self.run_kubectl("label", "namespace", self.namespace, RESTRICTED)
        self.run_kubectl("create", "secret", "generic", "attesta-trial", f"--from-file={secrets}")
        script = ROOT / "deploy" / "postgres" / "databases.sql"
        self.run_kubectl("create", "configmap", "databases", f"--from-file={script}")
        surroundings = Template((FOLDER / "surroundings.yaml").read_text())
        self.run_kubectl("apply", "-f", "-", stdin=surroundings.substitute(self.images))
        self.run_kubectl("wait", "deployment", "--all", "--for=condition=Available", *_timeout())

    def install(self, image: str, replicas: Mapping[str, int] = MappingProxyType({})) -> None:
        """Installs, or upgrades to this image, with so many of each; returns when no others run."""
        repository, _, tag = image.rpartition(":")
        self.run_helm(
            *("upgrade", "--install", RELEASE, str(CHART), "--wait", *_timeout()),
            *("--values", str(CHART / "examples" / "trial.yaml")),
            *("--values", str(FOLDER / "values.yaml")),
            *("--set", f"image.repository={repository},image.tag={tag}"),
            *("--set", f"gateway.image={self.images['ATTESTA_NGINX_IMAGE']}"),
            *(f"--set=processes.{name}.replicas={count}" for name, count in replicas.items()),
        )
        self._wait_for_ends()

    def roll_back(self) -> None:
        """Takes the processes back to what ran before; returns when no others run."""
        self.run_helm("rollback", RELEASE, "--wait", *_timeout())
        self._wait_for_ends()

    def kill_pod(self, component: str) -> str:
        """Ends a pod of the process at once, without a word to it; its name."""
        selector = f"app.kubernetes.io/component={component}"
        name = self.run_kubectl("get", "pods", "--output=name", "--selector", selector).split()[0]
        self.run_kubectl("delete", name, "--force", "--grace-period=0")
        return name

    def reaches(self, deployment: str, host: str, port: int) -> bool:
        """Whether a pod of the deployment is let in at this port."""
        program = f"import socket; socket.create_connection(({host!r}, {port}), {REACH_SECONDS})"
        try:
            self.run_kubectl("exec", f"deployment/{deployment}", "--", "python", "-c", program)
        except CommandFailed as failure:
            if "TimeoutError" in str(failure) or "ConnectionRefusedError" in str(failure):
                return False
            raise
        return True

    @contextmanager
    def forwarding(self, target: str, port: int) -> Iterator[int]:
        """The port of this machine that leads to a port of the target while the block lasts."""
        local_port = reserve_ports().gateway
        command = self._kubectl("port-forward", target, f"{local_port}:{port}")
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                wait_for(lambda: accepts_connections(local_port) or None, f"a way to {target}")
                yield local_port
            finally:
                process.send_signal(signal.SIGINT)

    def remove(self) -> None:
        """Takes everything away, the namespace as well."""
        self.run_kubectl("delete", "namespace", self.namespace, *_timeout())

    def run_kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What the command writes. Raises `CommandFailed`."""
        return run_command(*self._kubectl(*arguments), stdin=stdin)

    def run_helm(self, *arguments: str) -> str:
        """What the command writes. Raises `CommandFailed`."""
        options = ["--kube-context", self.context, "--namespace", self.namespace]
        return run_command("helm", *arguments, *options)

    def _wait_for_ends(self) -> None:
        """Helm waits for those that begin, not for those that end: they work on meanwhile."""
        query = "--output=jsonpath={.items[*].metadata.deletionTimestamp}"
        wait_for(lambda: not self.run_kubectl("get", "pods", query) or None, "pods to end")

    def _kubectl(self, *arguments: str) -> list[str]:
        return ["kubectl", "--context", self.context, "--namespace", self.namespace, *arguments]


def _timeout() -> tuple[str, ...]:
    return ("--timeout", f"{WAIT_SECONDS}s")
