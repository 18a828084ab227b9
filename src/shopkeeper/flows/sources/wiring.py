"""The lines that wire a site or a server to a source, for each client; the key stands where it is put in."""

from typing import Final

import msgspec

from shopkeeper.core.source import SourceKind

KEY: Final = "WRITE_KEY"
"""What stands for the key where it is not at hand: it is shown once."""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """How one client is wired: what to install, and the lines to paste. `client` names it, `language` colours it."""

    client: str
    language: str
    install: str
    lines: str


def wires(kind: SourceKind, *, base: str, key: str = KEY) -> tuple[Wire, ...]:
    """Return the lines for every client that suits a kind of source.

    Args:
        base: Where the clients reach Shopkeeper, such as `https://shop.example.org`.
    """
    chosen = _BROWSER if kind == "browser" else _SERVER
    return tuple(
        Wire(
            client=client, language=language, install=install, lines=lines.replace("{key}", key).replace("{base}", base)
        )
        for client, language, install, lines in chosen
    )


_BROWSER: Final = (
    (
        "@segment/analytics-next",
        "typescript",
        "npm install @segment/analytics-next",
        """import { AnalyticsBrowser } from '@segment/analytics-next'

export const analytics = AnalyticsBrowser.load({ writeKey: '{key}', cdnURL: '{base}' })
analytics.page()
analytics.track('Product Viewed', { product_id: 'tea-1', price: 4.5 })""",
    ),
    (
        "@rudderstack/analytics-js",
        "typescript",
        "npm install @rudderstack/analytics-js",
        """import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'

export const analytics = new RudderAnalytics()
analytics.load('{key}', '{base}', { configUrl: '{base}' })
analytics.page()
analytics.track('Product Viewed', { product_id: 'tea-1', price: 4.5 })""",
    ),
)
_SERVER: Final = (
    (
        "segment-analytics-python",
        "python",
        "pip install segment-analytics-python",
        """import segment.analytics as analytics

analytics.write_key, analytics.host = "{key}", "{base}"
analytics.track("1023", "Product Viewed", {"product_id": "tea-1", "price": 4.5})
analytics.flush()""",
    ),
    (
        "@segment/analytics-node",
        "typescript",
        "npm install @segment/analytics-node",
        """import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ writeKey: '{key}', host: '{base}' })
analytics.track({ userId: '1023', event: 'Product Viewed', properties: { product_id: 'tea-1', price: 4.5 } })
await analytics.closeAndFlush()""",
    ),
    (
        "rudder-sdk-python",
        "python",
        "pip install rudder-sdk-python",
        """import rudderstack.analytics as analytics

analytics.write_key, analytics.dataPlaneUrl = "{key}", "{base}"
analytics.track("1023", "Product Viewed", {"product_id": "tea-1", "price": 4.5})
analytics.flush()""",
    ),
    (
        "curl",
        "shell",
        "",
        """curl {base}/v1/track -u '{key}:' -H 'content-type: application/json' \\
  -d '{"userId": "1023", "event": "Product Viewed", "properties": {"product_id": "tea-1", "price": 4.5}}'""",
    ),
)
