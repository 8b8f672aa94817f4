"""What the runner is asked and what it answers. Gates speak in these records and never in processes."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import ConfigDict, Field

from shared.model import Record

Network = Literal["none", "loopback", "install"]
MIB = 1024 * 1024
_BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class Profile(Record):
    """What a sandboxed group of processes may use.

    `cpu_seconds`, `memory_bytes` (resident) and `processes` hold for the whole group, `file_bytes` for each file, `open_files`
    for each process, `output_bytes` for each stream of each command, `wall_seconds` for the whole call. Network `none` has no
    interface at all, `loopback` a private loopback, `install` the host's network.
    """

    network: Network = "loopback"
    cpu_seconds: float = Field(default=300, gt=0)
    wall_seconds: float = Field(default=300, gt=0)
    memory_bytes: int = Field(default=2048 * MIB, gt=0)
    file_bytes: int = Field(default=64 * MIB, gt=0)
    open_files: int = Field(default=512, gt=0)
    processes: int = Field(default=64, gt=0)
    output_bytes: int = Field(default=8 * MIB, gt=0)


class Command(Record):
    """A program to run: absolute `cwd`, and the only variables it sees beside PATH, LANG, HOME and TMPDIR."""

    model_config = _BYTES
    argv: list[str] = Field(min_length=1)
    cwd: str
    env: dict[str, str] = Field(default_factory=dict)
    stdin: bytes | None = None


class Service(Record):
    """A server that must answer `GET path` on loopback `port` with a status below 500 before its clients start.

    `{port}` in the argument lists and environments of the server and its clients becomes the port that is really used.
    """

    command: Command
    path: str = "/"
    ready_seconds: float = Field(default=30, gt=0)


class Outcome(Record):
    """What became of a command. `exit_code` is null when it did not end by itself, negative for a signal.

    `limits_hit` names the limits that ended it (`wall`, `cpu`, `memory`, `processes`, `output`, `file_size`); `unenforced` what
    the platform could not enforce, as measured in this very run.
    """

    model_config = _BYTES
    exit_code: int | None
    stdout: bytes = b""
    stderr: bytes = b""
    timed_out: bool = False
    truncated: bool = False
    limits_hit: list[str] = Field(default_factory=list)
    unenforced: list[str] = Field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """True when the command ended by itself with exit code 0."""
        return self.exit_code == 0 and not self.limits_hit


class ServiceOutcome(Record):
    """What became of a server (`ready` after `ready_after` seconds, or never) and of its clients, in their order."""

    model_config = _BYTES
    server: Outcome
    ready: bool
    ready_after: float | None = None
    clients: list[Outcome] = Field(default_factory=list)


class Sandbox(Protocol):
    """The port to whatever runs untrusted code. Calls block; run them in a thread."""

    def run(self, command: Command, profile: Profile) -> Outcome:
        """Run one command under `profile`. Raises ConfigError QLF3xxx when no sandbox can be made."""
        ...

    def run_with(self, service: Service, clients: list[Command], profile: Profile) -> ServiceOutcome:
        """Start a server, then run the clients one after another beside it, all inside one network; end the server."""
        ...
