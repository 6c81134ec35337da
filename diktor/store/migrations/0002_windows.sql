-- One visible row per window, whatever is replayed. No partitions: a row that replaces another must meet it in a merge.
CREATE TABLE IF NOT EXISTS windows {on_cluster}
(
    call_id String,
    channel LowCardinality(String),
    start_ms UInt32,
    end_ms UInt32,
    speech_ms UInt32,
    probability Array(Float32),
    markers Array(Float32),
    -- per defect: (start_ms, end_ms, score) of every span
    evidence Array(Array(Tuple(UInt32, UInt32, Float32))),
    release UInt32,
    scored_at DateTime64(6, 'UTC')
)
ENGINE = {engine_scored_at}
ORDER BY (call_id, channel, start_ms)
TTL toDateTime(scored_at) + INTERVAL {retention_days} DAY
