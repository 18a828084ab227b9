"""What browser clients ask before they send: where to send it, in the shape of their own vendor's documents."""

from typing import Any

from shopkeeper.api.keys import BROWSER, ForKeys
from shopkeeper.api.operation import Call, operation
from shopkeeper.core.errors import NotFound
from shopkeeper.core.source import EventSource


@operation(
    "GET",
    "/v1/projects/{write_key}/settings",
    needs="collect",
    twin="source show",
    strict=False,
    keys=ForKeys(BROWSER, within="path"),
)
async def client_settings(call: Call, write_key: str) -> dict[str, Any]:
    """Tell Segment's browser client where to send, and that it should load nothing from elsewhere."""
    _source(call)
    scheme, _, host = base_of(call).partition("://")
    segment = {"apiKey": write_key, "apiHost": f"{host}/v1", "protocol": scheme, "unbundledIntegrations": []}
    return {"integrations": {"Segment.io": segment}, "plan": {}, "metrics": {"sampleRate": 0}, "remotePlugins": []}


@operation(
    "GET",
    "/sourceConfig/",
    needs="collect",
    twin="source show",
    strict=False,
    keys=ForKeys(BROWSER, within="query"),
    aliases=("/sourceConfig",),
)
async def source_config(call: Call) -> dict[str, Any]:
    """Tell RudderStack's browser client that its source is on and has no other destinations."""
    source = _source(call)
    off = {"enabled": False}
    return {
        "source": {
            "id": source.name,
            "name": source.name,
            "workspaceId": "shopkeeper",
            "enabled": True,
            "config": {"statsCollection": {"errors": off, "metrics": off}},
            "dataplanes": {},
            "destinations": [],
            "updatedAt": source.created_at.isoformat(),
        },
        "updatedAt": source.created_at.isoformat(),
    }


def base_of(call: Call) -> str:
    """Return where clients reach this server: `public_url`, or as the caller reached it."""
    public = call.app.settings.public_url
    return (public or f"{call.request.url.scheme}://{call.request.url.netloc}").rstrip("/")


def _source(call: Call) -> EventSource:
    if call.caller.source is None:
        raise NotFound("no source has this write key")
    return call.caller.source


OPERATIONS = (client_settings, source_config)
