-- What a supervisor says of a window: the labels of the next rebuild.
CREATE TABLE IF NOT EXISTS labels {on_cluster}
(
    call_id String,
    channel LowCardinality(String),
    start_ms UInt32,
    defect LowCardinality(String),
    label Enum8('confirmed' = 1, 'rejected' = 2, 'other' = 3),
    by String,
    comment String,
    at DateTime64(6, 'UTC')
)
ENGINE = {engine_at}
ORDER BY (call_id, channel, start_ms, defect)
