"""What each codec costs: test clips made again without their codec, then sent through every one.

A clip's voice, defect, room, noise and level come from the corpus' seed, so that the clips differ by the codec alone;
no packets are lost. That they are the corpus' clips is checked: each must come out as the corpus holds it.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.audio.grid import Grid
from diktor.defects import Taxonomy
from diktor.errors import DiktorError
from diktor.learning.calls import CLIPS, Call, Scored, joined, listen
from diktor.learning.corpus import sources
from diktor.learning.corpus.build import Recipe, seconds_of, versions
from diktor.learning.corpus.channel import CODECS, through
from diktor.learning.corpus.clips import MANIFEST, Clip, load_clips, read_audio, taxonomy_of
from diktor.learning.corpus.source import Utterance
from diktor.learning.report.bootstrap import Draws
from diktor.learning.report.document import CodecRow, Codecs
from diktor.learning.report.levels import area, lower
from diktor.learning.report.rows import window_rows, word_rows

PLAIN = "none"
SEED = 7

Advance = Callable[[str, int, int], None]
Samples = NDArray[np.int16]


def codecs(corpus: Path, speech: Path, members: Sequence[Path], most: int, processes: int, advance: Advance) -> Codecs:
    """Figures of the members (ONNX files) on at most `most` utterances of the test split through every codec.

    Raises:
        DiktorError: a member is missing, or the corpus was not made from `speech` by this code.
    """
    for member in members:
        if not member.exists():
            raise DiktorError(f"{member} is missing", "Run: diktor learn evaluate")
    known = {(item.voice, item.sentence): item for item in sources.load(speech)}
    groups = chosen([clip for clip in load_clips(corpus) if (clip.voice, clip.sentence) in known], most)
    if not groups:
        raise DiktorError(
            f"no test clip of {corpus} is from {speech}", "Name the source speech of the corpus: --source"
        )
    plain = rendered(corpus, speech, groups, known, processes, advance)
    clips = [clip for group in groups for clip in group]
    scored: dict[str, list[Scored]] = {}
    for codec in CODECS:
        calls = through_codec(corpus, clips, plain, codec)
        scored[codec] = listen(
            calls,
            members,
            Grid(),
            processes,
            lambda done, total, codec=codec: advance(codec, done, total),  # type: ignore[misc]
        )
    return Codecs(len(groups), len(clips), round(seconds_of(clips) / 60, 1), tuple(_rows(scored, taxonomy_of(corpus))))


def chosen(clips: Sequence[Clip], most: int) -> list[list[Clip]]:
    """Utterances of the test split, spread over it, each with its versions."""
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        if clip.split == "test":
            groups.setdefault(clip.group, []).append(clip)
    names = sorted(groups)
    places = np.unique(np.linspace(0, len(names) - 1, min(most, len(names))).astype(int)) if names else ()
    return [groups[names[place]] for place in places]


def rendered(
    corpus: Path,
    speech: Path,
    groups: Sequence[Sequence[Clip]],
    known: Mapping[tuple[str, str], Utterance],
    processes: int,
    advance: Advance,
) -> dict[str, Samples]:
    """The clips' samples before their codec, by name. What was said is `known` by voice and sentence."""
    seed = msgspec.json.decode((corpus / MANIFEST).read_bytes()).get("seed", 0)
    recipe = Recipe(speech, 0.0, seed, taxonomy_of(corpus))
    found: dict[str, Samples] = {}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = []
        for group in groups:
            utterance = known[group[0].voice, group[0].sentence]
            running.append(pool.submit(_plain, recipe, corpus, tuple(group), utterance))
        for done, future in enumerate(running, 1):
            found.update(future.result())
            advance("clips without codec", done, len(running))
    return found


def through_codec(corpus: Path, clips: Sequence[Clip], plain: Mapping[str, Samples], codec: str) -> list[Call]:
    """Calls of one version each, the same for every codec but for it."""
    kinds: dict[str, list[Clip]] = {}
    for clip in clips:
        kinds.setdefault(clip.version, []).append(clip)
    calls = []
    for version, own in kinds.items():
        order = sorted(own, key=lambda clip: clip.id)
        Random(f"{SEED}/{version}").shuffle(order)
        for first in range(0, len(order), CLIPS):
            part = order[first : first + CLIPS]
            call = joined(corpus, f"{version}-{first}", part[0].version, part)
            calls.append(call._replace(pcm=np.concatenate([through(plain[clip.id], codec) for clip in part])))
    return calls


def _plain(recipe: Recipe, corpus: Path, clips: tuple[Clip, ...], utterance: Utterance) -> dict[str, Samples]:
    mine = {clip.id: clip for clip in clips}
    found = {}
    for clip, heard in versions(recipe, clips[0].group, "test", utterance):
        if clip.id in mine:
            stored = mine[clip.id]
            if not np.array_equal(heard.pcm, read_audio(corpus, stored)):
                raise DiktorError(f"{clip.id} does not come out as {corpus} holds it", "Make the corpus again")
            found[clip.id] = heard.uncoded
    return found


def _rows(scored: Mapping[str, Sequence[Scored]], taxonomy: Taxonomy) -> list[CodecRow]:
    draws = Draws.of([item.call.version for item in scored[PLAIN]])
    result = []
    for codec, heard in scored.items():
        for place, defect in enumerate(taxonomy.defects):
            (usual, words), (windows, mine) = (
                (window_rows(part, place, taxonomy), word_rows(part, place, taxonomy))
                for part in (scored[PLAIN], heard)
            )
            result.append(
                CodecRow(
                    codec,
                    defect.name,
                    area(windows, draws),
                    lower(usual, windows, draws),
                    area(mine, draws),
                    lower(words, mine, draws),
                )
            )
    return result
