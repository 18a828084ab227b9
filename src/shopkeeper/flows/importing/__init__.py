"""Importing tables: a small mapping file says what the columns mean; bad rows wait, the rest goes in exactly once."""

from shopkeeper.flows.importing.job import Import, ImportReport, run_import
from shopkeeper.flows.importing.mapping import AnyMapping, load_mapping, read_mapping
from shopkeeper.flows.importing.replay import ReplayReport, replay

__all__ = [
    "AnyMapping",
    "Import",
    "ImportReport",
    "ReplayReport",
    "load_mapping",
    "read_mapping",
    "replay",
    "run_import",
]
