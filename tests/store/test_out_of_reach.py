"""Files of the store that the system keeps from who runs the program: one sentence that says which and what to do."""

import os
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from shopkeeper.core.errors import StoreError
from shopkeeper.store import open_store
from shopkeeper.store.failures import told


def refusing(name: str, *, on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system refuse one kind of call for paths that end so; a test may run as root, whom it refuses nothing."""
    real = getattr(os, name)

    def refuse(path: object, *rest: object, **more: object) -> object:
        if str(path).endswith(on):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest, **more)

    monkeypatch.setattr(os, name, refuse)


@pytest.mark.parametrize(("call", "on"), [("mkdir", "new"), ("open", "store.db.lock")])
async def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, on: str
) -> None:
    refusing(call, on=on, monkeypatch=monkeypatch)
    with pytest.raises(StoreError, match=rf"{on}: cannot be written: Permission denied; let who runs this write"):
        await open_store(f"sqlite:///{tmp_path}/new/store.db")


async def test_a_folder_that_cannot_be_looked_into_is_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing("stat", on="store.db", monkeypatch=monkeypatch)
    with pytest.raises(StoreError, match="cannot be read: Permission denied"):
        await open_store(f"sqlite:///{tmp_path}/store.db", readonly=True)


async def test_a_reader_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        await open_store(f"sqlite:///{tmp_path}/new/store.db", readonly=True)
    assert not (tmp_path / "new").exists()


def test_a_file_that_only_may_be_read_is_not_blamed_on_a_server() -> None:
    refused = OperationalError("", {}, Exception("attempt to write a readonly database"))
    said = str(told(refused, "store.db"))
    assert "cannot be written by who runs this" in said
    assert "server" not in said
