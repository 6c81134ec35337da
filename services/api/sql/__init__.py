"""The API's own tables: accounts, operations and what the areas keep, in SQLite or PostgreSQL."""

from services.api.sql.base import Base, new_id, now, utc
from services.api.sql.engine import Database
from services.api.sql.paging import page_of

__all__ = ["Base", "Database", "new_id", "now", "page_of", "utc"]
