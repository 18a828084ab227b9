"""One entry of a YAML text changed, added or taken away, and every other character left as it was.

The entry's own comments and order stay too. Where an entry cannot be cut out (flow style, aliases), the whole text is
written anew by ruamel, which keeps comments and order but not every space.
"""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from shopkeeper.core.errors import BadInput

Fields = Mapping[str, Any]


def splice(text: str, path: Sequence[str], name: str, fields: Fields | None) -> str:
    """Set fields of the entry `name` of the mapping under `path`, or take the entry away.

    Args:
        fields: What they become; one that is None is taken away (RFC 7396), the rest stays. None: no entry at all.

    Raises: BadInput: the text is no YAML mapping, or an entry to be taken away is not there.
    """
    wanted = msgspec.to_builtins(_plain(text))  # an alias must not drag along what it stands for
    _change(_under(wanted, path), name, fields)
    for way in (_by_lines, _anew):
        for given in (fields, _quoted(fields)):
            made = way(text, path, name, given)
            if made is not None and _says(made, wanted):
                return made
    raise BadInput(f"{'.'.join([*path, name])}: cannot be changed where it stands; edit the file instead")


def _quoted(fields: Fields | None) -> Fields | None:
    """Quote every text: ruamel leaves `?0` bare within braces, where YAML reads something else."""
    if fields is None:
        return None
    return {key: DoubleQuotedScalarString(value) if isinstance(value, str) else value for key, value in fields.items()}


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _plain(text) == wanted
    except BadInput:
        return False


def _plain(text: str) -> dict[str, Any]:
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        raise BadInput(f"not YAML: {type(error).__name__}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadInput("not a mapping of names")
    return found


def _under(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        if data.get(key) is None:
            data[key] = CommentedMap() if isinstance(data, CommentedMap) else {}
        data = data[key]
    return data


def _change(entries: Any, name: str, fields: Fields | None) -> None:
    """Change an entry of a mapping in place."""
    if fields is None:
        if name not in entries:
            raise BadInput(f"{name!r} is not there")
        del entries[name]
        return
    if not isinstance(entries.get(name), dict):
        entries[name] = CommentedMap() if isinstance(entries, CommentedMap) else {}
    for key, value in fields.items():
        if value is None:
            entries[name].pop(key, None)
        else:
            entries[name][key] = value


def _round_trip() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    return yaml


def _anew(text: str, path: Sequence[str], name: str, fields: Fields | None) -> str | None:
    yaml = _round_trip()
    data = yaml.load(text)
    data = CommentedMap() if data is None else data
    entries = _under(data, path)
    if not entries:
        entries.fa.set_block_style()
    _change(entries, name, fields)
    return _dumped(yaml, data)


def _dumped(yaml: YAML, data: Any) -> str:
    out = StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _by_lines(text: str, path: Sequence[str], name: str, fields: Fields | None) -> str | None:
    """Change the lines of one entry alone; None where they are not its own."""
    entries = _block(text, path)
    if entries is None or not entries.value:
        return None
    lines = text.splitlines(keepends=True)
    column = entries.value[0][0].start_mark.column
    starts = [key.start_mark.line for key, _ in entries.value]
    names = [key.value for key, _ in entries.value]
    ends = [_end(lines, start, column) for start in starts]
    if name not in names:
        return None if fields is None else _added(lines, ends[-1], column, name, fields)
    at = names.index(name)
    own = "".join(line[column:] or line[-1:] for line in lines[starts[at] : ends[at]])
    changed = "" if fields is None else _entry(own, name, fields)
    if changed is None:
        return None
    return "".join([*lines[: starts[at]], _indented(changed, column), *lines[ends[at] :]])


def _block(text: str, path: Sequence[str]) -> MappingNode | None:
    """Find the mapping under a path if it is written in block style."""
    found: Node | None = YAML(typ="safe", pure=True).compose(text)
    for key in path:
        if not isinstance(found, MappingNode):
            return None
        found = next((value for name, value in found.value if name.value == key), None)
    return found if isinstance(found, MappingNode) and not found.flow_style else None


def _end(lines: Sequence[str], start: int, column: int) -> int:
    """Return the line behind an entry: comments and empty lines behind it belong to what comes next."""
    end = start + 1
    for at in range(start + 1, len(lines)):
        line = lines[at]
        if not line.strip() or (line.lstrip().startswith("#") and len(line) - len(line.lstrip()) <= column):
            continue
        if len(line) - len(line.lstrip()) <= column:
            break
        end = at + 1
    return end


def _entry(own: str, name: str, fields: Fields) -> str | None:
    yaml = _round_trip()
    try:
        data = yaml.load(own)
    except YAMLError:  # an alias of something that stands outside
        return None
    _change(data, name, fields)
    return _dumped(yaml, data)


def _added(lines: Sequence[str], end: int, column: int, name: str, fields: Fields) -> str:
    entry = CommentedMap({name: CommentedMap((key, value) for key, value in fields.items() if value is not None)})
    before = list(lines[:end])
    if not before[-1].endswith("\n"):
        before[-1] += "\n"
    return "".join([*before, _indented(_dumped(_round_trip(), entry), column), *lines[end:]])


def _indented(text: str, column: int) -> str:
    return "".join(" " * column + line if line.strip() else line for line in text.splitlines(keepends=True))
