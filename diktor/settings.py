"""Every setting, once: from the environment (`DIKTOR_…`), else from what `diktor up` wrote, else the default.

Embedded and production differ in these values only.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Tracking = Literal["none", "mlflow", "comet"]
"""Where runs of learning are recorded."""

HOME_VARIABLE = "DIKTOR_HOME"
STACK_FILE = "stack.env"
"""In `DIKTOR_HOME`: the addresses and tokens of the embedded stack, written by `diktor up`."""
AIRFLOW_PASSWORDS = "airflow/passwords.json"
"""In `DIKTOR_HOME`: who may speak with the embedded Airflow."""


class Settings(BaseSettings):
    """What every part of Diktor may be told. Read it once at the edge (`Settings.load()`) and pass it down."""

    model_config = SettingsConfigDict(env_prefix="DIKTOR_", frozen=True, extra="ignore")

    home: Path = Field(Path(".diktor"), description="data folder of this machine")

    kafka: str = Field("127.0.0.1:9092", description="bootstrap servers, comma-separated")
    kafka_fetch_wait_ms: int = Field(500, description="longest wait of a fetch; 20 suits the embedded broker")
    partitions: int = Field(8, ge=1, description="partitions of calls.audio when this system creates the topic")
    replication: int = Field(1, ge=1, description="replicas of topics that this system creates")
    topic_audio: str = "calls.audio"
    topic_scores: str = "calls.scores"
    topic_dead_letters: str = "calls.dead-letters"
    group: str = Field("diktor-scorer", description="consumer group of the scorers")

    triton: str = Field("127.0.0.1:8001", description="tritonserver's gRPC address")
    triton_timeout_s: float = Field(30.0, gt=0)
    model_repository: Path = Field(
        Path("triton_models"), description="the repository tritonserver reads; deployments write to it"
    )
    triton_backend: Literal["python", "onnxruntime"] = Field(
        "python", description="what runs the members: python on CPUs, onnxruntime on GPUs in NVIDIA's container"
    )
    triton_instances: int = Field(1, ge=1, description="instances of each member")
    releases: str = Field("", description="fsspec address of the release store; default <home>/releases")
    release: int = Field(1, ge=1, description="the active release until a release store says otherwise")

    clickhouse: str = Field(
        "http://default@127.0.0.1:8123/diktor", description="http(s)://user:password@host:port/database"
    )
    clickhouse_token: SecretStr = Field(SecretStr(""), description="password; overrides one in the address")
    clickhouse_engine: str = Field(
        "ReplacingMergeTree({version})",
        description="table engine; e.g. ReplicatedReplacingMergeTree('/path', '{replica}', {version})",
    )
    clickhouse_cluster: str = Field("", description="name for ON CLUSTER; empty: none")
    statistics_threads: int = Field(
        1, ge=1, description="of ClickHouse's threads, what one statistics query may take; scoring needs the others"
    )
    retention_days: int = Field(365, ge=1, description="rows and recordings older than this are deleted")

    recordings: str = Field("", description="fsspec address of the recordings store; default <home>/recordings")
    ingest: str = Field("http://127.0.0.1:8200", description="address of the ingest service")
    ingest_token: SecretStr = Field(SecretStr(""), description="bearer token of ingest")
    ingest_watch: Path | None = Field(None, description="a folder whose new audio files are taken in")
    ingest_max_bytes: int = Field(512 * 2**20, description="largest upload")
    ingest_max_seconds: float = Field(6 * 3600, description="longest recording")
    decode_bytes: int = Field(1 << 30, ge=1 << 28, description="memory that decoding one recording may take")
    decode_seconds: int = Field(120, ge=1, description="processor time that decoding one recording may take")

    api: str = Field(
        "http://127.0.0.1:8300", description="address of the API; cookies are Secure unless it is loopback"
    )
    dashboard: str = Field(
        "http://127.0.0.1:8400", description="where the dashboard serves when it runs apart from the API"
    )
    api_secret: SecretStr = Field(SecretStr(""), description="what signs the API's tokens, 32 characters or more")
    api_proxies: str = Field("", description="addresses of proxies whose X-Forwarded-For is believed; empty: none")
    api_requests_per_minute: int = Field(600, ge=1, description="of one address, on one route")
    api_log_ins_per_minute: int = Field(20, ge=1, description="attempts of one address to log in")
    api_access_minutes: int = Field(15, ge=1, description="life of an access token")
    api_refresh_days: int = Field(14, ge=1, description="a session that is not refreshed for so long ends")
    api_refresh_grace_s: float = Field(
        10.0, ge=0, description="a refresh token sent again so soon is another tab's, and no replay"
    )
    sql: str = Field(
        "", description="postgresql+asyncpg://user:password@host/database; default: SQLite, <home>/diktor.sqlite"
    )

    api_legacy_predict: bool = Field(
        False, description="serve POST /api/predict, which asks for no authorization, for programs that call it"
    )
    api_predicts_per_minute: int = Field(60, ge=1, description="requests of one address to /api/predict")

    check_max_bytes: int = Field(256 * 2**20, ge=1, description="largest recording of a single check")
    check_max_seconds: float = Field(3600, gt=0, description="longest recording of a single check")
    check_slots: int = Field(32, ge=1, description="single checks under way at once; more are told to come back")
    check_quota_seconds: float = Field(
        24 * 3600, ge=0, description="seconds of audio that a user or a service token may have checked in a day (UTC)"
    )
    upload_max_files: int = Field(1000, ge=1, description="most recordings in one upload, those in archives counted")
    upload_waiting: int = Field(5000, ge=1, description="recordings of one user that may wait for ingest")
    upload_spool_bytes: int = Field(16 * 2**30, ge=1, description="room for uploads that wait for ingest")
    event_listeners: int = Field(500, ge=1, description="how many may follow live calls at once, on one process")

    archive_max_bytes: int = Field(64 * 2**30, ge=1, description="largest archive of training data, packed or not")
    archive_max_files: int = Field(500_000, ge=1, description="most files in an archive of training data")
    archive_max_ratio: float = Field(100.0, ge=1, description="unpacked bytes per packed one that are believed")
    google_drive: str = Field(
        "https://drive.usercontent.google.com/download", description="what gives files that are shared by link"
    )

    exercises_llm: str = Field(
        "", description="address of an OpenAI-compatible API (up to /chat/completions) that composes exercises"
    )
    exercises_llm_key: SecretStr = Field(SecretStr(""), description="its key, if it wants one")
    exercises_llm_model: str = Field("", description="the model to ask there")
    attempts_waiting: int = Field(64, ge=1, description="attempts at exercises that may wait to be judged")
    whisper: str = Field("offline", description="what recognises attempts: offline, or a folder with another Whisper")
    whisper_threads: int = Field(1, ge=1, description="threads of it")

    defects: Path | None = Field(None, description="taxonomy (TOML) of a new corpus; default: diktor/defects.toml")

    scorer_port: int = Field(6066, description="the scorer's own web port (metrics, health)")
    windows_in_flight: int = Field(8, ge=1, description="windows being scored at once by a worker")
    windows_waiting: int = Field(64, ge=1, description="complete windows held by a worker before it stops reading")
    dead_letter_share: float = Field(
        0.5, ge=0, le=1, description="a larger share of the latest events or windows halts the scorer; 1: never"
    )
    idle_timeout_s: float = Field(30.0, gt=0, description="a call silent for so long is closed with what is there")
    max_call_s: float = Field(6 * 3600, gt=0, description="audio positioned beyond this is out of contract")
    batch_rows: int = Field(500, ge=1, description="rows in one insert at most")
    batch_ms: int = Field(200, ge=1, description="longest wait of a row for its insert")

    tracking: Tracking = Field("none", description="where learning's runs are recorded too")
    tracking_uri: str = Field("", description="MLflow's address; empty: an SQLite file in the run's folder")

    airflow: str = Field("http://127.0.0.1:8080", description="address of Airflow's API")
    airflow_user: str = "admin"
    airflow_password: SecretStr = Field(SecretStr(""), description="empty: that of the embedded Airflow")
    pipeline_command: str = Field(
        "", description="what the pipeline's tasks run as diktor; empty: the app environment's"
    )
    pipeline_notify: str = Field("log", description="where failed runs are told: log, or the URL of a webhook")
    pipeline_profiles: Path | None = Field(None, description="schedules and profiles; default: dags/profiles.toml")

    log_format: Literal["json", "console"] = Field("json", description="a JSON document a line, or for people")
    traces: str = Field("", description="OTLP/HTTP address of a trace collector, http://host:4318; empty: no traces")
    traces_share: float = Field(1.0, ge=0, le=1, description="share of the calls that are traced")

    @classmethod
    def load(cls, **overrides: Any) -> "Settings":
        """From the environment, else the embedded stack's file in `DIKTOR_HOME` (relative to the current folder)."""
        home = Path(overrides.get("home") or os.environ.get(HOME_VARIABLE) or ".diktor")
        return cls(_env_file=home / STACK_FILE, **{**overrides, "home": home.absolute()})  # type: ignore[call-arg]

    def environment(self) -> dict[str, str]:
        """What was set, as variables: for a process that is to see the same settings. Secrets are among them."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        plain = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
            if value is not None
        }
        return {f"DIKTOR_{name.upper()}": text for name, text in plain.items()}

    @cached_property
    def recordings_url(self) -> str:
        """Where recordings are kept."""
        return self.recordings or f"file://{self.home / 'recordings'}"

    @cached_property
    def releases_url(self) -> str:
        """Where releases are kept."""
        return self.releases or f"file://{self.home / 'releases'}"

    @cached_property
    def sql_url(self) -> str:
        """Where the API keeps its tables."""
        return self.sql or f"sqlite+aiosqlite:///{self.home / 'diktor.sqlite'}"

    @cached_property
    def spool(self) -> Path:
        """Where this machine's ingest, told apart by its port, keeps what it is working on."""
        return self.home / "ingest" / str(urlsplit(self.ingest).port)
