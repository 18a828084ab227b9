"""The demo goes from the chain's files to its report, on as few households as a model can be trained with."""

import json
from pathlib import Path

import pytest
from rich.console import Console

import demo.prepare
from demo.run import Demo

HOUSEHOLDS = 40


def test_the_demo_is_played_to_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo.prepare, "QUICK_HOUSEHOLDS", HOUSEHOLDS)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with (tmp_path / "said.txt").open("w") as said:
        Demo(tmp_path, Console(file=said, width=110), quick=True).run(serve=False)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["counts.households"] == HOUSEHOLDS
    assert report["decided.decisions"] == 2 * HOUSEHOLDS
    assert report["played.baskets"] == 40
    assert report["played.asked"] > 0
    assert "40 baskets" in (tmp_path / "report.html").read_text()
