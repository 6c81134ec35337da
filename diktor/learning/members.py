"""Which members a run trains: the shipped ensemble's, those of a file, either with seeds of one's own."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from diktor.errors import DiktorError
from diktor.learning import model
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    members: list[MemberSpec]


def members_of(run: Run) -> tuple[MemberSpec, ...]:
    """Those the run was begun with; of a run that says nothing the shipped ensemble's."""
    if not run.members.exists():
        return model.MEMBERS
    return msgspec.json.decode(run.members.read_bytes(), type=tuple[MemberSpec, ...])


def choose(run: Run, file: Path | None = None, seeds: Sequence[int] = ()) -> tuple[MemberSpec, ...]:
    """The members of a run that begins, kept in it: those of `file`, else the shipped ones, with `seeds` in order.

    Raises:
        DiktorError: the file is none or names defects that are not the corpus', there are not as many seeds as members,
            or the run was begun with others.
    """
    wanted = read(file) if file else model.MEMBERS
    named = {name for spec in wanted for name in spec.hears} if file else set()
    if named and (unknown := sorted(named - set(run.taxonomy.names))):
        raise DiktorError(
            f"{file}: there is no defect {', '.join(unknown)}", f"`hears` may name {', '.join(run.taxonomy.names)}"
        )
    if seeds and len(seeds) != len(wanted):
        raise DiktorError(
            f"{len(seeds)} seeds for {len(wanted)} members", f"Give one for each: {', '.join(s.name for s in wanted)}"
        )
    if seeds:
        wanted = tuple(msgspec.structs.replace(spec, seed=seed) for spec, seed in zip(wanted, seeds, strict=True))
    if run.start.exists() or run.members.exists():
        known = members_of(run)
        if (file or seeds) and known != wanted:
            raise DiktorError(f"{run.folder} was begun with other members", "Go on with those, or name another --run")
        return known
    if wanted != model.MEMBERS:
        run.folder.mkdir(parents=True, exist_ok=True)
        draft = run.members.with_name(f".{run.members.name}")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(wanted)) + b"\n")
        draft.replace(run.members)
    return wanted


def read(path: Path) -> tuple[MemberSpec, ...]:
    """The members in a TOML file, a table `[[members]]` each, with the fields of `MemberSpec`.

    Raises:
        DiktorError: it is no such file.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        found = msgspec.convert(tables, _File).members
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise DiktorError(f"{path} lists no members: {error}", "Write a table [[members]] for each") from error
    if unknown := {key for table in tables["members"] for key in table} - set(MemberSpec.__struct_fields__):
        raise DiktorError(f"{path}: members have no {', '.join(sorted(unknown))}", "Their fields are MemberSpec's")
    if not found or len({spec.name for spec in found}) < len(found):
        raise DiktorError(f"{path} lists no members, or two of one name", "Write a table [[members]] for each")
    if all(spec.hears for spec in found):
        raise DiktorError(f"{path}: no member hears all defects", "Leave out `hears` of one of them")
    return tuple(found)
