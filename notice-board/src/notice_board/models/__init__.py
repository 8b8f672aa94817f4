"""All models, so that one import knows every table."""

from notice_board.models.account import Account, RefreshToken
from notice_board.models.notice import Notice, NoticeTransition

__all__ = [
    "Account",
    "Notice",
    "NoticeTransition",
    "RefreshToken",
]
