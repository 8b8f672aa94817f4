"""How a generated app is started: what it needs to be told, and nothing of what the caller knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from shared.capsule import SourceFile
from shared.model import InputError, Record
from shared.runner import MIB, Command, Profile

LOCK = "requirements.txt"
SCRIPT = Path(__file__).with_name("app.sh")
"""How an app is installed in an image, and how it is started there and here."""
ADMIN = "admin@example.com"
READY_PATH = "/readyz"
START_SECONDS = 120.0
_ENTRY = re.compile(r"src/([a-z][a-z0-9_]{0,62})/main\.py")
_MIGRATIONS = "alembic.ini"
_LOGGED = 'exec >>"$0" 2>&1\n'
_FOREVER = 40 * 86400.0


class Launch(Record):
    """What is started: the app's package, in `work`, with the interpreter of its environment.

    `work` holds `app/` (the sources), `data/` (the database), the log and the socket; the app can write there and nowhere else.
    """

    package: str
    work: str
    environment: str

    @property
    def log(self) -> Path:
        """What the app writes to its two output streams."""
        return Path(self.work) / "app.log"

    @property
    def socket(self) -> Path:
        """Where the app listens: it has no network of its own."""
        return Path(self.work) / "s"


class Login(Record):
    """The first administrator of a preview."""

    email: str
    password: str


def package_of(files: Mapping[str, SourceFile]) -> str:
    """The one package with a `main.py`. Raises `InputError` QLF6002 when there is none, or more than one, or no lock."""
    found = [match[1] for match in map(_ENTRY.fullmatch, sorted(files)) if match]
    if len(found) != 1 or LOCK not in files:
        raise InputError("QLF6002", f"packages with a main.py: {len(found)}; {LOCK}: {'there' if LOCK in files else 'missing'}")
    return found[0]


def command_of(launch: Launch, login: Login, secret: str) -> Command:
    """Migrate, then serve on the socket. The app is told its settings and sees no other variable."""
    work = Path(launch.work)
    python = str(Path(launch.environment) / "bin" / "python")
    return Command(
        argv=["/bin/sh", "-c", _LOGGED + SCRIPT.read_text("utf-8"), str(launch.log), "start", python, "--uds", str(launch.socket)],
        cwd=str(work / "app"),
        env={
            "ENVIRONMENT": "development",
            "DATABASE_URL": f"sqlite:///{work / 'data' / 'app.db'}",
            "SECRET_KEY": secret,
            "ADMIN_EMAIL": login.email,
            "ADMIN_PASSWORD": login.password,
            "PYTHONPATH": str(work / "app" / "src"),
            "PYTHONUNBUFFERED": "1",
            "PACKAGE": launch.package,
        },
    )


def profile() -> Profile:
    """A preview may use one gigabyte of memory and no network; its time is watched by the supervisor."""
    return Profile(
        network="none",
        cpu_seconds=_FOREVER,
        wall_seconds=_FOREVER,
        memory_bytes=1024 * MIB,
        file_bytes=256 * MIB,
        open_files=1024,
        processes=64,
        output_bytes=MIB,
    )
