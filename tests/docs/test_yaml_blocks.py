"""Every YAML block that names a file of a shop is right, in the shop of the grocery example."""

from collections.abc import Mapping
from importlib.resources import files

import pytest

from shopkeeper.core.definitions import Definitions
from shopkeeper.flows.definitions import FILES, DefinitionErrors, load_definitions
from tests.docs.blocks import DOCUMENTS, Block, blocks

GROCERY = {file: (files("shopkeeper.cli") / "examples" / "grocery" / file).read_text("utf-8") for file in FILES}
NEEDED = {"shop.yaml": [], "traits.yaml": ["shop.yaml"]}


def named(block: Block) -> str:
    """Return the file that a YAML block's first line names, or an empty text."""
    if block.language != "yaml":
        return ""
    first = block.text.partition("\n")[0].removeprefix("# ")
    return first if first in FILES else ""


BLOCKS = [block for path in DOCUMENTS for block in blocks(path) if named(block)]


def load(file: str, text: str) -> Definitions:
    """Load a file in place of the grocery chain's, beside the files that it may name things of."""
    beside = NEEDED.get(file, ["shop.yaml", "traits.yaml"])
    texts: Mapping[str, str] = {other: GROCERY[other] for other in beside} | {file: text}
    return load_definitions(texts)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_the_block_is_right(block: Block):
    load(named(block), block.text)


def test_every_file_of_a_shop_is_shown():
    assert {named(block) for block in BLOCKS} == set(FILES)


def test_a_block_that_is_wrong_is_seen():
    with pytest.raises(DefinitionErrors):
        load("segments.yaml", "# segments.yaml\na: {where: no_such_trait > 1}")
