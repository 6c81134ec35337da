"""What alembic runs: the migrations, on the connection that it is given (`services.api.sql.engine`)."""

from alembic import context

from services.api.sql.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
