"""`diktor release deploy | activate | roll-back | unload | tidy`: what the running Triton serves."""

import asyncio

import click
import msgspec

from diktor.cli.json_line import json_option
from diktor.cli.release_tables import answer
from diktor.releases.deploy import Deployer, Outcome
from diktor.releases.tidy import tidy as look
from diktor.settings import Settings
from diktor.store.client import Store

TRIED = 0.1
"""Share of the calls that a release on trial scores too."""

share_option = click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True), help="With --shadow: of the calls. [default: 0.1]"
)
shadow_option = click.option(
    "--shadow", is_flag=True, help="On trial: it scores a share of the calls, no verdict hears it."
)
number_argument = click.argument("number", type=click.IntRange(1))


@click.command()
@number_argument
@click.option("--no-activate", is_flag=True, help="Only load it; diktor release activate makes it active.")
@shadow_option
@share_option
@json_option
def deploy(number: int, no_activate: bool, shadow: bool, share: float | None, as_json: bool) -> None:
    """Load a release beside the serving one, check it on its golden windows, make it active."""
    tried = _share(shadow, share)
    if tried and no_activate:
        raise click.UsageError("--shadow and --no-activate exclude each other")
    active = not no_activate and not tried
    _moved(asyncio.run(Deployer(Settings.load()).deploy(number, active, tried)), as_json)


@click.command()
@number_argument
@shadow_option
@share_option
@json_option
def activate(number: int, shadow: bool, share: float | None, as_json: bool) -> None:
    """Make a release active that Triton has loaded already, or put it on trial."""
    _moved(asyncio.run(Deployer(Settings.load()).activate(number, _share(shadow, share))), as_json)


@click.command("roll-back")
@json_option
def roll_back(as_json: bool) -> None:
    """Make the release active that was so before."""
    _moved(asyncio.run(Deployer(Settings.load()).roll_back()), as_json)


@click.command()
@number_argument
@json_option
def unload(number: int, as_json: bool) -> None:
    """End a release's trial or its standing by; Triton lets it go."""
    Deployer(Settings.load()).unload(number)
    answer({"release": number}, as_json, f"release {number} is needed no more: it goes when no open call needs it")


@click.command()
@json_option
def tidy(as_json: bool) -> None:
    """Unload what nobody needs, load what somebody needs. The embedded stack does it by itself."""
    found = asyncio.run(_tidied(Settings.load()))
    answer(found, as_json, f"loaded {found['loaded'] or 'nothing'}, unloaded {found['unloaded'] or 'nothing'}")


def _moved(outcome: Outcome, as_json: bool) -> None:
    took = sum(outcome.seconds.values())
    text = f"release {outcome.release} serves after {took:.1f} s; active: {outcome.active}, before: {outcome.previous}"
    answer(msgspec.to_builtins(outcome), as_json, text)


def _share(shadow: bool, share: float | None) -> float | None:
    if share is not None and not shadow:
        raise click.UsageError("--share is said with --shadow")
    return (share or TRIED) if shadow else None


async def _tidied(settings: Settings) -> dict[str, list[int]]:
    calls = await Store.open(settings)
    try:
        found = await look(settings, calls)
    finally:
        await calls.close()
    return {"loaded": list(found.loaded), "unloaded": list(found.unloaded)}
