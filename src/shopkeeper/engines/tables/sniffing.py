"""Sniffing a file: which kind of table it is, its encoding, its delimiter and the line that names the columns."""

import codecs
import csv
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from shopkeeper.core.errors import BadInput
from shopkeeper.engines.tables.delimited import damaged, open_bytes

HEAD: Final = 1 << 18
"""Bytes at the beginning in which delimiter and header are looked for."""
MOST: Final = 1 << 30
"""Unpacked bytes of which the encoding is checked; what lies beyond shows at the import."""
LINES: Final = 60
MARKS: Final = ";\t|,"
NAMES: Final = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Latin-1)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "iso8859-15": "Latin-9",
    "cp850": "DOS 850",
    "mac-roman": "Mac Roman",
}
"""The encodings that a file may have, and what people call them."""
_FOREIGN: Final = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format 3": "a database; export the table as CSV",
}
_VALUE = re.compile(r"[+-]?[\d.,' \u00a0]*\d[\d.,]*\s*[€$£%]?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")


class Sniffed(NamedTuple):
    """What a file seems to be.

    suffix: What its name should end in. rows: About how many it has, None where that is not known. encoding,
    delimiter, header: As a mapping says them; None, None and 1 where the kind has none. why: In words, what was seen.
    warnings: What somebody should look at. units: Whether the first row below the names seems to be headings too.
    """

    suffix: str
    rows: int | None
    encoding: str | None
    delimiter: str | None
    header: int
    why: tuple[str, ...]
    warnings: tuple[str, ...]
    units: bool = False


class _Header(NamedTuple):
    """The line that names the columns, 0: none; what was seen; what to look at; whether more headings follow."""

    line: int
    said: str
    warnings: tuple[str, ...]
    units: bool = False


class _Scan(NamedTuple):
    """A pass over the bytes. head: The first ones. wrong: Bytes around the first that is no UTF-8, None: all is."""

    head: bytes
    wrong: bytes | None
    lines: int


def sniff(path: Path, name: str, *, encoding: str | None = None, delimiter: str | None = None) -> Sniffed:
    """Find out how to read a file.

    Args:
        name: The file's name for people.
        encoding, delimiter: Where somebody knows better.

    Raises: BadInput: it is empty, damaged or no table; says what it is instead.
    """
    scan = _scan(path, name)
    if scan.head.startswith(b"PAR1"):
        return Sniffed(".parquet", _parquet_rows(path), None, None, 1, ("a Parquet file",), ())
    _refuse_foreign(scan.head, name)
    chosen, seen = (encoding, f"read as {ENCODINGS.get(encoding, encoding)}") if encoding else _encoding(scan)
    text = _decoded(scan.head, chosen, name)
    if text.lstrip().startswith("{"):
        return Sniffed(".jsonl", scan.lines, None, None, 1, ("one JSON object a line",), ())
    if text.lstrip().startswith(("<", "[")):
        what = "a web page or XML" if text.lstrip().startswith("<") else "one JSON list; bring JSON lines instead"
        raise BadInput(f"{name}: no table: it is {what}")
    return _delimited(text, name, (chosen, seen), delimiter, scan.lines)


def _scan(path: Path, name: str) -> _Scan:
    """Read the whole file once, a megabyte at a time."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, wrong, lines, size = b"", None, 0, 0
    try:
        with open_bytes(path) as file:
            while size < MOST and (chunk := file.read(1 << 20)):
                head = head or chunk[:HEAD]
                size += len(chunk)
                lines += chunk.count(b"\n")
                if wrong is None:
                    wrong = _wrong(decoder, chunk)
    except (EOFError, OSError, zlib.error) as error:
        raise damaged(name, error) from None
    if not head.strip():
        raise BadInput(f"{name}: is empty, must hold rows")
    return _Scan(head, wrong, lines)


def _wrong(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bytes | None:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return chunk[max(0, error.start - HEAD // 4) : error.start + HEAD // 4]
    return None


def _refuse_foreign(head: bytes, name: str) -> None:
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise BadInput(f"{name}: no table: it is {what}")
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{name}: no table: it holds binary data; bring CSV, JSON lines or Parquet")


def _encoding(scan: _Scan) -> tuple[str, str]:
    """Tell the encoding, and by what."""
    if scan.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "UTF-16, by its first two bytes"
    if scan.wrong is None:
        plain = scan.head.isascii()
        return "utf-8", "UTF-8: plain ASCII" if plain else "UTF-8: every byte fits"
    from charset_normalizer import from_bytes

    known = [name for name in ENCODINGS if not name.startswith("utf")]
    best = from_bytes(scan.wrong, cp_isolation=[name.replace("-", "_") for name in known]).best()
    fits = [] if best is None else [best.encoding, *best.could_be_from_charset]
    found = "cp1252" if best is None or "cp1252" in fits else codecs.lookup(best.encoding).name
    example = next((word for word in re.findall(r"\w+", scan.wrong.decode(found, "ignore")) if not word.isascii()), "")
    proof = f", for it then reads “{example[:40]}”" if example else ""
    return found, f"{ENCODINGS.get(found, found)}: not UTF-8{proof}"


def _decoded(head: bytes, encoding: str, name: str) -> str:
    try:
        codec = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    except LookupError:
        raise BadInput(f"encoding == {encoding!r}, must be one of {', '.join(ENCODINGS)}") from None
    text = head.decode(codec, "replace")
    if len(head) == HEAD:  # the last line may be cut
        text = text[: text.rfind("\n") + 1] or text
    if "\n" not in text and "\r" not in text and len(text) > HEAD // 4:
        raise BadInput(f"{name}: no table: its first line does not end")
    return text


def _parquet_rows(path: Path) -> int:
    from shopkeeper.engines.tables.columnar import Parquet

    return Parquet(path).total or 0


def _delimited(text: str, name: str, read: tuple[str, str], given: str | None, lines: int) -> Sniffed:
    encoding, seen = read
    sample = text.splitlines(keepends=True)[: 4 * LINES]
    mark = given or _delimiter(sample, name)
    records = _records(sample, mark)
    header = _header(records)
    counted = None if encoding == "utf-16" else max(lines - header.line, 0)
    fields = max((len(fields) for _, fields in records), default=0)
    why = (seen, f"{fields} columns between {NAMES.get(mark, repr(mark))}" if fields > 1 else "one column", header.said)
    return Sniffed(".csv", counted, encoding, mark, header.line, why, header.warnings, header.units)


def _delimiter(sample: list[str], name: str) -> str:
    """Choose the mark by which most lines fall into the same number of fields, the more the better."""
    best, score = ",", (0.0, 0)
    for mark in MARKS:
        widths = Counter(len(fields) for _, fields in _records(sample, mark))
        width, n = max(widths.items(), key=lambda one: (one[0] > 1, one[1]), default=(0, 0))
        found = (round(n / max(sum(widths.values()), 1), 1), width)
        if width > 1 and found > score:
            best, score = mark, found
    if score[1] < 2 and sum(line.count(" ") > 4 for line in sample) * 2 > len(sample):
        raise BadInput(f"{name}: no table: lines of text without columns; bring CSV, JSON lines or Parquet")
    return best


def _records(sample: list[str], mark: str) -> list[tuple[int, list[str]]]:
    """Split the first lines; each record with the line on which it begins."""
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(sample, delimiter=mark)
    try:
        line = 1
        for fields in reader:
            if fields:
                found.append((line, fields))
            line = reader.line_num + 1
            if len(found) == LINES:
                break
    except csv.Error:
        pass  # what cannot be split shows row by row at the import
    return found


def _header(records: list[tuple[int, list[str]]]) -> _Header:
    """Find the line that names the columns, and say what else stands around it."""
    width = Counter(len(fields) for _, fields in records).most_common(1)[0][0]
    full = [(line, fields) for line, fields in records if len(fields) == width]
    first, names = full[0]
    if _is_data(names, [fields for _, fields in full[1:]]):
        said = "no line names the columns; they are called “column 1”, “column 2” …"
        return _Header(0, said, ("The first line holds values, not names. Choose by the samples what each is.",))
    before = [f"Line {line} is left out: it names no columns." for line, _ in records if line < first][:3]
    if len(full) > 2 and not _is_data(full[1][1], []) and _typed_below(full[1][1], full[2:]):
        second = full[1][0]
        if _has_gaps(names) and not _has_gaps(full[1][1]):
            said = f"line {second} names the columns, below a line of group headings"
            return _Header(second, said, (f"There are two lines of headings; line {second} was taken for the names.",))
        warning = (
            f"Line {second} looks like a second line of headings. It will wait as one row that cannot be read; if it "
            f"holds the real names, choose line {second}."
        )
        return _Header(first, f"line {first} names the columns", (*before, warning), units=True)
    return _Header(first, f"line {first} names the columns", tuple(before))


def _has_gaps(names: list[str]) -> bool:
    filled = [name.strip() for name in names if name.strip()]
    return len(set(filled)) < len(names)


def _is_data(fields: list[str], below: list[list[str]]) -> bool:
    """Say whether a record holds values: a number or a date, as the records below it do in the same place."""
    places = [i for i, field in enumerate(fields) if _VALUE.fullmatch(field.strip())]
    return any(
        not below or all(_VALUE.fullmatch(row[i].strip()) for row in below[:5] if row[i].strip()) for i in places
    )


def _typed_below(fields: list[str], rows: list[tuple[int, list[str]]]) -> bool:
    """Say whether a record without a value stands above columns of values."""
    return any(
        not _VALUE.fullmatch(field.strip()) and all(_VALUE.fullmatch(row[i].strip()) for _, row in rows[:10])
        for i, field in enumerate(fields)
    )
