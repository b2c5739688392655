"""What a trial on containers needs besides the platform: `python -m deploy.local.containers VERB`.

`prepare` makes secrets and the bucket of documents, once; `load` publishes the qualifications;
`demo` plays the life of a certificate; `token PART` prints a bearer token. For trying out only: in
production an orchestrator hands over secrets, and people sign in at an identity provider.
"""

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

from deploy.local.approval import build_load_command
from deploy.local.calls import StoryFailed, open_services
from deploy.local.issuer import FOLDER_VARIABLE, StackSecrets
from deploy.local.roles import ROLES
from deploy.local.scenes import play_story
from deploy.local.settings import SERVICES, LocalSettings
from deploy.local.terminal import console

BUCKET = Path("/documents/documents")
"""A bucket of the store is a folder in its volume."""
MARK = "local-trial-only"
"""What every generated password begins with."""
NOTICE = (
    "Made for a trial on one machine, readable for every container of it. Not for production.\n"
)


def prepare_trial(folder: Path) -> None:
    """Makes the secrets that are not there yet, and the bucket of documents."""
    BUCKET.mkdir(exist_ok=True)
    make_secrets(folder)


def make_secrets(folder: Path) -> None:
    """Makes those that are not there yet: files called as the settings, in small letters."""
    stack_secrets = StackSecrets(folder)
    password = _keep(folder, "postgres_password", _generate_password())
    values = {
        "README": NOTICE,
        **{
            f"attesta_{service}_database_url": _build_database_url(service, password)
            for service in SERVICES
        },
        "attesta_applications_data_keys": stack_secrets.data_key,
        "attesta_applications_documents_key_id": MARK,
        "attesta_applications_documents_key_secret": _generate_password(),
        "attesta_certificates_data_keys": stack_secrets.webhook_key,
        "attesta_certificates_signing_keys": stack_secrets.evidence_keys,
        "grafana_password": _generate_password(),
        "operations_client_secret": stack_secrets.client_secrets["operations"],
    }
    # Made here, since the issuer may not write.
    values["issuer.json"] = json.dumps(stack_secrets.signing_key.as_dict(private=True))
    for name, value in values.items():
        _keep(folder, name, value)
    # Images of others read them as users of their own.
    for path in folder.iterdir():
        path.chmod(0o444)


def load_qualifications(folder: Path) -> None:
    """Replaces this process by the one that publishes the qualifications."""
    command = build_load_command("http://catalog:8000", LocalSettings().civil_today())
    environment = {**os.environ, "ATTESTA_TOKEN": issue_token(folder, "council")}
    os.execve(sys.executable, [sys.executable, "-m", *command], environment)  # noqa: S606 - no shell wanted


def play_demo(folder: Path) -> None:
    """Plays the demo's scenes. Raises `SystemExit` when one of them fails."""
    try:
        with open_services(
            lambda _: "http://gateway:8000", issue_token(folder, "demo")
        ) as services:
            play_story(
                services,
                lambda service: (folder / f"attesta_{service}_database_url").read_text(),
                "http://mailbox:8000",
            )
    except StoryFailed as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(1)


def issue_token(folder: Path, role: str) -> str:
    """A bearer token for a role in the procedure. Raises `KeyError` for an unknown role."""
    return StackSecrets(folder).issue_token(role, os.environ["ATTESTA_AUTH_ISSUER"])


def run_command() -> None:
    """Runs the command of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["prepare", "load", "demo", "token"])
    parser.add_argument("part", nargs="?", choices=ROLES, default="demo", help="of a token")
    arguments = parser.parse_args()
    folder = Path(os.environ[FOLDER_VARIABLE])
    if arguments.verb == "token":
        print(issue_token(folder, arguments.part))
    else:
        verbs = {"prepare": prepare_trial, "load": load_qualifications, "demo": play_demo}
        verbs[arguments.verb](folder)


def _build_database_url(service: str, password: str) -> str:
    return f"postgresql://postgres:{password}@postgres/attesta_{service}"


def _generate_password() -> str:
    return f"{MARK}-{secrets.token_urlsafe()}"


def _keep(folder: Path, name: str, value: str) -> str:
    """The secret of this name: what was kept, or else this value from now on."""
    path = folder / name
    if not path.exists():
        unfinished = folder / f"{name}.new"
        unfinished.write_text(value)
        unfinished.replace(path)
    return path.read_text()


if __name__ == "__main__":
    run_command()
