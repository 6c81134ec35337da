"""Where the notebooks read and write and how much they do: `DIKTOR_NOTEBOOK_…`, else what suits a laptop's evening."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from diktor.learning.model import MemberSpec

ROOT = Path(__file__).resolve().parents[3]


class Places(BaseSettings):
    """Parameters of all notebooks; the same in each, so that one finds what another left."""

    model_config = SettingsConfigDict(env_prefix="DIKTOR_NOTEBOOK_", frozen=True, extra="ignore")

    work: Path = Field(ROOT / ".diktor" / "notebooks", description="what the notebooks make")
    speech: Path = Field(ROOT / "assets" / "speech", description="source speech of the corpus")
    calls: Path = Field(ROOT / "assets" / "calls", description="recordings to transcribe")
    call: Path = Field(ROOT / "assets" / "calls" / "call-02.mp3", description="the recording to score")
    repository: Path = Field(ROOT / "triton_models", description="where the release is")
    release: int = Field(1, ge=1)
    whisper: str = Field("offline", description="the model that transcribes")
    recordings: int = Field(2, ge=1, description="how many recordings are transcribed")
    minutes: float = Field(4.0, gt=0, description="of training speech in the corpus, about")
    budget: float = Field(1.0, ge=0, description="minutes of training per stage, on two cores")
    jobs: int = Field(2, ge=1, description="processes")
    seed: int = 1
    tiny: bool = Field(False, description="one shallow member: to try the notebooks, not to learn anything")

    @property
    def corpus(self) -> Path:
        """The notebooks' corpus."""
        return self.work / "corpus"

    @property
    def run(self) -> Path:
        """The notebooks' training run."""
        return self.work / "run"

    @property
    def members(self) -> "tuple[MemberSpec, ...]":
        """What is trained."""
        from diktor.learning.model import MEMBERS, MemberSpec  # torch, which not every notebook needs

        return (MemberSpec("tiny", layers=1, tuned=0, hidden=16, far=5),) if self.tiny else MEMBERS
