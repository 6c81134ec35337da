"""What keeps the service honest: health, metrics, the audit log, idempotency."""
