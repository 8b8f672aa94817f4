"""Where things lie in a generated FastAPI project, and how it is started. The blueprint's README tells people the same."""

from __future__ import annotations

import re
from pathlib import Path

from shared.gates.records import MissingToolError

RUN_LOCK, DEV_LOCK = "requirements.txt", "requirements-dev.txt"
LOCKS = (RUN_LOCK, DEV_LOCK)
OPENAPI = "openapi.json"
LOGIN_PATH = "/auth/login"
PROBES = ("/livez", "/readyz", "/openapi.json")
ADMIN_EMAIL = "admin@example.com"
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.M)


def package(tree: Path) -> str:
    """The one package below `src/`. Raises MissingToolError when there is none or more than one: nothing can be started then."""
    found = sorted(path.parent.name for path in (tree / "src").glob("*/__init__.py"))
    if len(found) != 1 or not found[0].isidentifier():
        raise MissingToolError(f"src/ must hold exactly one package, it holds {found or 'none'}")
    return found[0]


def first_party(tree: Path) -> list[str]:
    """Names of the folders below `src/` that Python could import."""
    return sorted(path.name for path in (tree / "src").glob("*") if path.is_dir() and path.name.isidentifier())


def settings(database: Path, secret: str, password: str, environment: str = "test") -> dict[str, str]:
    """The app's environment: a SQLite file, a throw-away secret and administrator, cheap password hashes, no rate limit."""
    return {
        "ENVIRONMENT": environment,
        "DATABASE_URL": f"sqlite:///{database}",
        "SECRET_KEY": secret,
        "ADMIN_EMAIL": ADMIN_EMAIL,
        "ADMIN_PASSWORD": password,
        "RATE_LIMIT_PER_MINUTE": "0",
        "ARGON2_TIME_COST": "1",
        "ARGON2_MEMORY_KIB": "1024",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": "src",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }


def server(name: str, port: str = "{port}") -> list[str]:
    """Arguments of the app environment's Python that serve package `name`."""
    return [
        "-m",
        "uvicorn",
        "--factory",
        f"{name}.main:create_app",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--no-access-log",
        "--log-level",
        "warning",
    ]


def pins(lock_text: str) -> dict[str, str]:
    """Package name (lower case) -> version, out of a compiled lock."""
    return {name.lower().replace("_", "-"): version for name, version in _PIN.findall(lock_text)}
