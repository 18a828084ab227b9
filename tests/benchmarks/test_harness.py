"""A benchmark that was not run, or broke, never reads as met."""

from pathlib import Path

import pytest

from benchmarks.harness import Row, bench, missing, names, row, run


def test_a_row_without_data_is_not_run_and_never_met():
    result = missing("cdnow", "no data folder")
    assert result.met is None
    assert result.mark == "not run: no data folder"
    assert result.figure is None


@pytest.mark.parametrize(("figure", "met"), [(119.0, True), (120.0, True), (121.0, False)])
def test_a_mark_judges_the_figure(figure: float, met: bool):
    assert row("import", figure, "s", at_most=120).met is met


def test_both_bounds_must_hold():
    assert row("share", 0.5, "", at_least=0.4, at_most=0.6).met is True
    assert row("share", 0.7, "", at_least=0.4, at_most=0.6).met is False


def test_a_figure_without_a_mark_is_neither_met_nor_missed():
    assert row("novelty", 3.0, "bits").met is None


def test_the_ratio_is_to_the_baseline_of_the_same_run():
    assert row("decide", 500, "/s", baseline=2000).ratio == pytest.approx(0.25)


def test_names_are_read_without_importing_the_module(tmp_path: Path):
    (tmp_path / "broken.py").write_text('import nowhere\n@bench("a.b")\ndef f(): ...\n')
    assert names(tmp_path) == {"a.b": "broken"}


def test_a_benchmark_may_give_one_row_or_several():
    one = Row("x", 1.0, "s", None, None, "", None)
    bench("test.one")(lambda: one)
    bench("test.two")(lambda: [one, one])
    assert run("test.one") == [one]
    assert run("test.two") == [one, one]
