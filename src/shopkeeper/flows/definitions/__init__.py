"""Definitions as code: read a shop's folder, check all of it, show what would change, put it in force."""

from shopkeeper.flows.definitions.difference import Change, FieldChange, difference
from shopkeeper.flows.definitions.folder import FILES, load_folder
from shopkeeper.flows.definitions.load import load_definitions
from shopkeeper.flows.definitions.mistakes import DefinitionErrors, Mistake
from shopkeeper.flows.definitions.slots import rule_schema
from shopkeeper.flows.definitions.versions import Plan, Step, apply, list_versions, plan_apply, record_in_force

__all__ = [
    "FILES",
    "Change",
    "DefinitionErrors",
    "FieldChange",
    "Mistake",
    "Plan",
    "Step",
    "apply",
    "difference",
    "list_versions",
    "load_definitions",
    "load_folder",
    "plan_apply",
    "record_in_force",
    "rule_schema",
]
