"""The parameters that several routes share, each with its bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from api.identity import CALLER, Principal, scoped
from api.schemas import PROJECT_PATTERN
from api.services import Services
from shared.model import ConfigError

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


def everything(request: Request) -> Services:
    """The services that the app was made with, for routes that ask nobody who they are."""
    found: Services = request.app.state.services
    return found


def caller(request: Request) -> Principal:
    """Who calls. Raises ConfigError QLF7126 where the gate let somebody pass without asking."""
    found: Principal | None = request.scope.get(CALLER)
    if found is None:
        raise ConfigError("QLF7126")
    return found


Caller = Annotated[Principal, Depends(caller)]
Unscoped = Annotated[Services, Depends(everything)]


def services(house: Unscoped, caller: Caller) -> Services:
    """The services as this caller sees them: what belongs to projects of others is not there."""
    return replace(house, stores=scoped(house.stores, caller))


House = Annotated[Services, Depends(services)]
RunId = Annotated[str, Path(pattern=f"^run_{_ULID}$", description="`run_` and a ULID.")]
CapsuleId = Annotated[str, Path(pattern=f"^cap_{_ULID}$", description="`cap_` and a ULID.")]
PreviewId = Annotated[str, Path(pattern=f"^prv_{_ULID}$", description="`prv_` and a ULID.")]
OfRun = Annotated[str | None, Query(alias="run_id", pattern=f"^run_{_ULID}$", description="Only what belongs to this run.")]
Project = Annotated[
    str | None,
    Query(alias="project", pattern=PROJECT_PATTERN, description="One of your projects. Default: the installation's, or your only one."),
]


def chosen(house: Unscoped, caller: Caller, project: Project = None) -> str:
    """The project that a list is about."""
    return caller.choose(project, house.settings.project)


OfProject = Annotated[str, Depends(chosen)]
Limit = Annotated[int, Query(ge=1, le=100, description="Most items of the page.")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern="^[!-~]+$",
        description="Names this request: sent again with it, the request changes nothing. A ULID is also the second part of a run's id.",
    ),
]
