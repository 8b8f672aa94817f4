"""The routes of the application."""

from notice_board.api import accounts, auth, health
from notice_board.api import notice as notice_api

ROUTERS = (
    health.router,
    auth.router,
    accounts.router,
    notice_api.router,
)
