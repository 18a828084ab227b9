"""From a YAML text to nodes that know their line, within bounds that no file can break."""

from math import isfinite
from typing import Any

from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.node import Node, Scalar

MAX_CHARACTERS = 512 * 1024
MAX_DEPTH = 12
MAX_NODES = 100_000
_TEXTS = frozenset({"str", "timestamp", "merge", "value"})
_CORE = "tag:yaml.org,2002:"


def read_tree(file: str, text: str, mistakes: Mistakes) -> Node | None:
    """Read one file whose top is a mapping; an empty file is an empty mapping.

    Returns: None where the text is not YAML or out of bounds; the mistakes say why.
    """
    if len(text) > MAX_CHARACTERS:
        mistakes.in_file(file, f"{len(text)} characters", expected=f"at most {MAX_CHARACTERS}; import large tables")
        return None
    found = _compose(file, text, mistakes)
    if found is None:
        return None
    if not found:
        return Node(file, "", 1, 1, {})
    tree = _Walk(file, mistakes).node(found[0], "", 0)
    if tree is not None and not isinstance(tree.value, dict):
        mistakes.value(tree, "a mapping of names, such as 'name: …'")
        return None
    return tree


def _compose(file: str, text: str, mistakes: Mistakes) -> list[Any] | None:
    """Parse a text to at most one library node."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        top = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        _syntax(file, text, error, mistakes)
    except YAMLError:
        mistakes.in_file(file, "a character that YAML does not allow", expected="printable text in UTF-8")
    except RecursionError:
        mistakes.in_file(file, "lists or mappings inside one another", expected=f"at most {MAX_DEPTH} deep")
    except (ValueError, LookupError, AttributeError, TypeError):
        mistakes.in_file(file, "a text that cannot be read as YAML")
    else:
        return [] if top is None else [top]
    return None


def _syntax(file: str, text: str, error: Any, mistakes: Mistakes) -> None:
    """Note a syntax error, and a tab before all else: it is the one that cannot be seen."""
    for number, row in enumerate(text.splitlines(), 1):
        if "\t" in row[: len(row) - len(row.lstrip())]:
            where = row.index("\t") + 1
            mistakes.in_file(file, f"line {number}: a tab; YAML indents with spaces", line=number, column=where)
            return
    mark = error.problem_mark or error.context_mark
    what = " ".join(str(error.problem or error.context or "not YAML").split())
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, 1)
    mistakes.in_file(file, f"not YAML: {what[:200]}", line=line, column=column)


class _Walk:
    """Turns library nodes into ours, counting them: an alias is a node each time that it is used."""

    def __init__(self, file: str, mistakes: Mistakes) -> None:
        self._file = file
        self._mistakes = mistakes
        self._left = MAX_NODES

    def node(self, raw: Any, path: str, depth: int) -> Node | None:
        """Turn one node, or note why not; a part that is broken is left out of the whole."""
        here = Node(self._file, path, raw.start_mark.line + 1, raw.start_mark.column + 1, None)
        self._left -= 1
        if depth > MAX_DEPTH:
            self._mistakes.at(here, "lists or mappings inside one another", expected=f"at most {MAX_DEPTH} deep")
            return None
        if self._left <= 0:
            if self._left == 0:
                self._mistakes.in_file(self._file, "too much, aliases counted", expected=f"at most {MAX_NODES} values")
            return None
        kind = str(raw.tag).removeprefix(_CORE)
        if kind == "map" and isinstance(raw.value, list):
            return self._mapping(raw, here, depth)
        if kind == "seq" and isinstance(raw.value, list):
            parts = [self.node(part, f"{path}[{i}]", depth + 1) for i, part in enumerate(raw.value)]
            return _with(here, [part for part in parts if part is not None])
        return self._scalar(raw, here, kind)

    def _scalar(self, raw: Any, here: Node, kind: str) -> Node | None:
        if isinstance(raw.value, str):
            if kind in _TEXTS and (text := _joined(raw.value)) is not None:
                return _with(here, text)
            if kind in _TEXTS:
                self._mistakes.at(here, "half a character (a lone surrogate)", expected="whole characters")
                return None
            if kind in {"null", "bool", "int", "float"}:
                return _with(here, _scalar(kind, raw.value))
        self._mistakes.at(here, f"a tag {kind[:60]!r}", expected="left out: definitions have no tags")
        return None

    def _mapping(self, raw: Any, here: Node, depth: int) -> Node:
        entries: dict[str, Node] = {}
        first: dict[str, int] = {}
        for key, value in raw.value:
            mark = key.start_mark
            spot = Node(self._file, here.path, mark.line + 1, mark.column + 1, None)
            if not isinstance(key.value, str) or not key.value or _joined(key.value) != key.value:
                self._mistakes.at(spot, "a name that is no text", expected="a name, then a colon")
                continue
            path = f"{here.path}.{key.value}" if here.path else key.value
            if key.value in first:
                spot = Node(self._file, path, spot.line, spot.column, None)
                self._mistakes.at(spot, f"named twice, first on line {first[key.value]}; give each a name of its own")
                continue
            first[key.value] = spot.line
            entry = self.node(value, path, depth + 1)
            if entry is not None:
                entries[key.value] = entry
        return _with(here, entries)


def _joined(text: str) -> str | None:
    """Join the halves of a character that two escapes leave apart, or return None where one is alone."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def _with(here: Node, value: "Scalar | list[Node] | dict[str, Node]") -> Node:
    return Node(here.file, here.path, here.line, here.column, value)


def _scalar(kind: str, text: str) -> Scalar:
    """Read a plain scalar; a number outside int64 or not finite stays a text, which no number field takes."""
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        number = _whole(text) if kind == "int" else float(text)
    except ValueError:
        return text
    return number if isfinite(number) and abs(number) < 1 << 63 else text


def _whole(text: str) -> int:
    """Read a whole number: `010` is ten (YAML 1.2), `0x1F` is 31."""
    if len(text) > 24:
        raise ValueError
    try:
        return int(text)
    except ValueError:
        return int(text, 0)
