"""ClickHouse: migrations, typed reads and writes."""
