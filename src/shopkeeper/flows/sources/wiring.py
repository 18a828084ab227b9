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


def wires(kind: SourceKind, *, base: str, key: str = KEY, category: str | None = None) -> tuple[Wire, ...]:
    """Return the lines for every client that suits a kind of source.

    Args:
        base: Where the clients reach Shopkeeper, such as `https://shop.example.org`.
        category: What consent is asked for where that is the basis: without it in an event, the event is not kept.
    """
    chosen = _BROWSER if kind == "browser" else _SERVER
    return tuple(
        Wire(client=client, language=language, install=install, lines=_filled(lines, language, base, key, category))
        for client, language, install, lines in chosen
    )


def _filled(lines: str, language: str, base: str, key: str, category: str | None) -> str:
    said = dict.fromkeys(_CONSENT[language], "") if category is None else _CONSENT[language]
    name = category or ""
    bare = name if language == "typescript" and name.isidentifier() else f"'{name}'"
    filling = {**said, "{bare}": bare, "{category}": name, "{key}": key, "{base}": base}
    for place, text in filling.items():
        lines = lines.replace(place, text)
    return lines


_CONSENT: Final = {
    "typescript": {
        "{said}": "// what the visitor said to your banner\n"
        "const context = { consent: { categoryPreferences: { {bare}: true } } }\n",
        "{only}": "{}, { context }",
        "{more}": ", { context }",
        "{with}": ", context",
    },
    "python": {
        "{said}": "# what the customer said to your banner\n"
        'context = {"consent": {"categoryPreferences": {"{category}": True}}}\n',
        "{more}": ", context=context",
    },
    "shell": {"{more}": ', "context": {"consent": {"categoryPreferences": {"{category}": true}}}'},
}
"""What stands in the lines where consent is the basis: before the calls, and in them."""

_BROWSER: Final = (
    (
        "@segment/analytics-next",
        "typescript",
        "npm install @segment/analytics-next",
        """import { AnalyticsBrowser } from '@segment/analytics-next'

export const analytics = AnalyticsBrowser.load({ writeKey: '{key}', cdnURL: '{base}' })
{said}analytics.page({only})
analytics.track('Product Viewed', { product_id: 'tea-1', price: 4.5 }{more})""",
    ),
    (
        "@rudderstack/analytics-js",
        "typescript",
        "npm install @rudderstack/analytics-js",
        """import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'

export const analytics = new RudderAnalytics()
analytics.load('{key}', '{base}', { configUrl: '{base}' })
{said}analytics.page({only})
analytics.track('Product Viewed', { product_id: 'tea-1', price: 4.5 }{more})""",
    ),
)
_SERVER: Final = (
    (
        "segment-analytics-python",
        "python",
        "pip install segment-analytics-python",
        """import segment.analytics as analytics

analytics.write_key, analytics.host = "{key}", "{base}"
{said}analytics.track("1023", "Product Viewed", {"product_id": "tea-1", "price": 4.5}{more})
analytics.flush()""",
    ),
    (
        "@segment/analytics-node",
        "typescript",
        "npm install @segment/analytics-node",
        """import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ writeKey: '{key}', host: '{base}' })
{said}analytics.track({
  userId: '1023', event: 'Product Viewed', properties: { product_id: 'tea-1', price: 4.5 }{with}
})
await analytics.closeAndFlush()""",
    ),
    (
        "rudder-sdk-python",
        "python",
        "pip install rudder-sdk-python",
        """import rudderstack.analytics as analytics

analytics.write_key, analytics.dataPlaneUrl = "{key}", "{base}"
{said}analytics.track("1023", "Product Viewed", {"product_id": "tea-1", "price": 4.5}{more})
analytics.flush()""",
    ),
    (
        "curl",
        "shell",
        "",
        """curl {base}/v1/track -u '{key}:' -H 'content-type: application/json' \\
  -d '{"userId": "1023", "event": "Product Viewed", "properties": {"product_id": "tea-1", "price": 4.5}{more}}'""",
    ),
)
