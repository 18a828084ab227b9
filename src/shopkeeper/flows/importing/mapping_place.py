"""Where the mapping lies that read a row: by its place in the shop's folder, which may be moved with all that waits."""

from pathlib import Path
from typing import Final

from shopkeeper.core.errors import BadInput

UPLOADED: Final = ".shopkeeper/mappings"
"""Where the mappings of uploaded files lie in a shop's folder, each under the name of its import."""


def written_place(mapping: Path, shop: Path | None) -> str:
    """Write down where a mapping lies: from the shop's folder where it lies in it, else from the root."""
    path = mapping.resolve()
    if shop is not None and path.is_relative_to(shop.resolve()):
        return path.relative_to(shop.resolve()).as_posix()
    return str(path)


def mapping_at(written: str, shop: Path) -> Path:
    """Find a mapping by its written place. Raises: BadInput: it is not there any more."""
    path = shop / written
    if path.is_file():
        return path
    moved = shop / UPLOADED / path.name
    if path.parent.as_posix().endswith(UPLOADED) and moved.is_file():
        return moved  # written down from the root by an earlier version
    raise BadInput(
        f"{path}: the mapping that read what waits is not there any more; name where it lies now: "
        "'shopkeeper quarantine replay --mapping FILE'"
    )
