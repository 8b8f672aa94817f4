"""Notes are written, read and guarded."""

import uuid
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from sample.main import create_app
from sample.models import Base
from sample.settings import DEFAULT, Settings


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A client of an app on a fresh database."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/test.db")
    monkeypatch.setenv("ADMIN_EMAIL", "a@example.com")
    monkeypatch.setenv("ADMIN_PASSWORD", "pass")
    app = create_app()
    Base.metadata.create_all(app.state.sessions.kw["bind"])
    return TestClient(app)


def headers(client: TestClient) -> dict[str, str]:
    """The administrator's header."""
    answer = client.post("/auth/login", json={"email": "a@example.com", "password": "pass"})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_probes(client: TestClient) -> None:
    assert client.get("/livez").json() == client.get("/readyz").json() == {"status": "ok"}


def test_notes_are_guarded(client: TestClient) -> None:
    assert client.get("/notes").status_code == 401
    assert client.post("/auth/login", json={"email": "a", "password": "b"}).status_code == 401
    assert client.get("/notes?x=1").status_code == 422


def test_write_and_read(client: TestClient) -> None:
    mine = headers(client)
    note = client.post("/notes", json={"title": "one"}, headers=mine).json()
    assert client.get("/notes", headers=mine).json() == [note]
    assert client.get(f"/notes/{note['id']}", headers=mine).json() == note
    assert client.get(f"/notes/{uuid.uuid4()}", headers=mine).status_code == 404


@pytest.mark.parametrize("name", ["staging", "production"])
def test_default_secret(name: str) -> None:
    with pytest.raises(ValueError, match="SECRET_KEY"):
        Settings(environment=name, secret_key=DEFAULT).check()
