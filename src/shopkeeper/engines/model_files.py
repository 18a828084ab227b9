"""Model files: `<folder>/<name>/<version>/` with arrays, a manifest and a digest over both.

Arrays stand in one npz without pickles. A version appears whole or not at all, and is never written to again.
"""

import io
import os
import re
import shutil
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput, Conflict, NotFound, StoreError
from shopkeeper.core.model import Manifest

ARRAYS, MANIFEST = "arrays.npz", "manifest.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}", re.IGNORECASE)


def write_model(folder: Path, manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> Manifest:
    """Write a version durably and return its manifest with the digest.

    Raises: BadInput: a name that cannot be a folder's, or an array of objects. Conflict: the version is there already.
        StoreError: the disk refused; nothing is left behind.
    """
    place = _place(folder, manifest.name, manifest.version)
    if place.exists():
        raise Conflict(f"model {manifest.name}: version {manifest.version} is there already; train under another")
    body = _packed(arrays)
    manifest = _decoded(msgspec.json.encode(manifest))
    manifest = msgspec.convert(msgspec.to_builtins(manifest), Manifest)  # a whole number in a float field, as read back
    manifest = msgspec.structs.replace(manifest, digest=_digest(manifest, body))
    part = place.with_name(f".{place.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _write(part / ARRAYS, body)
        _write(part / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        _sync(part)
        part.rename(place)
        _sync(place.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise StoreError(f"model {manifest.name}: cannot be written ({error.strerror}); free some disk") from error
    return manifest


def read_model(
    folder: Path, name: str, version: str, *, digest: str | None = None
) -> tuple[Manifest, dict[str, NDArray[Any]]]:
    """Read a version and verify it.

    Args:
        digest: What the store recorded; None trusts the manifest's own.

    Raises: NotFound: there is no such version. BadInput: a file is cut, changed or not the recorded one.
    """
    place = _place(folder, name, version)
    try:
        text, body = (place / MANIFEST).read_bytes(), (place / ARRAYS).read_bytes()
    except FileNotFoundError:
        raise NotFound(f"model {name}: no files of version {version}; run `shopkeeper model train`") from None
    except OSError as error:
        raise StoreError(f"model {name}: version {version} cannot be read ({error.strerror})") from error
    damaged = BadInput(f"model {name}: the files of version {version} are damaged or changed; train it again")
    try:
        manifest = _decoded(text)
    except msgspec.DecodeError:
        raise damaged from None
    if manifest.digest != _digest(manifest, body) or (digest or manifest.digest) != manifest.digest:
        raise damaged
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as found:
            return manifest, dict(found)
    except (ValueError, zipfile.BadZipFile):
        raise damaged from None


def model_size(folder: Path, name: str, version: str) -> int | None:
    """Return how many bytes a version's files have; None where one of them is gone."""
    place = _place(folder, name, version)
    try:
        return sum((place / file).stat().st_size for file in (ARRAYS, MANIFEST))
    except OSError:
        return None


def _place(folder: Path, name: str, version: str) -> Path:
    for what, text in (("name", name), ("version", version)):
        if not _NAME.fullmatch(text):
            raise BadInput(f"model {what} == {text!r}, must be letters, digits, _, - and ., led by a letter or digit")
    return folder / name / version


def _decoded(text: bytes) -> Manifest:
    """Read a manifest; written ones pass here first, since reading turns an integer metric into a float."""
    return msgspec.json.decode(text, type=Manifest)


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write the arrays as np.savez does, without its clock and without pickles."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise BadInput(f"model array {name}: of objects, must be of numbers or fixed-width text")
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
    return packed.getvalue()


def _digest(manifest: Manifest, body: bytes) -> str:
    plain = msgspec.json.encode(msgspec.structs.replace(manifest, digest=""), order="deterministic")
    total = sha256()
    for name, content in ((ARRAYS, body), (MANIFEST, plain)):
        total.update(f"{name} {sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
