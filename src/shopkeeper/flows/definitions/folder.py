"""A shop's folder on disk: which files count, and their texts."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.tree import MAX_CHARACTERS

FILES = ("shop.yaml", "traits.yaml", "segments.yaml", "offers.yaml", "slots.yaml")
"""The files of a shop; shop.yaml must be there, the others may be missing."""


def load_folder(folder: Path) -> Mapping[str, str]:
    """Read the texts of a shop's files, by name.

    Other files are left alone, except one whose name is nearly that of a file which is missing.

    Raises:
        DefinitionErrors: A file that is too large, not UTF-8, or misnamed.
        BadInput: There is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; make a shop with 'shopkeeper init'")
    mistakes = Mistakes()
    texts: dict[str, str] = {}
    for name in FILES:
        if (folder / name).exists():
            text = _read(folder / name, mistakes)
            if text is not None:
                texts[name] = text
    missing = [name for name in FILES if not (folder / name).exists()]
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        meant = get_close_matches(path.name, missing, n=1, cutoff=0.9)
        if meant:
            mistakes.in_file(path.name, "a file that is not read", hint=f", did you mean {meant[0]!r}?")
    mistakes.raise_any()
    return texts


def _read(path: Path, mistakes: Mistakes) -> str | None:
    try:
        if path.stat().st_size > MAX_CHARACTERS * 4:
            mistakes.in_file(path.name, f"{path.stat().st_size} bytes", expected="smaller; import large tables")
            return None
        data = path.read_bytes()
    except OSError as error:
        mistakes.in_file(path.name, f"cannot be read: {error.strerror}")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        mistakes.in_file(path.name, "bytes that are not UTF-8", expected="saved as UTF-8", line=line, column=column)
        return None
