"""Closed lists of words."""

from enum import StrEnum


class NoticeState(StrEnum):
    """The state of a notice."""

    DRAFT = "draft"
    POSTED = "posted"
