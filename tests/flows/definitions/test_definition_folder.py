"""A folder's files become texts, and a file that cannot is named."""

from pathlib import Path

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.definitions import DefinitionErrors, load_folder


def refusal(folder: Path) -> str:
    with pytest.raises(DefinitionErrors) as caught:
        load_folder(folder)
    return str(caught.value)


def test_only_the_files_of_a_shop_are_read(tmp_path: Path):
    for name in ("shop.yaml", "traits.yaml", "orders.yaml", "notes.txt"):
        (tmp_path / name).write_text("a: 1")
    assert set(load_folder(tmp_path)) == {"shop.yaml", "traits.yaml"}


def test_a_byte_order_mark_is_no_text(tmp_path: Path):
    (tmp_path / "shop.yaml").write_bytes(b"\xef\xbb\xbfname: a")
    assert load_folder(tmp_path)["shop.yaml"] == "name: a"


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path):
    (tmp_path / "shop.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    assert refusal(tmp_path) == "shop.yaml: bytes that are not UTF-8, must be saved as UTF-8 (line 2:7)"


@pytest.mark.parametrize(("wrong", "right"), [("trait.yaml", "traits.yaml"), ("slots.yml", "slots.yaml")])
def test_a_file_whose_name_is_nearly_right_is_named(tmp_path: Path, wrong: str, right: str):
    (tmp_path / wrong).write_text("")
    assert refusal(tmp_path) == f"{wrong}: a file that is not read, did you mean {right!r}?"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "traits.yaml").mkdir()
    assert refusal(tmp_path) == "traits.yaml: cannot be read: Is a directory"


def test_a_huge_file_is_not_even_opened(tmp_path: Path):
    with (tmp_path / "offers.yaml").open("wb") as file:
        file.truncate(1 << 40)
    assert refusal(tmp_path).startswith("offers.yaml: 1099511627776 bytes, must be smaller")


def test_no_folder_is_bad_input(tmp_path: Path):
    with pytest.raises(BadInput, match="no such folder; make a shop with 'shopkeeper init'"):
        load_folder(tmp_path / "nowhere")
