-- What statistics ask of a call's channels and only its verdict's JSON has, in step with `verdict.channel`. Derived from
-- that JSON by the engine, so that rows stored before have it too and no writer can forget it.
ALTER TABLE calls {on_cluster}
    ADD COLUMN IF NOT EXISTS `verdict.talk_ms` Array(UInt32) DEFAULT arrayFlatten(arrayMap(
        c -> arrayMap(d -> toUInt32(JSONExtractUInt(c, 'talk_ms')), JSONExtractArrayRaw(c, 'defects')),
        JSONExtractArrayRaw(verdicts))),
    ADD COLUMN IF NOT EXISTS `verdict.windows` Array(UInt32) DEFAULT arrayFlatten(arrayMap(
        c -> arrayMap(d -> toUInt32(JSONExtractUInt(c, 'windows')), JSONExtractArrayRaw(c, 'defects')),
        JSONExtractArrayRaw(verdicts))),
    -- windows with speech, and the mean probability over them; nan: none
    ADD COLUMN IF NOT EXISTS `verdict.spoken` Array(UInt32) DEFAULT arrayFlatten(arrayMap(
        c -> arrayMap(d -> toUInt32(JSONExtractUInt(c, 'spoken')), JSONExtractArrayRaw(c, 'defects')),
        JSONExtractArrayRaw(verdicts))),
    ADD COLUMN IF NOT EXISTS `verdict.probability` Array(Float32) DEFAULT arrayFlatten(arrayMap(
        c -> arrayMap(d -> ifNull(JSONExtract(d, 'probability', 'Nullable(Float32)'), nan),
            JSONExtractArrayRaw(c, 'defects')),
        JSONExtractArrayRaw(verdicts)))
