"""Which texts are one person's telephone number, and how each is written."""

import pytest

from shopkeeper.identify.telephone import is_somebodys, written

PLACEHOLDERS = [
    "0000000000",
    "000000",
    "1111111",
    "0123456789",
    "987654321",
    "123456",
    "0664 1234567",
    "+43 699 00000000",
    "+1 888 888 8888",
    "٠٠٠٠٠٠٠",
]
NO_NUMBER = ["n/a 0000", "Phone: +43 1 5123456", "call 0664 9182736", "1-800-FLOWERS", "0664 9182736 or 0664 9182737"]
NUMBERS = {
    "0664 918 27 36": "+436649182736",
    "01/5123456": "+4315123456",
    "(01) 512-34-56": "+4315123456",
    "+43 (0)1 5123456": "+4315123456",
    "tel:+43-1-5123456": "+4315123456",
    "＋43 1 5123456": "+4315123456",
    "00491764829173": "+491764829173",
    "٠٦٦٤ ٩١٨٢٧٣٦": "+436649182736",
}


@pytest.mark.parametrize("text", PLACEHOLDERS + NO_NUMBER)
def test_a_placeholder_and_a_text_that_holds_more_than_a_number_are_nobodys(text: str) -> None:
    assert not is_somebodys(text, "AT")


@pytest.mark.parametrize(("text", "kept"), NUMBERS.items())
def test_a_number_is_one_however_it_is_written(text: str, kept: str) -> None:
    assert (is_somebodys(text, "AT"), written(text, "AT")) == (True, kept)
    assert (is_somebodys(kept, ""), written(kept, "")) == (True, kept)


@pytest.mark.parametrize(
    "text",
    [
        "01 5123456 ext. 12",
        "+43 1 5123456 x12",
        "+43 1 5123456;ext=12",
        "01 5123456 Extension 12",
        "01 5123456 #12",
        "+4315123456;ext=12",
    ],
)
def test_an_extension_is_part_of_the_number(text: str) -> None:
    assert (is_somebodys(text, "AT"), written(text, "AT")) == (True, "+4315123456;ext=12")


def test_a_number_without_the_code_of_its_area_or_country_is_nobodys() -> None:
    assert not is_somebodys("555-1234", "US")
    assert not is_somebodys("01 5123456", "")
