"""Write report.html, one file that needs no network, and report.json beside it."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from demo.result import Result, Score, flat
from demo.words import (
    ANYWAY_HEADINGS,
    COUPON_HEADINGS,
    LEVELS,
    METHODS,
    PICK_HEADINGS,
    SCORE_HEADINGS,
    anyway_rows,
    coupon_rows,
    coupon_sentences,
    pick_rows,
    score_rows,
    sides,
    titles,
)

TEMPLATE = Path(__file__).with_name("report.html")
OURS, PEER = "#1d7a5f", "#b08d57"


def write(result: Result, folder: Path) -> Path:
    """Write both files and return the path of the HTML."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(flat(result), indent=1) + "\n")
    page = Template(TEMPLATE.read_text()).substitute(
        plotly=get_plotlyjs(),
        subtitle=escape(_subtitle(result)),
        tiles="".join(_tile(*tile) for tile in _tiles(result)),
        recommendation=_recommendation(result),
        coupons=_coupons(result),
        household=_household(result),
        played=_played(result),
        steps=_table(("step", "seconds"), ((step, f"{seconds:.1f}") for step, seconds in result.steps.items())),
    )
    target = folder / "report.html"
    target.write_text(page)
    return target


def _subtitle(result: Result) -> str:
    counts = ", ".join(f"{n:,} {noun.replace('_', ' ')}" for noun, n in result.counts.items())
    return f"{'A quick run over 300 households' if result.quick else 'A full run'}: {counts}."


def _tiles(result: Result) -> Iterable[tuple[str, str, str]]:
    for level, methods in result.recommendation.items():
        best = methods["shopkeeper"]
        rival, peer = max(((name, score) for name, score in methods.items() if name != "shopkeeper"), key=_by_ndcg)
        yield f"{best.ndcg:.3f}", f"NDCG@10, {level} level", f"{METHODS[rival]}: {peer.ndcg:.3f}"
    ours, chain = result.coupons.shopkeeper, result.coupons.chain
    yield f"{ours.share:.0%}", "of coupon cost on what is bought anyway", f"the chain's mailing: {chain.share:.0%}"
    yield f"{result.played.baskets:,}", "baskets scanned through the API", f"in {result.played.seconds:.1f} s"


def _by_ndcg(entry: tuple[str, Score]) -> float:
    return entry[1].ndcg


def _tile(figure: str, what: str, beside: str) -> str:
    return f"<div class=tile><b>{escape(figure)}</b><span>{escape(what)}</span><small>{escape(beside)}</small></div>"


def _recommendation(result: Result) -> str:
    parts = []
    for level, methods in result.recommendation.items():
        ordered = {name: methods[name] for name in METHODS if name in methods}
        bars = {METHODS[name]: score.ndcg for name, score in ordered.items()}
        customers = ordered["shopkeeper"].customers
        caption = f"NDCG@10 at {level} level, mean over {customers:,} households; lines are 95 % intervals."
        spans = [(score.low, score.high) for score in ordered.values()]
        table = _table(SCORE_HEADINGS, score_rows(methods))
        parts += [f"<h3>{LEVELS[level]}</h3>", _bars(bars, caption, spans, percent=False), table]
    return "".join(parts)


def _coupons(result: Result) -> str:
    bars = {who: side.share for who, side in sides(result.coupons).items()}
    spans = [(side.low, side.high) for side in sides(result.coupons).values()]
    caption = "Share of expected coupon cost spent on what would be bought anyway; lines are 95 % intervals."
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in coupon_sentences(result.coupons))
    roles = ((role, f"{n:,}") for role, n in result.decided.roles.items())
    return (
        _bars(bars, caption, spans, percent=True)
        + _table(ANYWAY_HEADINGS, anyway_rows(result.coupons))
        + f"<ul>{said}</ul><h3>What they are for</h3>"
        + _table(("role", "coupons decided for all households"), roles)
    )


def _household(result: Result) -> str:
    page = result.household
    segments = ", ".join(page.segments) or "none"
    return (
        f"<h3>{escape(page.name)}</h3>"
        + _table(("what is known", ""), [*page.facts, ("segments", segments)])
        + "<h3>What to put in front of them next</h3>"
        + _table(PICK_HEADINGS, pick_rows(page.picks))
        + "<h3>Coupons</h3>"
        + _table(COUPON_HEADINGS, coupon_rows(page.coupons))
    )


def _played(result: Result) -> str:
    played = result.played
    basket = ", ".join(played.basket)
    sides = zip(titles(played.before), titles(played.after), strict=False)
    coupons = zip(titles(played.coupons_before), titles(played.coupons_after), strict=False)
    return (
        f"<p>{played.baskets:,} baskets of the first hours after the cut were scanned one after the other, each "
        f"answered when it was durable and folded in. {played.asked} households were asked before and after: the "
        f"coupons of {played.changed} changed. Most did those of {escape(played.name)}.</p>"
        f"<p>Its basket: {escape(basket)}.</p>"
        + _table(("next, before the basket", "next, after it"), sides)
        + _table(("coupons, before the basket", "coupons, after it"), coupons)
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th scope=col>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _bars(bars: dict[str, float], caption: str, spans: Sequence[tuple[float, float]], *, percent: bool) -> str:
    """Draw horizontal bars with their intervals; the table beside says the same to who cannot see it."""
    names, values = list(bars), list(bars.values())
    figure = go.Figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            marker_color=[OURS, *[PEER] * (len(names) - 1)],
            error_x=_error_bars(values, spans),
            hovertemplate="%{y}: %{x:.1%}<extra></extra>" if percent else "%{y}: %{x:.3f}<extra></extra>",
        )
    )
    figure.update_layout(
        height=70 + 46 * len(names),
        margin={"l": 8, "r": 16, "t": 8, "b": 32},
        bargap=0.35,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"rangemode": "tozero", "tickformat": ".0%" if percent else ".2f", "gridcolor": "rgba(128,128,128,.25)"},
        yaxis={"autorange": "reversed", "automargin": True, "ticklabelstandoff": 8},
        font={"family": "system-ui, sans-serif", "size": 14, "color": "#55524c"},
    )
    drawing = figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True}
    )
    said = escape(caption, quote=True)
    return f'<figure role=img aria-label="{said}">{drawing}<figcaption>{said}</figcaption></figure>'


def _error_bars(values: Sequence[float], spans: Sequence[tuple[float, float]]) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value for value, (_, high) in zip(values, spans, strict=True)],
        "arrayminus": [value - low for value, (low, _) in zip(values, spans, strict=True)],
        "color": "#777",
        "thickness": 1.4,
    }
