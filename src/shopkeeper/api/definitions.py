"""Definitions: what is in force, what was, and edits of single entries."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.definitions.edit import EditRequest, Version, versions_told
from shopkeeper.flows.rules.check import PATIENCE
from shopkeeper.flows.rules.editing import (
    DefinitionFiles,
    EditPlan,
    EditResult,
    definitions_in_force,
    plan_edits,
    put_edits,
)


@operation("GET", "/v1/definitions", needs="see", twin="versions")
async def definitions(call: Call) -> DefinitionFiles:
    """Give the definitions in force, with the files' texts."""
    return await definitions_in_force(call.app.store)


@operation("GET", "/v1/definitions/versions", needs="see", twin="versions")
async def definition_versions(call: Call, limit: int = 20) -> list[Version]:
    """List the versions that were in force, newest first: who, when, and what each changed."""
    return await versions_told(call.app.store, limit=max(1, min(limit, 50)))


@operation("POST", "/v1/definitions/plan", needs="edit", twin="apply")
async def plan_definitions(call: Call, *, body: EditRequest) -> EditPlan:
    """Work out what edits would change and whom they would move; nothing changes."""
    return await plan_edits(call.app.store, call.app.crowd, body, patience=PATIENCE)


@operation("POST", "/v1/definitions/apply", needs="edit", twin="apply")
async def apply_definitions(call: Call, *, body: EditRequest) -> EditResult:
    """Put edits in force at once, or say who was faster. The same request again changes nothing."""
    app = call.app
    done = await put_edits(app.store, app.folder, body, who=call.caller.name, now=call.now)
    await app.service.renew()
    if done.recording:
        app.recorder.begin(done.recording)
    return done


OPERATIONS = (definitions, definition_versions, plan_definitions, apply_definitions)
