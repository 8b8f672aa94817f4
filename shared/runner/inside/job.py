"""The job as it crosses from the host to the supervisor: JSON whose shape `parse` checks by building these."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple


class Limits(NamedTuple):
    """The profile, field by field."""

    network: str
    cpu_seconds: float
    wall_seconds: float
    memory_bytes: int
    file_bytes: int
    open_files: int
    processes: int
    output_bytes: int


class Program(NamedTuple):
    """A command with its whole environment."""

    argv: list[str]
    cwd: str
    env: dict[str, str]
    stdin: bytes


class Job(NamedTuple):
    """`uid` is the unprivileged user to become (null: stay); `server` says whether the first program is one."""

    limits: Limits
    programs: list[Program]
    server: bool
    port: int
    ready_path: str
    ready_seconds: float
    uid: int | None
    scratch: str
    writable: list[str]
    readable: list[str]
    hidden: list[str]


def parse(data: dict[str, Any]) -> Job:
    """Read what `shared.runner.local` wrote."""
    programs = [Program(p["argv"], p["cwd"], p["env"], base64.b64decode(p["stdin"])) for p in data.pop("programs")]
    return Job(limits=Limits(**data.pop("limits")), programs=programs, **data)
