"""Every metric's name, once. Each process shows those it counts at its `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

RECORDINGS = Counter("diktor_ingest_recordings", "recordings taken in or refused", ["outcome"])
PUBLISHED = Counter("diktor_ingest_published_seconds", "audio published, seconds over all channels")
PUBLISHING = Gauge("diktor_ingest_publishing", "recordings being published now")

WINDOWS = Counter("diktor_scorer_windows", "windows by outcome: scored, silent, given_up", ["outcome"])
CALLS = Counter("diktor_scorer_calls", "calls finished, by reason", ["reason"])
SHADOW_WINDOWS = Counter(
    "diktor_scorer_shadow_windows", "windows of a release on trial: scored, failed, dropped", ["outcome"]
)
LETTERS = Counter("diktor_scorer_dead_letters", "dead letters written")
HALTED = Gauge("diktor_scorer_halted", "1 when too many dead letters made the scorer stop reading")
RETRIES = Counter("diktor_scorer_retries", "failed attempts that are tried again", ["what"])
WAITING = Gauge("diktor_scorer_windows_waiting", "complete windows held, not stored yet")
IN_FLIGHT = Gauge("diktor_scorer_windows_in_flight", "windows at Triton now")
UNREAD = Gauge("diktor_scorer_unread_bytes", "audio read from Kafka that no call has looked at yet")
LAG = Gauge("diktor_scorer_lag_seconds", "age of the oldest event not stored wholly, by partition", ["partition"])
OPEN_CALLS = Gauge("diktor_scorer_open_calls", "calls being scored, by the release they are pinned to", ["release"])
WINDOW_SECONDS = Histogram(
    "diktor_scorer_window_seconds",
    "from a window being complete to its row stored",
    buckets=(0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60),
)

STORE_REQUESTS = Counter("diktor_clickhouse_requests", "requests to the embedded engine, by HTTP status", ["status"])
STORE_SECONDS = Histogram(
    "diktor_clickhouse_request_seconds",
    "how long the embedded engine took to answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

API_REQUESTS = Counter(
    "diktor_api_requests", "requests to the API, by operation and HTTP status", ["operation", "status"]
)
API_SECONDS = Histogram(
    "diktor_api_request_seconds",
    "until the API's answer began",
    ["operation"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

PART_UP = Gauge("diktor_part_up", "1 while supervisord has the part running", ["part"])
PART_RESTARTS = Counter("diktor_part_restarts", "how often a part's process was replaced by a new one", ["part"])
