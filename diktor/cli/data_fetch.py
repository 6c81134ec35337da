"""`diktor data fetch`: an archive of the old form from any address."""

from pathlib import Path

import click
from rich.console import Console

from diktor.cli.json_line import json_option, say
from diktor.cli.learn_progress import progress
from diktor.settings import Settings


@click.command()
@click.argument("address")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The archive, unpacked.")
@json_option
def fetch(address: str, out: Path, as_json: bool) -> None:
    """Fetch data_train.csv and data_mp3/train from ADDRESS: a zip or a folder, at a path, https://, s3:// or a Google
    Drive link.

    On the web a folder's address ends in a slash. What is here is kept: called again it goes on where it stopped.
    """
    from diktor.learning.fetch.fetch import fetch as bring

    console = Console()
    with progress(console) as advance:
        found, new = bring(address, out, Settings.load(), lambda what, done, of: advance(what, done, of, ""))
    if as_json:
        say(
            {
                "folder": str(out.absolute()),
                "address": found.address,
                "digest": found.digest,
                "files": len(found.files),
                "bytes": found.bytes,
                "new": new,
                "missing": found.missing,
                "ignored": found.ignored,
            }
        )
        return
    for name in found.missing:
        console.print(f"[red]missing[/red] {name}", highlight=False, soft_wrap=True)
    console.print(
        f"{len(found.files)} files, {found.bytes / 2**20:.1f} MiB ({new} came now, {len(found.missing)} are missing, "
        f"{found.ignored} others left out), digest {found.digest[:12]}: {out}",
        highlight=False,
        soft_wrap=True,
    )
