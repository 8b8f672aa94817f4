"""Runs the migrations on DATABASE_URL."""

from alembic import context
from sqlalchemy import create_engine

from sample.models import Base
from sample.settings import get_settings

with create_engine(get_settings().database_url).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
