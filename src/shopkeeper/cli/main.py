"""The command `shopkeeper`: its global options, its list of commands, and how it fails."""

from collections.abc import Mapping
from errno import EPIPE
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple

import click

from shopkeeper import __version__
from shopkeeper.cli.output import Options, error_as_json, print_error
from shopkeeper.core.errors import BadInput, ShopkeeperError, StoreError

STOPPED = 130
"""The exit code of a program that was stopped by Ctrl-C."""


class Entry(NamedTuple):
    """Where a command lives, `module:attribute`, and the line that lists it; nothing is imported to list it."""

    target: str
    help: str


COMMANDS: Mapping[str, Entry] = {
    "init": Entry("shopkeeper.cli.shop:init", "Make a shop's folder."),
    "check": Entry("shopkeeper.cli.shop:check", "Check definitions and settings, and list every mistake."),
    "apply": Entry("shopkeeper.cli.shop:apply", "Show what changed in the definitions and put them in force."),
    "versions": Entry("shopkeeper.cli.shop:versions", "List who put which definitions in force, and when."),
    "pull": Entry("shopkeeper.cli.pull:pull", "Write the definitions in force into the folder."),
    "import": Entry("shopkeeper.cli.data:import_", "Import a table of orders, customers, items, offers or events."),
    "source": Entry("shopkeeper.cli.sources:source", "Say who may send events, see who did, and what was imported."),
    "contract": Entry("shopkeeper.cli.contract:contract", "See what the events of each source look like, and hold it."),
    "quarantine": Entry("shopkeeper.cli.quarantine:quarantine", "List, show and replay what could not be taken."),
    "model": Entry("shopkeeper.cli.model:model", "Train models, see which are in force, and change that."),
    "segment": Entry("shopkeeper.cli.segment:segment", "Count, check, compare and change segments."),
    "trait": Entry("shopkeeper.cli.segment:trait", "Look at what is known about customers."),
    "customer": Entry("shopkeeper.cli.customer:customer", "Find customers, look at one, write notes."),
    "group": Entry("shopkeeper.cli.group:group", "Look at households, companies and who belongs to them."),
    "decide": Entry("shopkeeper.cli.serving:decide", "Decide what a customer should see in a slot now."),
    "simulate": Entry("shopkeeper.cli.decisions:simulate", "Take a decision apart, at any instant; write nothing."),
    "decision": Entry("shopkeeper.cli.decisions:decision", "Look at what was decided."),
    "rank": Entry("shopkeeper.cli.serving:rank", "Put your own list of items in a customer's order."),
    "slot": Entry("shopkeeper.cli.decisions:slot", "Look at where something is shown."),
    "place": Entry("shopkeeper.cli.decisions:place", "Look at the places where the shop sells."),
    "home": Entry("shopkeeper.cli.home:home", "Say what must be looked after, and what is different today."),
    "event": Entry("shopkeeper.cli.event:event", "Look at the log of events, as it was and as it comes."),
    "report": Entry("shopkeeper.cli.people:report", "Compare the treated customers with the universal holdout."),
    "offer": Entry("shopkeeper.cli.offer:offer", "Look at what offers cost."),
    "tour": Entry("shopkeeper.cli.tour:tour", "Show two customers who differ as much as can be."),
    "openapi": Entry("shopkeeper.cli.serving:openapi", "Print the OpenAPI document of the HTTP API."),
    "user": Entry("shopkeeper.cli.user:user", "Say who may sign in to the console, and as what."),
    "serve": Entry("shopkeeper.cli.serving:serve", "Serve the HTTP API until Ctrl-C."),
}


_JSON = f"{__name__}.json"


class _ToldAsJson(click.UsageError):
    """A command that was typed wrong, as programs read it."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it as every other error is printed with `--json`."""
        click.echo(error_as_json(BadInput(self.message)), file=file, err=file is None)


class Commands(click.Group):
    """Imports a command only when it is called, and turns our errors into one message without a traceback."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the global options; `--json` counts wherever it stands, even behind what cannot be read."""
        as_json = "--json" in args
        try:
            made = super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise (_ToldAsJson(error.format_message()) if as_json else error) from None
        made.meta[_JSON] = as_json
        return made

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order of the list."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].target.split(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the lines kept beside the names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; bad input ends with 2, any other failure with 1."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise (_ToldAsJson(error.format_message()) if ctx.meta[_JSON] else error) from None
        except ShopkeeperError as error:
            print_error(error)
            ctx.exit(2 if isinstance(error, BadInput) else 1)
        except OSError as error:
            if error.errno in {None, EPIPE}:
                raise
            print_error(StoreError(f"{error.filename or ctx.invoked_subcommand}: {error.strerror}"))
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--shop",
    envvar="SHOPKEEPER_SHOP",
    type=click.Path(path_type=Path, file_okay=False),
    help="The shop's folder; by default the nearest one upwards that holds shop.yaml.",
)
@click.option("--json", "as_json", is_flag=True, help="Print results and errors as JSON.")
@click.version_option(__version__, prog_name="shopkeeper")
@click.pass_context
def cli(ctx: click.Context, shop: Path | None, as_json: bool) -> None:
    """Know every customer, pick what is right for each, explain it, and learn from the answer."""
    ctx.obj = Options(shop=shop, as_json=as_json)


def main() -> None:
    """Run the command line; the console script calls this."""
    cli.main(prog_name="shopkeeper")
