"""Real speech decides: the release on the prompts of a telephone system, French against Italian and Spanish.

The recordings come from Debian's packages at the time of the test and stay in its temporary folder.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from diktor.releases import load_release
from tests.support.processes import ROOT

pytestmark = pytest.mark.accept

PACKAGE = "asterisk-core-sounds-{}-wav"

GOALS = {"none": 0.95, "mp3-8": 0.92}
"""For French against Italian and Spanish r-words, as recorded and through the worst codec."""

LIKE_THE_CARD = 0.01
"""What another Whisper, decoder or processor may change of an AUC."""

CODECS = ("none", "alaw", "mp3-8", "mp3-16", "mp3-32", "opus-8", "opus-16", "amr-7")


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip("this machine has no apt: the prompts are packages of Debian")
    folder = tmp_path_factory.mktemp("prompts")
    for language in ("fr", "it", "es"):
        name = PACKAGE.format(language)
        fetched = subprocess.run(["apt-get", "download", name], cwd=folder, capture_output=True, text=True, check=False)
        if fetched.returncode:
            pytest.skip(f"{name} cannot be had: {fetched.stderr.strip().splitlines()[-1]}")
        (package,) = folder.glob(f"{name}_*.deb")
        subprocess.run(["dpkg-deb", "-x", package, folder / language], check=True)
    return {language: folder / language for language in ("fr", "it", "es")}


def test_the_release_hears_a_uvular_r_and_not_the_language(prompts: dict[str, Path], tmp_path: Path) -> None:
    sets = ["--uvular", f"fr={prompts['fr']}", "--alveolar", f"it={prompts['it']}", "--alveolar", f"es={prompts['es']}"]
    codecs = [word for codec in CODECS for word in ("--codec", codec)]
    command = [ROOT / ".venv" / "app" / "bin" / "diktor", "learn", "contrast", *sets, *codecs, "--words", tmp_path]
    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=True)
    tables = {table["codec"]: table for table in json.loads(done.stdout)}
    print()
    for codec, table in tables.items():
        met = f"goal {GOALS[codec]}, {'met' if table['by_logit']['r'] >= GOALS[codec] else 'missed'}" * (codec in GOALS)
        print(codec, "by logit", table["by_logit"], "by evidence", table["by_evidence"], table["counted"], met)
    told = {table["codec"]: table for table in load_release(ROOT / "triton_models", 1).metrics["real_speech"]}
    assert told.keys() >= GOALS.keys()
    for codec in told.keys() & tables.keys():
        for key, value in told[codec]["by_logit"].items():
            assert tables[codec]["by_logit"][key] == pytest.approx(value, abs=LIKE_THE_CARD), (codec, key)
    assert 0.4 <= tables["none"]["by_logit"]["control"] <= 0.6
    assert tables["none"]["by_logit"]["r"] >= GOALS["none"]
    assert tables["none"]["by_evidence"]["inside"] >= 0.8
