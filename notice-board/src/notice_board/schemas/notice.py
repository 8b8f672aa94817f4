"""Schemas of notice."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from notice_board.models.enums import NoticeState
from notice_board.schemas import types
from notice_board.schemas.base import SEARCH, SORT, Input, Output, PageQuery, example

NoticeSort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "title", "-title"]


class NoticeCreate(Input):
    """What it takes to create a notice."""

    model_config = example(
        ("title", "Example title"),
        ("text", "Example text"),
    )

    title: Annotated[str, types.text(1, 200)]
    text: Annotated[str, types.text(1, 10000)] | None = None


class NoticeUpdate(Input):
    """What can be changed of a notice. A field that is left out stays as it is."""

    model_config = example(
        ("title", "Example title"),
    )

    title: Annotated[str, types.text(1, 200)] = Field(default_factory=types.absent)
    text: Annotated[str, types.text(1, 10000)] | None = Field(default_factory=types.absent)


class NoticeRead(Output):
    """A notice as it is stored."""

    id: UUID
    title: str
    text: str | None
    state: NoticeState
    created_at: dt.datetime
    updated_at: dt.datetime
    created_by_id: UUID | None


class NoticePage(Output):
    """Some notices, and the cursor of the next page."""

    items: list[NoticeRead]
    next_cursor: str | None


class NoticeQuery(PageQuery):
    """How they are listed."""

    sort: NoticeSort = Field(default="created_at", description=SORT)
    q: Annotated[str, types.text(1, 200)] = Field(default_factory=types.absent, description=SEARCH)
    title: Annotated[str, types.text(1, 200)] = Field(default_factory=types.absent)
    state: NoticeState = Field(default_factory=types.absent)


class NoticeTransitionRead(Output):
    """A move that a notice has made: from which state to which, when and by whom."""

    id: UUID
    source: NoticeState
    target: NoticeState
    created_at: dt.datetime
    created_by_id: UUID | None


class NoticeTransitionPage(Output):
    """Some moves of a notice, and the cursor of the next page."""

    items: list[NoticeTransitionRead]
    next_cursor: str | None
