"""Definitions in force, written into the shop's folder, and never over what somebody changed there."""

import os
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal, NamedTuple

import msgspec

from shopkeeper.core.errors import StoreError

State = Literal["written", "same", "differs", "refused"]
_SAID: Mapping[State, str] = {
    "written": "The file in the folder says it too.",
    "same": "The file in the folder said it already.",
    "differs": "The file in the folder was changed there and was left alone; 'shopkeeper pull' shows the difference.",
    "refused": "The folder cannot be written by this process; 'shopkeeper pull' writes it as somebody who may.",
}


class FolderFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file in the folder: `written`, or why not; text: In words."""

    name: str
    state: State
    text: str


def write_folder(folder: Path, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FolderFile, ...]:
    """Write the files that changed, each whole or not at all, where the folder holds what was in force before."""
    changed = [name for name in sorted(after) if before.get(name) != after[name]]
    states = ((name, _write(folder / name, before.get(name), after[name])) for name in changed)
    return tuple(FolderFile(name=name, state=state, text=_SAID[state]) for name, state in states)


class Pull(NamedTuple):
    """What the folder lacks of what is in force. diff: A unified diff from the folder's texts to those."""

    version: str
    names: tuple[str, ...]
    diff: str


def plan_pull(folder: Path, version: str, files: Mapping[str, str]) -> Pull:
    """Compare the folder with what is in force; files that are not part of it are left alone."""
    here = {name: _read(folder / name) for name in files}
    names = tuple(name for name in sorted(files) if here[name] != files[name])
    return Pull(
        version,
        names,
        text_diff({n: here[n] or "" for n in names}, {n: files[n] for n in names}, of=("folder", "in force")),
    )


def write_pull(folder: Path, plan: Pull, files: Mapping[str, str]) -> None:
    """Write what is planned, each file whole. Raises: StoreError: the folder cannot be written."""
    for name in plan.names:
        try:
            replace_text(folder / name, files[name])
        except OSError as error:
            raise StoreError(f"{folder / name}: cannot be written: {error.strerror}") from None


def text_diff(old: Mapping[str, str], new: Mapping[str, str], *, of: tuple[str, str]) -> str:
    """Make a unified diff of the files that differ.

    Args:
        of: What the two sides are called.
    """
    parts: list[str] = []
    for name in sorted(new):
        was, will = (texts.get(name, "").splitlines() for texts in (old, new))
        if was != will:
            parts += unified_diff(was, will, f"{name} ({of[0]})", f"{name} ({of[1]})", lineterm="")
    return "\n".join(parts)


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig") if path.exists() else None
    except (OSError, UnicodeDecodeError):
        return None


def _write(path: Path, before: str | None, after: str) -> State:
    try:
        here = path.read_bytes().decode("utf-8-sig") if path.exists() else None
        if here == after:
            return "same"
        if here != before:
            return "differs"
        replace_text(path, after)
    except UnicodeDecodeError:
        return "differs"
    except OSError:
        return "refused"
    return "written"


def replace_text(path: Path, text: str) -> None:
    """Put a text in a file's place, whole or not at all, with the rights that the file had. Raises: OSError."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
        try:
            part.write(text.encode("utf-8"))
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).chmod(mode)
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
