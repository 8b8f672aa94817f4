"""What all schemas share."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from notice_board.schemas import types

SORT: Final = "By what to sort; a minus sign before it turns the order round"
SEARCH: Final = "Only those whose texts contain this, in any case"

Id = Annotated[UUID, types.reference()]


def example(*values: tuple[str, Any]) -> ConfigDict:
    """What a schema is configured with, so that the API's description shows a body of these values."""
    return ConfigDict(json_schema_extra={"examples": [dict(values)]})


class Input(BaseModel):
    """What a client sends. A field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


class Output(BaseModel):
    """What the application gives out, read from a model's attributes."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class FieldProblem(BaseModel):
    """One thing that is wrong with a request, and where."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)


class Status(BaseModel):
    """An answer of a probe."""

    status: str


class PageQuery(Input):
    """Where a page starts and how long it is."""

    limit: Annotated[int, types.number(1, 100)] = Field(default=50, description="How many at most")
    cursor: Annotated[str, types.text(1, 1000, r"^[A-Za-z0-9_-]+$")] = Field(
        default_factory=types.absent,
        description="The `next_cursor` of the page before; the first page has none",
    )
