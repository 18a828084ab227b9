"""Every Python block of a document runs, top to bottom, in an empty folder."""

from pathlib import Path

import pytest

from tests.docs.blocks import DOCUMENTS, blocks, name

WITH_PYTHON = [path for path in DOCUMENTS if blocks(path, "python")]


def run(path: Path) -> None:
    """Run the blocks of one file in one namespace, so that a later one goes on where an earlier one stopped."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(path, "python"):
        padded = "\n" * (block.line - 1) + block.text
        exec(compile(padded, str(path), "exec"), namespace)  # noqa: S102 (our own documents)


@pytest.mark.parametrize("path", WITH_PYTHON, ids=name)
def test_the_blocks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run(path)


def test_the_readme_has_an_example():
    assert "README.md" in map(name, WITH_PYTHON)


def test_a_block_that_breaks_is_seen(tmp_path: Path):
    document = tmp_path / "broken.md"
    document.write_text("```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    with pytest.raises(AssertionError):
        run(document)
