"""Nothing that was published breaks, unless it is accepted by name and with a reason."""

import json
from pathlib import Path

import pytest

from tests.contracts import baselines
from tests.contracts.compatibility.documents import render

by_name = pytest.mark.parametrize("name", baselines.BUILDERS)


@by_name
def test_what_breaks_a_published_document_is_accepted_and_nothing_else(name: str) -> None:
    changes = baselines.list_breaking_changes(name)
    accepted_changes = {line for line in baselines.read_accepted() if line.startswith(f"{name}: ")}
    assert [change for change in changes if change not in accepted_changes] == [], (
        "see `python -m tests.contracts.baselines`"
    )
    assert sorted(accepted_changes - {*changes}) == [], "take these out of accepted.json"


def test_everything_accepted_has_a_reason_and_belongs_to_a_document() -> None:
    for line, reason in baselines.read_accepted().items():
        assert line.partition(": ")[0] in baselines.BUILDERS, line
        assert len(reason.split()) > 1, line


@by_name
def test_the_published_documents_are_kept_without_words_and_in_order(name: str) -> None:
    text = baselines.baseline_file(name).read_text("utf-8")
    assert render(json.loads(text)) + "\n" == text


def test_a_release_waits_for_whatever_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(baselines, "FOLDER", tmp_path)
    monkeypatch.setattr(baselines, "ACCEPTED_FILE", tmp_path / "accepted.json")
    monkeypatch.setattr(baselines, "BUILDERS", {"events": baselines.BUILDERS["events"]})
    baselines.main(["--start"])
    file = baselines.baseline_file("events")
    present_text = file.read_text("utf-8")
    baselines.main([])
    assert capsys.readouterr().out == ""

    earlier_document = json.loads(present_text)
    earlier_document["components"]["schemas"]["CertificateIssued"]["properties"]["seal"] = {}
    file.write_text(render(earlier_document), "utf-8")
    with pytest.raises(SystemExit, match="would break"):
        baselines.main(["--publish"])
    change = "events: kept CertificateIssued/seal: is gone"
    assert f"{change} — NOT ACCEPTED" in capsys.readouterr().out

    (tmp_path / "accepted.json").write_text(json.dumps({change: "nobody ever filled it"}))
    baselines.main([])
    assert f"{change} — nobody ever filled it" in capsys.readouterr().out
    assert file.read_text("utf-8") != present_text
    baselines.main(["--publish"])
    assert file.read_text("utf-8") == present_text
    assert baselines.read_accepted() == {}
