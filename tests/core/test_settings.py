"""Settings: the file, the environment above it, and every mistake named without a value."""

from datetime import UTC, datetime

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.settings import Settings, read_settings

KEY = "a-key-of-enough-length"


def refused(text: str = "", **environ: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_settings(text, environ, shop="/shop")
    return str(caught.value).splitlines()


def test_without_a_word_everything_lies_in_the_shop_s_folder():
    assert read_settings("", {}, shop="/shop") == Settings(
        database="sqlite:////shop/.shopkeeper/store.db",
        lake="/shop/.shopkeeper/lake",
        models="/shop/.shopkeeper/models",
        host="127.0.0.1",
        port=8765,
        api_key=None,
        now=None,
    )


def test_the_file_is_read():
    text = 'database = "postgresql://h/d"\nlake = "lake"\nmodels = "/models"\nport = 80\nnow = "2017-12-04T00:00:00Z"'
    found = read_settings(text, {}, shop="/shop/")
    assert (found.database, found.lake, found.models, found.port) == ("postgresql://h/d", "/shop/lake", "/models", 80)
    assert found.now == datetime(2017, 12, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("sqlite:///store.db", "sqlite:////shop/store.db"),
        ("sqlite:///./data/store.db", "sqlite:////shop/data/store.db"),
        ("sqlite:////srv/store.db", "sqlite:////srv/store.db"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_a_file_of_the_database_is_looked_for_from_the_shop_s_folder(text: str, kept: str):
    assert read_settings(f"database = '{text}'", {}, shop="/shop").database == kept


def test_the_environment_overrides_the_file():
    environ = {"SHOPKEEPER_PORT": "81", "SHOPKEEPER_API_KEY": KEY, "PORT": "82"}
    found = read_settings('port = 80\nhost = "::1"', environ, shop="/shop")
    assert (found.host, found.port, found.api_key) == ("::1", 81, KEY)


def test_a_provider_of_identities_is_read_and_its_secret_not_shown():
    text = 'public_url = "http://127.0.0.1:8765"\noidc_issuer = "https://id.example.org"\noidc_client_id = "shop"'
    found = read_settings(text, {"SHOPKEEPER_OIDC_CLIENT_SECRET": "canary"}, shop="/s")
    assert (found.oidc_issuer, found.oidc_client_id) == ("https://id.example.org", "shop")
    assert found.oidc_client_secret == "canary"
    assert "canary" not in repr(found)


def test_a_toml_instant_needs_no_quotes():
    assert read_settings("now = 2017-12-04T01:00:00+01:00", {}, shop="/s").now == datetime(2017, 12, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "shopkeeper.toml: unknown setting 'prot', did you mean 'port'?"),
        (
            "x = 1",
            "shopkeeper.toml: unknown setting 'x', must be one of api_key, database, environment, host, lake, models, "
            "now, oidc_client_id, oidc_client_secret, oidc_issuer, oidc_title, port, public_url",
        ),
        ("port = 70000", "shopkeeper.toml: port: must be a whole number from 0 to 65535"),
        ("port = true", "shopkeeper.toml: port: must be a whole number from 0 to 65535"),
        ('port = "x"', "shopkeeper.toml: port: must be a whole number from 0 to 65535"),
        ("host = 1", "shopkeeper.toml: host: must be a text that is not empty"),
        ('environment = "?"', "shopkeeper.toml: environment: must be a word such as 'production'"),
        ('host = ""', "shopkeeper.toml: host: must be a text that is not empty"),
        ('now = "today"', "shopkeeper.toml: now: not an ISO 8601 instant such as '2017-12-04T09:30:00Z'"),
        (
            "now = 2017-12-04T00:00:00",
            "shopkeeper.toml: now: must be an instant with its zone, such as '2017-12-04T09:30:00Z'",
        ),
        (
            'now = "2017-12-04T00:00:00"',
            "shopkeeper.toml: now: an instant without a zone: name the zone of naive times",
        ),
        ('api_key = "secret"', "shopkeeper.toml: api_key: a key of 6 characters, must have at least 16"),
        (
            "database = 'store.db'",
            "shopkeeper.toml: database: no URL of a database that is served, must be such as",
        ),
        (
            "database = 'mysql://root:secret@h/shop'",
            "shopkeeper.toml: database: no URL of a database that is served, must be such as",
        ),
        ("database = 'sqlite://'", "shopkeeper.toml: database: SQLite needs a file, such as"),
        ("database = 'sqlite:///:memory:'", "shopkeeper.toml: database: SQLite needs a file, such as"),
        ("environment = 'Prod uction'", "shopkeeper.toml: environment: must be one word such as 'production'"),
        ('public_url = "http://shop.example.org"', "shopkeeper.toml: public_url: must be an address such as 'https"),
        ('public_url = "https://u:p@h"', "shopkeeper.toml: public_url: must be an address"),
        ('public_url = "https://[h"', "shopkeeper.toml: public_url: must be an address"),
        ('oidc_issuer = "shop"', "shopkeeper.toml: oidc_issuer: must be an address"),
        ('oidc_title = "Staff"', "shopkeeper.toml: oidc_issuer and oidc_client_id and public_url: needed to sign in"),
        ("port", "shopkeeper.toml: not TOML: "),
        ("a = [" * 1000, "shopkeeper.toml: not TOML: "),
    ],
)
def test_a_wrong_file_is_named(text: str, message: str):
    [line] = refused(text)
    assert line.startswith(message)


def test_a_wrong_variable_is_named_with_the_nearest():
    assert refused(SHOPKEEPER_PROT="1") == ["SHOPKEEPER_PROT: unknown setting, did you mean 'SHOPKEEPER_PORT'?"]
    assert refused(SHOPKEEPER_PORT="x") == ["SHOPKEEPER_PORT: must be a whole number from 0 to 65535"]


def test_all_mistakes_come_at_once():
    assert len(refused("prot = 1\nhost = 2", SHOPKEEPER_NWO="x", SHOPKEEPER_PORT="-1")) == 4


@pytest.mark.parametrize("name", ["SHOPKEEPER_BENCH_DATA", "SHOPKEEPER_SKIP_CONSOLE"])
def test_a_variable_of_the_benchmarks_or_the_build_is_no_setting(name):
    assert read_settings("", {name: "1"}, shop="/s").port == 8765


def test_secrets_are_neither_shown_nor_repeated_in_errors():
    found = read_settings(f'api_key = "{KEY}"\ndatabase = "postgresql://u:canary@h/d"', {}, shop="/s")
    assert KEY not in repr(found)
    assert "canary" not in repr(found)
    assert "canary" not in "".join(refused(SHOPKEEPER_API_KEY="canary", SHOPKEEPER_DATABASE="canary"))
