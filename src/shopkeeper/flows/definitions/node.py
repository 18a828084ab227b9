"""A value of a YAML file that remembers where it stood."""

from dataclasses import dataclass
from typing import Any

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """One value with its place: `path` inside the file, `line` and `column` counted from 1."""

    file: str
    path: str
    line: int
    column: int
    value: "Scalar | list[Node] | dict[str, Node]"

    def items(self) -> "list[tuple[str, Node]]":
        """Return the entries of a mapping; none for any other value."""
        return list(self.value.items()) if isinstance(self.value, dict) else []

    def children(self) -> "list[Node]":
        """Return the values of a mapping; none for any other value."""
        return list(self.value.values()) if isinstance(self.value, dict) else []

    def has(self, key: str) -> bool:
        """Tell whether this is a mapping with such an entry."""
        return isinstance(self.value, dict) and key in self.value

    def get(self, *keys: str) -> "Node":
        """Return the entry under some keys, or the innermost mapping that exists on the way."""
        node = self
        for key in keys:
            if not isinstance(node.value, dict) or key not in node.value:
                return node
            node = node.value[key]
        return node

    def plain(self) -> Any:
        """Return the value as dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value
