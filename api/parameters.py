"""The parameters that several routes share, each with its bounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from api.services import Services

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


def services(request: Request) -> Services:
    """The services that the app was made with."""
    found: Services = request.app.state.services
    return found


House = Annotated[Services, Depends(services)]
RunId = Annotated[str, Path(pattern=f"^run_{_ULID}$", description="`run_` and a ULID.")]
CapsuleId = Annotated[str, Path(pattern=f"^cap_{_ULID}$", description="`cap_` and a ULID.")]
PreviewId = Annotated[str, Path(pattern=f"^prv_{_ULID}$", description="`prv_` and a ULID.")]
OfRun = Annotated[str | None, Query(alias="run_id", pattern=f"^run_{_ULID}$", description="Only what belongs to this run.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Most items of the page.")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern="^[!-~]+$",
        description="Names this request: sent again with it, the request changes nothing. A ULID also becomes the id's second part.",
    ),
]
