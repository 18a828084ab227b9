"""Instants as options: ISO 8601 with a zone."""

from datetime import datetime
from typing import Any, Final

import click

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import parse_instant


class _Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read one."""
        try:
            return value if isinstance(value, datetime) else parse_instant(str(value))
        except BadInput as error:
            self.fail(str(error), param, ctx)


INSTANT: Final = _Instant()
