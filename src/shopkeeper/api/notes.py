"""Notes and tasks that staff write about customers."""

from shopkeeper.api.customers import desk
from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.customers import notes as flow
from shopkeeper.flows.customers.notes import NoteChange, NoteDraft, NoteLine


@operation("GET", "/v1/customers/{customer:cus}/notes", needs="notes", twin="customer note list")
async def notes(call: Call, customer: str) -> list[NoteLine]:
    """List what staff wrote about one customer, the latest first."""
    return await flow.notes_of(desk(call), customer, now=call.now)


@operation("POST", "/v1/customers/{customer:cus}/notes", needs="notes", twin="customer note add")
async def add_note(call: Call, customer: str, *, body: NoteDraft) -> NoteLine:
    """Write a note or a task about one customer."""
    who, rng = call.caller.name, call.app.rng
    return await flow.add_note(desk(call), customer, body, author=who, now=call.now, rng=rng)


@operation("PATCH", "/v1/notes/{note}", needs="notes", twin="customer note done")
async def change_note(call: Call, note: str, *, body: NoteChange) -> NoteLine:
    """Change a note's text or date, or say that a task is done, or not done after all."""
    return await flow.change_note(desk(call), note, body, author=call.caller.name, now=call.now)


@operation("DELETE", "/v1/notes/{note}", needs="notes", twin="customer note remove")
async def remove_note(call: Call, note: str) -> NoteLine:
    """Forget a note, and answer with what it said."""
    return await flow.remove_note(desk(call), note, now=call.now)


@operation("GET", "/v1/tasks", needs="notes", twin="customer tasks")
async def tasks(call: Call, limit: int = 100) -> list[NoteLine]:
    """List everybody's open tasks, the one due first before the others."""
    return await flow.open_tasks(desk(call), limit=limit, now=call.now)


OPERATIONS = (notes, add_note, change_note, remove_note, tasks)
