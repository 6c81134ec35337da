-- One visible row per call: the newest wins, and a finished row wins over an open one (its version is higher).
CREATE TABLE IF NOT EXISTS calls {on_cluster}
(
    call_id String,
    operator_id LowCardinality(String),
    team_id LowCardinality(String),
    direction LowCardinality(String),
    source String,
    started_at DateTime64(3, 'UTC'),
    channels Array(LowCardinality(String)),
    release UInt32,
    partition Int32,
    status Enum8('open' = 1, 'scored' = 2, 'failed' = 3),
    reason String,
    duration_ms UInt32,
    windows UInt32,
    talk_ms UInt32,
    -- one entry per channel and defect, for statistics
    verdict Nested
    (
        channel LowCardinality(String),
        defect LowCardinality(String),
        risk Float32,
        name LowCardinality(String),
        markers Float32
    ),
    -- the whole verdict with its evidence, as it was computed
    verdicts String CODEC(ZSTD(3)),
    updated_at DateTime64(6, 'UTC'),
    version UInt64
)
ENGINE = {engine_version}
ORDER BY call_id
TTL toDateTime(updated_at) + INTERVAL {retention_days} DAY
