"""Settings: where a shop's data lies and how it is served; shop.yaml holds meaning only.

`shopkeeper.toml` in the shop's folder, each setting overridden by the environment: `SHOPKEEPER_PORT` for `port`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.instant import parse_instant
from shopkeeper.core.source import PRODUCTION, environment_name

PREFIX = "SHOPKEEPER_"
FILE = "shopkeeper.toml"
ELSEWHERE = frozenset({"SHOPKEEPER_BENCH_DATA", "SHOPKEEPER_SHOP", "SHOPKEEPER_SKIP_CONSOLE"})
"""Variables that are no settings: where benchmarks find data, the command line's `--shop`, and one of the build."""
_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process of a shop needs to know.

    database: URL of the operational store, a file in it by its whole path; may hold a password, so it is never shown.
    lake, models: Absolute paths.
    environment: What this shop is for, such as `production`; nothing is taken from a source of another.
    upload_limit_mb: How large a file may be that comes through the browser, in millions of bytes.
    host, port: Where the API listens; port 0 takes a free one.
    api_key: What callers of the API must show; None serves without a key, which only a local address may do.
    now: The instant at which the clock is pinned; None is the present.
    public_url: Where browsers reach the console when it is not at `host` and `port`, such as behind a proxy with TLS.
    oidc_issuer, oidc_client_id, oidc_client_secret, oidc_title: A provider of identities (OpenID Connect) through which
        people of the shop may sign in, and what its button says; all None where there is none.
    """

    database: str = field(repr=False)
    lake: str
    models: str
    environment: str = PRODUCTION
    host: str = "127.0.0.1"
    port: int = 8765
    upload_limit_mb: int = 100
    api_key: str | None = field(default=None, repr=False)
    now: datetime | None = None
    public_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = field(default=None, repr=False)
    oidc_title: str | None = None


def read_settings(text: str, environ: Mapping[str, str], *, shop: str) -> Settings:
    """Read a shop's settings.

    Args:
        text: What shopkeeper.toml says, empty where there is none.
        environ: The process's environment; only `SHOPKEEPER_…` is looked at.
        shop: Absolute path of the shop's folder, to which relative paths refer.

    Raises: BadInput: not TOML, or unknown or wrong settings, every one of them named; values are never repeated.
    """
    mistakes: list[str] = []
    given = {**_from_file(text, mistakes), **_from_environment(environ, mistakes)}
    data = f"{shop.rstrip('/')}/.shopkeeper"
    values: dict[str, Any] = {
        "database": f"sqlite:///{data}/store.db",
        "lake": f"{data}/lake",
        "models": f"{data}/models",
    }
    for name, (place, value) in given.items():
        try:
            values[name] = _read(name, value, shop)
        except BadInput as error:
            mistakes.append(f"{place}: {error}")
    mistakes += _incomplete(values, mistakes)
    if mistakes:
        raise BadInput("\n".join(mistakes))
    return Settings(**values)


def _incomplete(values: Mapping[str, Any], mistakes: list[str]) -> list[str]:
    """Say which settings of a provider of identities are missing, once those that are there are right."""
    needed = ("oidc_issuer", "oidc_client_id", "public_url")
    if mistakes or not any(name.startswith("oidc_") for name in values):
        return []
    missing = [name for name in needed if name not in values]
    return [f"{FILE}: {' and '.join(missing)}: needed to sign in through a provider of identities"] if missing else []


def _from_file(text: str, mistakes: list[str]) -> dict[str, tuple[str, Any]]:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        mistakes.append(f"{FILE}: not TOML: {error}")
        return {}
    known = [entry.name for entry in fields(Settings)]
    mistakes += [f"{FILE}: unknown setting {name!r}{_near(name, known)}" for name in table if name not in known]
    return {name: (f"{FILE}: {name}", value) for name, value in table.items() if name in known}


def _from_environment(environ: Mapping[str, str], mistakes: list[str]) -> dict[str, tuple[str, Any]]:
    known = {f"{PREFIX}{entry.name.upper()}": entry.name for entry in fields(Settings)}
    found: dict[str, tuple[str, Any]] = {}
    for variable in sorted(environ):
        if variable in known:
            found[known[variable]] = (variable, environ[variable])
        elif variable.startswith(PREFIX) and variable not in ELSEWHERE:
            mistakes.append(f"{variable}: unknown setting{_near(variable, known)}")
    return found


def _near(name: str, known: Mapping[str, str] | list[str]) -> str:
    return nearest(name, known) or f", must be one of {', '.join(sorted(known))}"


def _read(name: str, value: Any, shop: str) -> Any:
    if name == "port":
        return _whole(value, least=0, most=65_535)
    if name == "upload_limit_mb":
        return _whole(value, least=1, most=100_000)
    if name == "now":
        return _instant(value)
    text = _text(value)
    if name == "environment":
        return _word(environment_name(text))
    if name in {"lake", "models"}:
        return text if text.startswith("/") else f"{shop.rstrip('/')}/{text.removeprefix('./')}"
    if name in {"public_url", "oidc_issuer"}:
        return _url(text)
    if name == "database":
        return _database(text, shop)
    if name == "api_key" and len(text) < _KEY_LENGTH:
        raise BadInput(f"a key of {len(text)} characters, must have at least {_KEY_LENGTH}")
    return text


def _word(text: str) -> str:
    if " " in text:
        raise BadInput("must be one word such as 'production', 'staging' or 'development'")
    return text


def _database(text: str, shop: str) -> str:
    """Read the URL of a database that is served; the file of SQLite is looked for from the shop's folder."""
    scheme, mark, rest = text.partition("://")
    kind = scheme.partition("+")[0]
    if not mark or kind not in {"sqlite", "postgresql"}:
        raise BadInput(
            "no URL of a database that is served, must be such as 'sqlite:////srv/shop/store.db' or "
            "'postgresql://host/shop'"
        )
    if kind == "postgresql":
        return text
    file = rest.removeprefix("/")
    if not rest.startswith("/") or not file or file == ":memory:":
        raise BadInput("SQLite needs a file, such as 'sqlite:////srv/shop/store.db' or 'sqlite:///store.db'")
    return text if file.startswith("/") else f"{scheme}:///{shop.rstrip('/')}/{file.removeprefix('./')}"


def _url(text: str) -> str:
    """Read an address that must not be listened to on its way; an issuer's is compared letter by letter."""
    try:
        parts = urlsplit(text)
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        named = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        named = local = False
    if not named or not (parts.scheme == "https" or (local and parts.scheme == "http")):
        raise BadInput("must be an address such as 'https://shop.example.org'; http:// does on this machine alone")
    return text


def _instant(value: Any) -> datetime:
    if not isinstance(value, datetime):
        return parse_instant(_text(value))
    if value.tzinfo is None:
        raise BadInput("must be an instant with its zone, such as '2017-12-04T09:30:00Z'")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadInput("must be a text that is not empty")
    return value.strip()


def _whole(value: Any, *, least: int, most: int) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise BadInput(f"must be a whole number from {least} to {most}")
    return number
