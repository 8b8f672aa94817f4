"""A tiny ASGI app that needs uvicorn alone, and an environment for it that is made once."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.capsule import SourceFile
from shared.model import Preview, new_id
from shared.preview import LocalPreviews
from shared.runner import Environments

ROOT = Path(__file__).parents[3]
APP = """\
import json
import os
import sys

print("started", flush=True)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    path = scope["path"]
    if path == "/die":
        print("dying of hunger", flush=True)
        os._exit(9)
    body = json.dumps({"env": dict(os.environ), "pid": os.getpid(), "uid": os.getuid(), "cwd": os.getcwd()}).encode()
    if path == "/echo":
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
    status = 503 if path == "/readyz" and os.path.exists("../data/sick") else 200
    if path == "/sicken":
        open("../data/sick", "w").close()
    if path == "/reach":
        import socket
        try:
            socket.create_connection(("127.0.0.1", int(scope["query_string"])), timeout=2).close()
            body = b"reached"
        except OSError:
            body = b"walled"
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
"""


def _lock() -> str:
    """uvicorn and what it needs, as the project's own lock pins them."""
    text = (ROOT / "requirements-local.txt").read_text(encoding="utf-8")
    blocks = [re.search(rf"^{name}==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL) for name in ("click", "h11", "uvicorn")]
    return "".join(block[0] for block in blocks if block)


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    return Environments(tmp_path_factory.mktemp("environments"), os.environ)


@pytest.fixture
def previews(tmp_path: Path, environments: Environments) -> Iterator[LocalPreviews]:
    """The previews of a fresh home; whatever a test leaves running is ended."""
    house = LocalPreviews(tmp_path / "home", environments)
    yield house
    for state in house.known():
        asyncio.run(house.destroy(record(preview_id=state.id)))


@pytest.fixture(scope="session")
def sources() -> Callable[..., Mapping[str, SourceFile]]:
    """`sources(path=text, …)`: the tiny app, with further or other files."""

    def make(**more: str) -> Mapping[str, SourceFile]:
        texts = {"requirements.txt": _lock(), "src/tiny/__init__.py": "", "src/tiny/main.py": APP, **more}
        return {path: SourceFile(text.encode()) for path, text in texts.items()}

    return make


def record(seconds: float = 600, preview_id: str = "") -> Preview:
    """A fresh record of a preview that lives for `seconds`."""
    now = datetime.now(UTC)
    known = preview_id or new_id("prv")
    return Preview(
        id=known,
        run_id=known.replace("prv", "run"),
        capsule_id=known.replace("prv", "cap"),
        created_at=now.isoformat(),
        expires_at=(now + timedelta(seconds=seconds)).isoformat(),
    )


@pytest.fixture(scope="session")
def fresh() -> Callable[..., Preview]:
    return record
