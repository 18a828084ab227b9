"""The report needs no network, says every figure in text too, and is safe against what the catalogue says."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from demo.report import write
from demo.result import Anyway, Coupons, Decided, Household, Pick, Played, Result, Score

SCORE = Score(2211, 0.412, 0.4, 0.424, 0.9, 0.2, 0.31, 0.8, 5.0, 0.05)
PEER = Score(2211, 0.173, 0.165, 0.181, 0.8, 0.1, 0.001, 0.9, 3.0, 0.04, ahead=(0.239, 0.23, 0.248))
OURS = Anyway(0.2, 0.18, 0.22, 12345.6, 600, 300, 0.01, 0.8)
CHAIN = Anyway(0.5, 0.4, 0.6, 99999.0, 600, 290, 0.1, 0.9)
PICK = Pick("MILK <script>alert(1)</script>", ("Bought 12 times & more",), "stretch", "$1.00", 0.25)
RESULT = Result(
    quick=True,
    counts={"households": 300, "lines": 155121},
    recommendation={
        level: {"shopkeeper": SCORE, "popular": PEER, "frequency": PEER, "random": PEER}
        for level in ("product", "category")
    },
    coupons=Coupons(OURS, CHAIN, (-0.3, -0.35, -0.25), (12.0, 3.0), (0.3, 0.7), OURS, OURS),
    decided=Decided(300, 600, 2.5, 14, 30, {"thank you": 10, "stretch": 20}),
    household=Household("Household 42", (("orders_90d", "12"),), ("regulars",), (PICK,), (PICK,)),
    played=Played(10, 99, 1.5, 8, 5, "Household 42", ("MILK",), (PICK,), (PICK,), (PICK,), (PICK,)),
    steps={"import": 61.25},
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(RESULT, tmp_path_factory.mktemp("report"))


def test_the_json_has_the_keys_that_programs_read(page: Path):
    figures = json.loads(page.with_name("report.json").read_text())
    for level in ("product", "category"):
        for method in ("shopkeeper", "popular", "frequency", "random"):
            assert figures[f"recommendation.{level}.{method}.ndcg@10"] > 0
    assert figures["coupons.shopkeeper.anyway_share"] == 0.2
    assert figures["coupons.chain.anyway_share"] == 0.5


def test_the_page_says_by_which_measure_nothing_is_won(page: Path):
    assert "26 weeks before, it is 30% for Shopkeeper and 70% for the chain" in page.read_text()


class Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_loads_nothing_from_elsewhere(page: Path):
    loads = Loads()
    loads.feed(page.read_text())
    assert loads.found == []


def test_a_title_from_the_catalogue_is_inert(page: Path):
    assert "<script>alert(1)" not in page.read_text()
    assert "&lt;script&gt;alert(1)" in page.read_text()


def test_every_charted_figure_is_also_in_a_table(page: Path):
    cells = re.findall(r"<td>([^<]*)</td>", page.read_text())
    assert {"0.412", "+0.239 (+0.230 to +0.248)", "20.0%", "18.0% to 22.0%"} <= set(cells)


def test_the_data_owner_and_the_terms_are_named(page: Path):
    assert "84.51°" in page.read_text()
    assert "education and exploration" in page.read_text()
