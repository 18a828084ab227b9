"""init, check, apply, versions: what a newcomer types, and how it fails."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopkeeper.cli.main import COMMANDS, Commands, cli

NEARLY = "lapsing: {where: order_90d > 3}\n"


def shopkeeper(*words: str, answer: str | None = None) -> Result:
    """Type a command; an exception that is not an exit is a failure of the test."""
    done = CliRunner().invoke(cli, list(words), input=answer)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop's folder, freshly made, in which the commands are typed."""
    for name in [name for name in os.environ if name.startswith("SHOPKEEPER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert shopkeeper("init", "shop").exit_code == 0
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.mark.parametrize("example", ["blank", "grocery"])
def test_what_init_makes_passes_check(tmp_path: Path, example: str):
    assert shopkeeper("init", str(tmp_path / "a" / "b"), "--example", example).exit_code == 0
    done = shopkeeper("--shop", str(tmp_path / "a" / "b"), "check")
    assert done.exit_code == 0
    assert "All is well" in done.output
    assert (tmp_path / "a" / "b" / ".gitignore").read_text() == ".shopkeeper/\n"


def test_check_counts_one_thing_as_one(folder: Path):
    assert " 2 segments, 0 offers, 0 offer rules, 1 slot. " in shopkeeper("check").output


def test_init_overwrites_nothing(folder: Path):
    (folder / "shop.yaml").write_text("mine")
    done = shopkeeper("init")
    assert done.exit_code == 2
    assert "nothing is overwritten" in done.stderr
    assert (folder / "shop.yaml").read_text() == "mine"


def test_init_keeps_what_git_ignores_already(tmp_path: Path):
    (tmp_path / ".gitignore").write_text("build/\n")
    assert shopkeeper("init", str(tmp_path)).exit_code == 0
    assert (tmp_path / ".gitignore").read_text() == "build/\n.shopkeeper/\n"


def test_init_in_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = shopkeeper("init", str(tmp_path / "file" / "shop"))
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_check_names_every_mistake_and_ends_with_2(folder: Path):
    (folder / "segments.yaml").write_text(NEARLY + "a: {wher: x}\n")
    done = shopkeeper("check")
    assert done.exit_code == 2
    expected = "segments.yaml: lapsing.where: unknown trait 'order_90d', did you mean 'orders_90d'? (line 1:18)"
    assert done.stderr.splitlines()[0] == expected
    assert "segments.yaml: a.wher: unknown field 'wher', did you mean 'where'?" in done.stderr
    assert done.stdout == ""


def test_check_names_a_wrong_setting(folder: Path):
    (folder / "shopkeeper.toml").write_text("prot = 80\n")
    done = shopkeeper("check")
    assert done.exit_code == 2
    assert "shopkeeper.toml: unknown setting 'prot', did you mean 'port'?" in done.stderr


def test_check_names_a_folder_of_the_database_that_is_not_there(folder: Path):
    (folder / "shopkeeper.toml").write_text('database = "sqlite:///dta/2026/store.db"\n')
    done = shopkeeper("check")
    assert done.exit_code == 2
    assert f"database: the folder {folder}/dta/2026 is not there; make it, or mend the path" in done.stderr
    (folder / "dta" / "2026").mkdir(parents=True)
    assert shopkeeper("check").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("event", "send", '{"type": "track", "event": "x", "userId": "1"}'),
        ("customer", "note", "add", "user_id:1", "x"),
        ("decide", "window"),
        ("serve", "--port", "0"),
        ("segment", "refresh"),
        ("model", "train"),
    ],
)
def test_what_needs_definitions_makes_no_store(folder: Path, words: tuple[str, ...]):
    done = shopkeeper(*words)
    assert done.exit_code == 1
    assert "there is no store; make one with `shopkeeper apply`" in done.stderr
    assert not (folder / ".shopkeeper").exists()


def test_check_tells_programs_the_same(folder: Path):
    (folder / "segments.yaml").write_text(NEARLY)
    done = shopkeeper("check", "--json")
    assert done.exit_code == 2
    [mistake] = json.loads(done.stdout)["mistakes"]
    assert (mistake["file"], mistake["path"], mistake["line"]) == ("segments.yaml", "lapsing.where", 1)


@pytest.mark.parametrize("words", [["--json", "check"], ["check", "--json"]])
def test_a_good_shop_is_counted(folder: Path, words: list[str]):
    told = json.loads(shopkeeper(*words).stdout)
    assert (told["ok"], told["mistakes"], told["counts"]["traits"]) == (True, [], 4)


def test_a_folder_below_the_shop_finds_it(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert shopkeeper("check").exit_code == 0


def test_no_shop_is_told_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    done = shopkeeper("check")
    assert done.exit_code == 2
    assert "make a shop with 'shopkeeper init'" in done.stderr


def test_apply_shows_the_difference_asks_and_keeps_who(folder: Path):
    done = shopkeeper("apply", "--who", "ann", answer="y\n")
    assert done.exit_code == 0
    assert "+ segment regulars" in done.stdout
    assert "Version 1" in done.stdout
    [version] = json.loads(shopkeeper("versions", "--json").stdout)
    assert (version["number"], version["who"]) == (1, "ann")


def test_apply_that_is_not_confirmed_changes_nothing(folder: Path):
    done = shopkeeper("apply", answer="n\n")
    assert done.exit_code == 1
    assert json.loads(shopkeeper("versions", "--json").stdout) == []


def test_apply_of_mistakes_changes_nothing(folder: Path):
    (folder / "segments.yaml").write_text(NEARLY)
    done = shopkeeper("apply", "--yes")
    assert done.exit_code == 2
    assert not (folder / ".shopkeeper").exists()


def test_a_second_apply_shows_only_what_changed(folder: Path):
    shopkeeper("apply", "--yes")
    traits = (folder / "traits.yaml").read_text()
    (folder / "traits.yaml").write_text(traits.replace("90 days", "60 days"))
    done = shopkeeper("apply", "--yes", "--who", "bob")
    assert done.stdout.splitlines()[:2] == ["~ trait orders_90d", "    computed.window: 90 days → 60 days"]
    assert shopkeeper("apply", "--yes").stdout == "Nothing changed.\n"
    assert "bob\n    ~ trait orders_90d\n" in shopkeeper("versions").stdout


def test_apply_for_programs_must_be_confirmed_in_advance(folder: Path):
    done = shopkeeper("apply", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stderr)["code"] == "bad_input"
    applied = json.loads(shopkeeper("apply", "--json", "--yes").stdout)
    assert applied["number"] == 1


def test_wrong_settings_are_named_and_nothing_is_opened(folder: Path):
    (folder / "shopkeeper.toml").write_text("prot = 1")
    done = shopkeeper("apply", "--yes")
    assert done.exit_code == 2
    assert done.stderr == "shopkeeper.toml: unknown setting 'prot', did you mean 'port'?\n"


def test_definitions_in_force_that_cannot_be_read_any_more_can_be_replaced(folder: Path):
    import asyncio
    from datetime import UTC, datetime

    from shopkeeper.core.definitions import AppliedVersion
    from shopkeeper.store import open_store

    async def put() -> None:
        store = await open_store(f"sqlite:///{folder}/.shopkeeper/store.db")
        old = AppliedVersion(version="old", number=1, who="ann", at=datetime(2017, 1, 1, tzinfo=UTC), files={})
        await store.put_version(old, replaces=None)
        await store.close()

    asyncio.run(put())
    done = shopkeeper("apply", "--yes")
    assert done.exit_code == 0
    assert "version old cannot be read by this release" in done.stdout


def test_ctrl_c_ends_without_a_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shopkeeper.flows.definitions.load_folder", stop)
    done = shopkeeper("check")
    assert (done.exit_code, done.stderr) == (130, "Stopped.\n")


def test_what_the_system_refuses_ends_without_a_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied", "/srv/shop")

    monkeypatch.setattr("shopkeeper.cli.shop.shop_folder", lambda: refused(folder))
    done = shopkeeper("check", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stderr) == {"code": "store_error", "message": "/srv/shop: Permission denied"}


def test_every_command_in_the_list_exists_and_is_listed_with_its_line():
    listed = shopkeeper("--help").stdout
    group = cli
    assert isinstance(group, Commands)
    for name, entry in COMMANDS.items():
        assert group.get_command(None, name) is not None  # type: ignore[arg-type]
        assert name in listed
        assert entry.help[:30] in listed


def test_a_command_that_does_not_exist_is_a_usage_error():
    assert shopkeeper("aply").exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("decide", "window", "--nope", "--json"), "No such option"),
        (("--json", "aply"), "No such command"),
        (("customer", "merge", "A", "--json"), "Missing argument 'B'"),
        (("--nope", "check", "--json"), "No such option"),
        (("decide", "window", "--n", "many", "--json"), "is not a valid integer"),
    ],
)
def test_with_json_a_command_that_was_typed_wrong_is_told_as_json(words: tuple[str, ...], said: str):
    done = shopkeeper(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    found = json.loads(done.stderr)
    assert found["code"] == "bad_input"
    assert said in found["message"]
