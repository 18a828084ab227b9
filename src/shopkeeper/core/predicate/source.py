"""A predicate's text: from SQL to sqlglot's tree, and errors that point at the place."""

from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from shopkeeper.core.predicate.misread import Misread

_LONGEST = 50_000
_DEEPEST = 24
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_PREFIXES = {TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE, TokenType.CASE, TokenType.INTERVAL}
_DIALECT = DuckDB()


class Source(NamedTuple):
    """The text of a predicate and the place where it was defined, such as `segments.yaml: lapsing.where`."""

    text: str
    place: str

    def error(self, message: str, span: tuple[int, int] | None = None) -> Misread:
        """Make an error; `span` is the first and last offset in the text that it is about."""
        if span is None or not self.text:
            return Misread(f"{self.place}: {message}", said=message, start=0, end=len(self.text))
        start = min(span[0], len(self.text))
        row = self.text.count("\n", 0, start)
        begins = self.text.rfind("\n", 0, start) + 1
        column = start - begins
        line = self.text[begins:].split("\n", 1)[0]
        width = max(1, min(span[1] + 1, begins + len(line)) - start)
        cut = max(0, column - 50)
        shown = "".join(letter if letter.isprintable() else " " for letter in line[cut : column + 70])
        caret = " " * (column - cut) + "^" * min(width, 70)
        sketch = f"{self.place}: line {row + 1}, column {column + 1}: {message}\n    {shown}\n    {caret}"
        return Misread(sketch, said=message, start=start, end=max(start, min(span[1] + 1, len(self.text))))

    def parse(self) -> exp.Expr:
        """Return sqlglot's tree. Raises: Misread: no SQL expression, too long, or nested too deeply."""
        if len(self.text) > _LONGEST:
            raise self.error(f"a predicate of {len(self.text)} characters, must be at most {_LONGEST}")
        if not self.text.isprintable():
            self._refuse_odd_characters()
        tokens = self._tokens()
        self._refuse_unfit(tokens)
        try:
            return _DIALECT.parser().parse_into(exp.Condition, tokens, self.text)[0] or exp.Null()
        except ParseError as error:
            raise self._syntax(error) from None
        except Exception:  # sqlglot meets odd text with errors of many kinds; all mean: not an expression
            raise self.error("not an SQL condition such as `orders_90d >= 6 and country = 'AT'`") from None

    def _refuse_odd_characters(self) -> None:
        for at, letter in enumerate(self.text):
            if (letter < " " and letter not in "\t\r\n") or "\ud800" <= letter <= "\udfff":
                raise self.error(f"character U+{ord(letter):04X}, must be text without control characters", (at, at))

    def _tokens(self) -> list[Token]:
        try:
            return _DIALECT.tokenize(self.text)
        except Exception:  # whatever the tokenizer stumbles over is a mistake in the text
            at = self._open_quote()
            if at is None:
                raise self.error("cannot be read as SQL") from None
            raise self.error("a quote is opened here and not closed; inside a text write '' for '", (at, at)) from None

    def _open_quote(self) -> int | None:
        opened: int | None = None
        for at, letter in enumerate(self.text):
            if opened is None and letter in "'\"":
                opened = at
            elif opened is not None and letter == self.text[opened]:
                opened = None
        return opened

    def _refuse_unfit(self, tokens: list[Token]) -> None:
        if not tokens:
            raise self.error("an empty predicate, expected a condition such as `orders_90d >= 6`")
        opened: list[Token] = []
        run = 0
        for token in tokens:
            if token.comments:
                raise self.error("a comment, which predicates do not have; use `description`", (token.start, token.end))
            if token.token_type == TokenType.SEMICOLON:
                raise self.error("a semicolon; a predicate is one condition", (token.start, token.end))
            if token.token_type in _OPENING:
                opened.append(token)
            elif token.token_type in _CLOSING and opened:
                opened.pop()
            run = run + 1 if token.token_type in _PREFIXES else 0
            if len(opened) + run > _DEEPEST:
                raise self.error(f"nested more than {_DEEPEST} deep", (token.start, token.end))
        if opened:
            raise self.error("a bracket is opened here and not closed", (opened[-1].start, opened[-1].end))

    def _syntax(self, error: ParseError) -> Misread:
        found = error.errors[0] if error.errors else {}
        said = str(found.get("description") or "not an SQL condition").rstrip(".")
        if "line" not in found or "highlight" not in found:
            return self.error(f"not an SQL condition: {said}")
        width = len(str(found["highlight"]))
        lines = self.text.split("\n")
        ends = sum(len(line) + 1 for line in lines[: int(found["line"]) - 1]) + int(found["col"])
        what = "something is missing after this" if said.startswith("Required") else "not expected here"
        return self.error(f"not an SQL condition: {what}", (max(0, ends - width), ends - 1))


def span(node: exp.Expr) -> tuple[int, int] | None:
    """Return the first and last offset of a node in its text, as far as sqlglot kept them."""
    kept = [part.meta for part in node.walk() if "start" in part.meta]
    if kept:
        return min(meta["start"] for meta in kept), max(meta["end"] for meta in kept)
    return span(node.parent) if isinstance(node.parent, exp.Expr) else None
