"""ClickHouse's engine on this machine: chDB behind ClickHouse's HTTP interface, for an unmodified client."""
