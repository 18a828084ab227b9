"""Importing tables: a small mapping file says what the columns mean; bad rows wait, the rest goes in exactly once."""

from shopkeeper.flows.importing.job import Import, ImportReport, run_import
from shopkeeper.flows.importing.mapping import AnyMapping, load_mapping, read_mapping
from shopkeeper.flows.importing.replay import Offered, ReplayReport, replay, replay_mended

__all__ = [
    "AnyMapping",
    "Import",
    "ImportReport",
    "Offered",
    "ReplayReport",
    "load_mapping",
    "read_mapping",
    "replay",
    "replay_mended",
    "run_import",
]
