"""Runs migrations on the database that the settings name."""

from alembic import context

from notice_board import models
from notice_board.core.settings import Settings
from notice_board.db.base import Base
from notice_board.db.session import make_engine

__all__ = ["models"]


def run() -> None:
    """Migrate online, in one transaction per migration."""
    engine = make_engine(context.config.get_main_option("sqlalchemy.url") or Settings().database_url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
