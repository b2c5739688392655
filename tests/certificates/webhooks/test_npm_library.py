"""Signatures as another language's library of Standard Webhooks checks them: that of npm."""

import json
from pathlib import Path

import pytest

from shared.delivery.webhooks import BATCH_TYPE, build_batch, create_secret, sign_message
from tests import node_packages

PACKAGE = "standardwebhooks@1.1.1"
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
    folder = tmp_path_factory.mktemp("npm")
    node_packages.install_packages(folder, PACKAGE)
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
    answers = node_packages.run_module(node_folder, CHECK, json.dumps(questions))
    refusal = "WebhookVerificationError"
    assert json.loads(answers) == [2, 2, refusal, refusal]
