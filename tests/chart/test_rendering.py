"""What Helm makes of the chart, and whether Kubernetes' schemas take it."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.chart_files import CHART, EXAMPLES, read_example
from tests.chart.schemas import SCHEMA_LOCATION, find_openapi_document, write_schemas
from tests.chart.test_platform import GATEWAY, PROCESSES
from tests.deploy.nginx import NGINX
from tests.docs.pages import ROOT

TOOLS = os.pathsep.join((str(ROOT / ".local" / "bin"), os.environ["PATH"]))
"""Where `make chart-tools` puts them, or wherever they are."""
HELM = shutil.which("helm", path=TOOLS)
KUBECONFORM = shutil.which("kubeconform", path=TOOLS)
SERVICES = ("catalog", "applications", "certificates")
OPERATORS_GROUPS = ("postgresql.cnpg.io/", "kafka.strimzi.io/", "monitoring.coreos.com/")
Manifest = dict[str, Any]

pytestmark = pytest.mark.skipif(HELM is None, reason="needs helm: see docs/kubernetes.md")


def _run_helm(*arguments: str) -> str:
    outcome = subprocess.run(
        [str(HELM), *arguments], cwd=CHART, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


@cache
def _render(example: str, *options: str) -> tuple[Manifest, ...]:
    values = f"examples/{example}.yaml"
    text = _run_helm("template", "attesta", ".", "--namespace", "here", "-f", values, *options)
    return tuple(document for document in yaml.safe_load_all(text) if document)


def _select(example: str, kind: str, *options: str) -> dict[str, Manifest]:
    """The manifests of a kind, by name without the release's."""
    return {
        manifest["metadata"]["name"].removeprefix("attesta-"): manifest
        for manifest in _render(example, *options)
        if manifest["kind"] == kind
    }


def _container(manifest: Manifest) -> Any:
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    return container


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_chart_is_clean(example: str) -> None:
    _run_helm("lint", ".", "--strict", "-f", f"examples/{example}.yaml")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_process_is_deployed_and_fenced(example: str) -> None:
    names = PROCESSES.keys() | {GATEWAY}
    assert _select(example, "Deployment").keys() == names
    assert _select(example, "NetworkPolicy").keys() == names | {"migrations"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_budgets_and_scaling_are_where_there_is_more_than_one(example: str) -> None:
    processes = read_example(example)["processes"]
    budgets = {name for name, values in processes.items() if values["replicas"] > 1}
    scalers = {name for name, values in processes.items() if "maxReplicas" in values}
    assert _select(example, "PodDisruptionBudget").keys() == budgets
    assert _select(example, "HorizontalPodAutoscaler").keys() == scalers
    counted_names = {
        name
        for name, manifest in _select(example, "Deployment").items()
        if "replicas" in manifest["spec"]
    }
    assert counted_names == processes.keys() - scalers, "whom a scaler counts, nobody else does"


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_container_is_probed_and_may_do_little(example: str) -> None:
    for name, manifest in _select(example, "Deployment").items():
        pod, container = manifest["spec"]["template"]["spec"], _container(manifest)
        assert {"livenessProbe", "readinessProbe", "lifecycle"} <= container.keys(), name
        ports = {port["name"] for port in container["ports"]}
        assert container["readinessProbe"]["httpGet"]["port"] in ports, name
        assert container["securityContext"]["readOnlyRootFilesystem"], name
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["enableServiceLinks"] is False, "ATTESTA_ is the settings' prefix, too"
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        limit = read_example(example)["stopping"]["shutdownSeconds"]
        assert pod["terminationGracePeriodSeconds"] > pause + limit, name


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_process_gets_its_own_services_settings_and_no_secret_in_plain(example: str) -> None:
    assert not _select(example, "Secret")
    secret_names = read_example(example)["secrets"].keys()
    for name, process in PROCESSES.items():
        environment = _container(_select(example, "Deployment")[name])["env"]
        names = [variable["name"] for variable in environment]
        assert len(set(names)) == len(names), name
        foreign_prefixes = [
            f"ATTESTA_{service.upper()}_" for service in SERVICES if service != process["service"]
        ]
        assert [
            variable for variable in names if variable.startswith(tuple(foreign_prefixes))
        ] == []
        assert f"ATTESTA_{process['service'].upper()}_DATABASE_URL" in names
        plain_names = {variable["name"] for variable in environment if "value" in variable}
        assert plain_names & secret_names == set()


@pytest.mark.parametrize(
    ("value", "text"), [("1000000", "1000000"), ("0.25", "0.25"), ("true", "true")]
)
def test_settings_reach_the_process_as_they_were_written(value: str, text: str) -> None:
    option = f"settings.ATTESTA_RELAY_POLL_SECONDS={value}"
    deployment = _select("trial", "Deployment", "--set-json", option)["catalog"]
    environment = {
        variable["name"]: variable.get("value") for variable in _container(deployment)["env"]
    }
    assert environment["ATTESTA_RELAY_POLL_SECONDS"] == text


@pytest.mark.parametrize(
    ("example", "options", "name", "is_hook"),
    [
        ("production", (), "migrations", True),
        ("production", ("--is-upgrade",), "migrations", True),
        ("operators", (), "migrations-first", False),
        ("operators", ("--is-upgrade",), "migrations", True),
    ],
)
def test_migrations_go_first(
    example: str, options: tuple[str, ...], name: str, is_hook: bool
) -> None:
    jobs = _select(example, "Job", *options)
    assert jobs.keys() == {name}
    annotations = jobs[name]["metadata"].get("annotations", {})
    assert annotations.get("helm.sh/hook") == ("pre-install,pre-upgrade" if is_hook else None)
    names = {variable["name"] for variable in _container(jobs[name])["env"]}
    assert {f"ATTESTA_{service.upper()}_DATABASE_URL" for service in SERVICES} <= names


def test_workers_alone_sign_in_to_the_operators_kafka() -> None:
    environments = {
        name: {variable["name"]: variable for variable in _container(manifest).get("env", ())}
        for name, manifest in _select("operators", "Deployment").items()
    }
    users = {
        name: environment["ATTESTA_KAFKA_USER"]["value"]
        for name, environment in environments.items()
        if "ATTESTA_KAFKA_PASSWORD" in environment
    }
    (user,) = _select("operators", "KafkaUser")
    workers = [name for name, process in PROCESSES.items() if process["process"] == "worker"]
    assert users == dict.fromkeys(workers, f"attesta-{user}")
    for name in workers:
        ca_file = Path(environments[name]["ATTESTA_KAFKA_CA_FILE"]["value"])
        manifest = _select("operators", "Deployment")[name]
        mounts = {
            mount["mountPath"]: mount["name"] for mount in _container(manifest)["volumeMounts"]
        }
        volumes = manifest["spec"]["template"]["spec"]["volumes"]
        secrets = {volume["name"]: volume.get("secret", {}) for volume in volumes}
        secret = secrets[mounts[str(ca_file.parent)]]
        assert secret["secretName"] == "attesta-kafka-cluster-ca-cert"
        assert secret["items"] == [{"key": "ca.crt", "path": ca_file.name}]


def test_only_the_sender_reaches_addresses_that_others_chose() -> None:
    open_policies = {
        name
        for name, policy in _select("production", "NetworkPolicy").items()
        if any(
            peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
            for rule in policy["spec"]["egress"]
            for peer in rule.get("to", [{"ipBlock": {"cidr": "0.0.0.0/0"}}])
        )
    }
    assert open_policies == {"sender"}


def test_the_gateway_asks_the_services_by_their_whole_names() -> None:
    text = _select("production", "ConfigMap")[GATEWAY]["data"]["nginx.conf"]
    for service in SERVICES:
        assert f" {service}:8000;" not in text
        assert f" attesta-{service}.here.svc.cluster.local:8000;" in text
    assert "resolver kube-dns.kube-system.svc.cluster.local valid=5s" in text
    assert "set_real_ip_from 10.0.0.0/8;" in text
    pages = _select("production", "ConfigMap")[f"{GATEWAY}-pages"]["data"]
    assert pages.keys() == {"unavailable.en.html", "unavailable.ru.html"}


@pytest.mark.skipif(NGINX is None, reason="needs nginx (Debian: apt-get install nginx-light)")
def test_nginx_takes_the_gateways_configuration(tmp_path: Path) -> None:
    option = "gateway.resolver=127.0.0.1"
    manifest = _select("production", "ConfigMap", "--set", option)[GATEWAY]
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(manifest["data"]["nginx.conf"])
    command = [str(NGINX), "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(configuration)]
    command += ["-g", f"pid {tmp_path}/nginx.pid;"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the schema of each kind that the examples have of Kubernetes itself."""
    if KUBECONFORM is None:
        pytest.skip("needs kubeconform: see docs/kubernetes.md")
    document = find_openapi_document()
    if document is None:
        pytest.skip("Go could not fetch the API's document")
    folder = tmp_path_factory.mktemp("schemas")
    kinds = {
        (manifest["apiVersion"], manifest["kind"])
        for example in EXAMPLES
        for manifest in _render(example)
        if not manifest["apiVersion"].startswith(OPERATORS_GROUPS)
    }
    write_schemas(document, kinds, folder)
    return folder


@pytest.mark.parametrize("example", EXAMPLES)
def test_kubernetes_schemas_take_what_is_rendered(example: str, schemas: Path) -> None:
    manifests = _render(example)
    foreign_kinds = {
        manifest["kind"]
        for manifest in manifests
        if manifest["apiVersion"].startswith(OPERATORS_GROUPS)
    }
    command = [str(KUBECONFORM), "-output", "json", "-summary", "-skip", ",".join(foreign_kinds)]
    outcome = subprocess.run(
        [*command, "-schema-location", str(schemas / SCHEMA_LOCATION)],
        input=yaml.safe_dump_all(manifests),
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(outcome.stdout)
    assert report["resources"] == []
    assert report["summary"]["valid"] > 20
