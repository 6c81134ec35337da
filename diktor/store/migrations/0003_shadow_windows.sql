-- What a release on trial says; never part of a verdict.
CREATE TABLE IF NOT EXISTS shadow_windows {on_cluster}
(
    call_id String,
    channel LowCardinality(String),
    start_ms UInt32,
    release UInt32,
    end_ms UInt32,
    speech_ms UInt32,
    probability Array(Float32),
    markers Array(Float32),
    evidence Array(Array(Tuple(UInt32, UInt32, Float32))),
    scored_at DateTime64(6, 'UTC')
)
ENGINE = {engine_scored_at}
ORDER BY (call_id, channel, start_ms, release)
TTL toDateTime(scored_at) + INTERVAL {retention_days} DAY
