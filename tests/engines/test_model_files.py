from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

import shopkeeper.engines.model_files as module
from shopkeeper.core.errors import BadInput, Conflict, NotFound, StoreError
from shopkeeper.core.model import Manifest
from shopkeeper.engines.model_files import read_model, write_model

NOW = datetime(2017, 12, 4, tzinfo=UTC)
MANIFEST = Manifest(
    name="recommend.product",
    version="v1",
    family="ease",
    trained_at=NOW,
    data_from=None,
    data_to=NOW,
    upto_seq=7,
    parameters={"ridge": 300.0, "names": ["b", "a"]},
    metrics={"validation.ndcg@10": 0.4, "items": 29},
)
ARRAYS = {"items": np.array(["äpfel", "b"]), "weights": np.arange(6, dtype=np.float32).reshape(2, 3).T}


@pytest.fixture
def written(tmp_path: Path) -> Manifest:
    return write_model(tmp_path, MANIFEST, ARRAYS)


def test_a_version_comes_back_as_it_was_written(tmp_path: Path, written: Manifest) -> None:
    manifest, arrays = read_model(tmp_path, "recommend.product", "v1", digest=written.digest)
    assert manifest == written
    assert len(written.digest) == 64
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_equal_models_have_equal_digests(tmp_path: Path, written: Manifest) -> None:
    assert write_model(tmp_path / "other", MANIFEST, ARRAYS).digest == written.digest


@pytest.mark.parametrize("name", ["arrays.npz", "manifest.json"])
def test_any_changed_byte_is_found(tmp_path: Path, written: Manifest, name: str) -> None:
    path = tmp_path / "recommend.product" / "v1" / name
    whole = path.read_bytes()
    for at in range(0, len(whole), 37):
        if whole[at : at + 1].isspace():
            continue
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BadInput, match="damaged or changed"):
            read_model(tmp_path, "recommend.product", "v1")


@pytest.mark.parametrize("name", ["arrays.npz", "manifest.json"])
def test_a_cut_file_is_found(tmp_path: Path, written: Manifest, name: str) -> None:
    path = tmp_path / "recommend.product" / "v1" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match="damaged or changed"):
        read_model(tmp_path, "recommend.product", "v1")


def test_without_the_digest_a_changed_byte_would_pass(
    tmp_path: Path, written: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recommend.product" / "v1" / "manifest.json"
    path.write_text(path.read_text().replace("300", "900"))
    monkeypatch.setattr(module, "_digest", lambda *_: written.digest)
    assert read_model(tmp_path, "recommend.product", "v1")[0].parameters["ridge"] == 900


def test_other_files_than_the_store_recorded_are_refused(tmp_path: Path, written: Manifest) -> None:
    with pytest.raises(BadInput, match="damaged or changed"):
        read_model(tmp_path, "recommend.product", "v1", digest="0" * 64)


def test_a_version_is_never_written_over(tmp_path: Path, written: Manifest) -> None:
    with pytest.raises(Conflict):
        write_model(tmp_path, MANIFEST, ARRAYS)


def test_a_missing_version_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"recommend\.product"):
        read_model(tmp_path, "recommend.product", "v9")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        write_model(tmp_path, MANIFEST, ARRAYS)
    assert list((tmp_path / "recommend.product").iterdir()) == []


def test_what_a_crash_left_is_no_version_and_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / "recommend.product" / ".v1.part"
    left.mkdir(parents=True)
    (left / "arrays.npz").write_bytes(b"half")
    with pytest.raises(NotFound):
        read_model(tmp_path, "recommend.product", "v1")
    write_model(tmp_path, MANIFEST, ARRAYS)
    assert [path.name for path in left.parent.iterdir()] == ["v1"]


def test_objects_are_never_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="of objects"):
        write_model(tmp_path, MANIFEST, {"bad": np.array([{}], dtype=object)})


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="model name"):
        write_model(tmp_path, msgspec.structs.replace(MANIFEST, name=name), ARRAYS)
