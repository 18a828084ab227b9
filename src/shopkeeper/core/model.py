"""Models: fitted on the lake, kept as versioned files, one version of each name in force."""

from datetime import datetime
from typing import Any, Protocol

import msgspec


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a model file says about itself.

    data_from, data_to: The instants of the events it was fitted on, from inclusive to exclusive.
    upto_seq: The log position of the data. digest: SHA-256 over the files, by name.
    """

    name: str
    version: str
    family: str
    trained_at: datetime
    data_from: datetime | None
    data_to: datetime
    upto_seq: int
    parameters: dict[str, Any]
    metrics: dict[str, float]
    digest: str = ""


class ModelShelf(Protocol):
    """Keeps which version of each model is in force."""

    async def put_model(self, manifest: Manifest) -> None:
        """Record a version and put it in force, since it was trained."""
        ...

    async def use_model(self, name: str, version: str, since: datetime) -> None:
        """Put a recorded version in force. Raises: NotFound: there is none of that name and version."""
        ...

    async def models_in_force(self) -> dict[str, Manifest]:
        """Return the manifest in force of each model by name."""
        ...

    async def in_force_since(self) -> dict[str, datetime]:
        """Return since when the version in force is, by the model's name."""
        ...

    async def model_versions(self, name: str) -> list[Manifest]:
        """Return every recorded version of a model, newest first."""
        ...

    async def all_model_versions(self) -> list[Manifest]:
        """Return every recorded version of every model, by name, newest first."""
        ...
