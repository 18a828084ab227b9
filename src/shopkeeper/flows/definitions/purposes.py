"""The purposes of shop.yaml: what one field of theirs cannot know of the others."""

from shopkeeper.core.definitions import Purpose
from shopkeeper.core.errors import BadInput
from shopkeeper.core.term import parse_term
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.node import Node


def check_purpose(purpose: Purpose, node: Node, mistakes: Mistakes) -> None:
    """Note what is wrong with a purpose."""
    if purpose.basis == "contract" and (purpose.gpc or purpose.categories):
        mistakes.at(node, "a contract takes no word of consent", expected="without category and gpc")
    if not all(category.strip() for category in purpose.categories):
        mistakes.value(node.get("category"), "a category of the consent banner, such as 'marketing'")
    for field in ("expires_after", "least_grade"):
        if getattr(purpose, field) is not None and purpose.basis != "consent":
            mistakes.at(node.get(field), f"goes with basis 'consent' alone, not with {purpose.basis!r}")
    if purpose.expires_after is not None:
        try:
            parse_term(purpose.expires_after)
        except BadInput as error:
            mistakes.at(node.get("expires_after"), str(error))
