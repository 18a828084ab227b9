"""Writing a mapping as the YAML of a mapping file."""

from io import StringIO
from typing import Any

ORDER = ("kind", "source", "zone", "dates", "money", "decimal", "encoding", "delimiter", "header", "empty")
"""What a mapping file says first, in this order; then its fields as they come."""


def write_mapping(mapping: dict[str, Any]) -> str:
    """Write a mapping's YAML; `read_mapping` reads the same back."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    def inline(value: Any) -> Any:
        made: CommentedMap | CommentedSeq
        if isinstance(value, dict):
            made = CommentedMap({str(key): inline(part) for key, part in value.items()})
        elif isinstance(value, list | tuple):
            made = CommentedSeq([inline(part) for part in value])
        else:
            return value
        made.fa.set_flow_style()
        return made

    named = [key for key in ORDER if key in mapping] + [key for key in mapping if key not in ORDER]
    yaml = YAML()
    yaml.width = 4096
    written = StringIO()
    yaml.dump(CommentedMap({str(key): inline(mapping[key]) for key in named}), written)
    return written.getvalue()
