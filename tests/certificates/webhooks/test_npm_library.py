"""Signatures as another language's library of Standard Webhooks checks them: that of npm."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.delivery.webhooks import BATCH_TYPE, build_batch, create_secret, sign_message

PACKAGE = "standardwebhooks@1.1.1"
INSTALL_SECONDS = 120
CHECK = """
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";
const answers = JSON.parse(readFileSync(0, "utf8")).map(({ secret, body, headers }) => {
  try { return new Webhook(secret).verify(body, headers).length; }
  catch (error) { return error.constructor.name; }
});
console.log(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package installed; skips where Node.js or the package cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no Node.js with npm on this machine")
    folder = tmp_path_factory.mktemp("npm")
    options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
    try:
        installed = subprocess.run(
            [npm, "install", *options, PACKAGE],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not bring {PACKAGE} within {INSTALL_SECONDS} s")
    if installed.returncode != 0:
        pytest.skip(f"npm cannot bring {PACKAGE}: {installed.stderr[-200:]}")
    (folder / "check.mjs").write_text(CHECK)
    return folder


def test_the_library_of_npm_verifies_what_we_sign(node_folder: Path) -> None:
    old, new, foreign = (create_secret() for _ in range(3))
    body = build_batch(['{"id":"evt_1","name":"Ёж"}', '{"id":"evt_2"}'])
    headers = dict(sign_message("evt_1_2", body, BATCH_TYPE, [new, old]))
    questions = [
        {"secret": secret, "body": text, "headers": headers}
        for secret, text in (
            (new, body.decode()),
            (old, body.decode()),
            (foreign, body.decode()),
            (new, body.decode() + " "),
        )
    ]
    checked = subprocess.run(
        ["node", "check.mjs"],
        cwd=node_folder,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    refusal = "WebhookVerificationError"
    assert json.loads(checked.stdout) == [2, 2, refusal, refusal]
