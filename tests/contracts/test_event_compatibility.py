"""Which changes of the AsyncAPI document break readers of events, and which do not."""

import json
from typing import Any

import pytest

from tests.contracts.baselines import read_baseline
from tests.contracts.compatibility.messages import compare_asyncapi


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"properties": {"note": {"type": "string"}}}, None),
        ({"properties": {"note": {"type": "string"}}, "required": ["note"]}, "/note: is newly"),
        ({"properties": {"valid_until": {"type": "integer"}}}, "/valid_until: type"),
        ({"properties": {"number": {"pattern": "^x", "type": "string"}}}, "/number: pattern"),
        ({"properties": {"number": {"type": "string"}}}, "/number: maxLength"),
        ({"required": []}, "/number: is no longer certain"),
        ({"additionalProperties": False}, "/*:"),
        ({"not": {}}, " not: "),
    ],
)
def test_an_event_may_only_gain_optional_members(
    change: dict[str, Any], finding: str | None
) -> None:
    old, new = read_baseline("events"), read_baseline("events")
    schema = new["components"]["schemas"]["CertificateExpired"]
    schema["properties"] |= change.get("properties", {})
    schema["required"] = change.get("required", []) + (
        [] if change.get("required") == [] else schema["required"]
    )
    schema |= {word: value for word, value in change.items() if word not in {*schema}}
    changes = compare_asyncapi(old, new)
    if finding is None:
        assert changes == []
    else:
        assert any(f"kept CertificateExpired{finding}" in line for line in changes), changes


def test_channels_messages_and_headers_do_not_change() -> None:
    old = read_baseline("events")
    text = json.dumps(old)
    expired = "certificates.certificate.expired.v1"
    moved_document = json.loads(text.replace('"attesta.certificates.', '"other.certificates.'))
    assert any(
        "channel certificates.certificate: address" in line
        for line in compare_asyncapi(old, moved_document)
    )

    without_message = json.loads(text)
    del without_message["components"]["messages"][expired]
    del without_message["channels"]["certificates.certificate"]["messages"][expired]
    changes = compare_asyncapi(old, without_message)
    assert f"{expired}: is gone" in changes
    assert f"channel certificates.certificate: no longer {expired}" in changes

    without_header = json.loads(text)
    headers = without_header["components"]["messageTraits"]["CloudEvent"]["headers"]
    del headers["properties"]["ce_correlationid"]
    assert "CloudEvent headers/ce_correlationid: is gone" in compare_asyncapi(old, without_header)

    without_channel = json.loads(text)
    del without_channel["channels"]["catalog.qualification"]
    del without_channel["operations"]["publish.catalog.qualification"]
    assert compare_asyncapi(old, without_channel) == [
        "channel catalog.qualification: is gone",
        "operation publish.catalog.qualification: is gone",
    ]
    assert compare_asyncapi(without_channel, old) == []
