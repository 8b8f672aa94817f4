"""The application."""

import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any

import jwt
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from sample.models import Note
from sample.settings import Settings

bearer = HTTPBearer(auto_error=False)
Title = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9 ]+$")]


class Problem(BaseModel):
    """What went wrong."""

    detail: Any


class Login(BaseModel):
    """Credentials."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(max_length=100)
    password: str = Field(max_length=100)


class Token(BaseModel):
    """An access token."""

    access_token: str


class NoteIn(BaseModel):
    """A note to write."""

    model_config = ConfigDict(extra="forbid")
    title: Title


class NoteOut(BaseModel):
    """A note."""

    id: uuid.UUID
    title: str


def database(request: Request) -> Iterator[Session]:
    """A session."""
    with request.app.state.sessions() as session:
        yield session


Database = Annotated[Session, Depends(database)]


def account(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    """Who is asking."""
    try:
        token = credentials.credentials if credentials else ""
        claims = jwt.decode(token, request.app.state.settings.secret_key, algorithms=["HS256"])
    except jwt.PyJWTError as error:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}) from error
    return str(claims["sub"])


ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (400, 401, 404, 405, 422)}


def create_app() -> FastAPI:
    """The application, on the settings of the environment."""
    settings = Settings()
    settings.check()
    app = FastAPI(title="Sample", version="1.0.0")
    app.state.settings = settings
    app.state.sessions = sessionmaker(create_engine(settings.database_url))
    add_system(app, settings)
    add_notes(app)
    return app


def add_system(app: FastAPI, settings: Settings) -> None:
    """Probes and login."""

    @app.middleware("http")
    async def bounded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.url.query:
            return JSONResponse({"detail": "no query parameters"}, 422)
        answer = await call_next(request)
        if answer.status_code == status.HTTP_405_METHOD_NOT_ALLOWED and request.url.path == "/notes":
            answer.headers["Allow"] = "GET, POST"
        return answer

    @app.get("/livez")
    def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz(session: Database) -> dict[str, str]:
        session.execute(text("SELECT 1"))
        return {"status": "ok"}

    @app.post("/auth/login", responses=ERRORS)
    def login(given: Login) -> Token:
        if (given.email, given.password) != (settings.admin_email, settings.admin_password):
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
        return Token(access_token=jwt.encode({"sub": given.email}, settings.secret_key, algorithm="HS256"))


def add_notes(app: FastAPI) -> None:
    """The notes."""
    guarded = APIRouter(dependencies=[Depends(account)], responses=ERRORS)

    @guarded.get("/notes")
    def list_notes(session: Database) -> list[NoteOut]:
        rows = session.scalars(select(Note).order_by(Note.id).limit(100))
        return [NoteOut(id=row.id, title=row.title) for row in rows]

    @guarded.post("/notes", status_code=201)
    def create_note(given: NoteIn, session: Database) -> NoteOut:
        note = Note(title=given.title)
        session.add(note)
        session.commit()
        return NoteOut(id=note.id, title=note.title)

    @guarded.get("/notes/{note_id}")
    def read_note(note_id: uuid.UUID, session: Database) -> NoteOut:
        note = session.get(Note, note_id)
        if note is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND)
        return NoteOut(id=note.id, title=note.title)

    app.include_router(guarded)
