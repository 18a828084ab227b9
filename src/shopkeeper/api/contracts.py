"""Contracts: what the events of each source look like."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.contracts.words import (
    ContractLine,
    ContractWhole,
    ModeWish,
    list_contracts,
    show_contract,
)


@operation("GET", "/v1/contracts", needs="see", twin="contract list")
async def contracts(call: Call, source: str | None = None) -> list[ContractLine]:
    """List what the events of each source look like, how they drift, and what of them looks personal."""
    return await list_contracts(call.app.store, call.app.service.definitions, source=source)


@operation("GET", "/v1/contracts/{source}/{name:path}", needs="see", twin="contract show")
async def contract(call: Call, source: str, name: str) -> ContractWhole:
    """Show one contract: every property with the types that were seen. It holds no values."""
    return await show_contract(call.app.store, call.app.service.definitions, source, name)


@operation("PUT", "/v1/contracts/{source}/{name:path}/mode", needs="edit", twin="contract freeze")
async def contract_mode(call: Call, source: str, name: str, *, body: ModeWish) -> ContractWhole:
    """Let a contract learn, freeze it (`warn`), or make it `strict`, with all that was learned until now."""
    service = call.app.service
    await service.contracts.change(source, name, body.mode, by=call.caller.name, now=call.now)
    return await show_contract(call.app.store, service.definitions, source, name)


OPERATIONS = (contracts, contract_mode, contract)
