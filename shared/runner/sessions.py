"""Runs generated code in a Container Apps custom session pool: a machine of its own per command, without network, identity or secrets.

Each attempt has a fresh random identifier, so no session ever sees two jobs. The work folder goes there inside the request and what
changed comes back; what runs is a program by name (`shared.runner.wire`). The session ends after its job.
https://learn.microsoft.com/azure/container-apps/sessions-custom-container
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azure.core import PipelineClient
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, DistributedTracingPolicy, RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse

from shared.model import ConfigError, InputError, InternalError, QlfError, digest, from_json, sha256
from shared.runner.environments import Environments, check_lock
from shared.runner.records import Command, Outcome, Profile, Service, ServiceOutcome
from shared.runner.wire import (
    ARCHIVE_BYTES,
    JOB,
    PROGRAMS,
    RESULT,
    WORK,
    Job,
    Probe,
    Result,
    Task,
    environment_mark,
    files_below,
    fill,
    fill_bytes,
    pack,
    unpack,
)

SCOPE = "https://dynamicsessions.io/.default"
API_VERSION = "2025-07-01"
_LOCK = "lock.txt"
_GRACE = 180.0
_WAIT = 10
_TEXT_BYTES = 32 * 1024 * 1024
_ATTEMPTS = 2


class SessionEnvironments(Environments):
    """Names environments that a runner's image brings; nothing is installed here. Each is a folder that holds its lock alone."""

    def ensure(self, lock_text: str, python: Path | str | None = None) -> Path:  # noqa: ARG002  # the runner has one
        """The place that stands for the lock's environment. Raises ConfigError QLF3012 for a lock that cannot be used."""
        check_lock(lock_text)
        place = self._root / f"session-{digest(lock_text)[:32]}"
        if not (place / _LOCK).is_file():
            place.mkdir(parents=True, exist_ok=True)
            draft = place / f"{_LOCK}.{secrets.token_hex(8)}"
            draft.write_text(lock_text, encoding="utf-8")
            draft.replace(place / _LOCK)
        return place

    def has(self, program: Path) -> bool:
        """The runner knows: a program that is not there ends with 127."""
        return program.name in PROGRAMS


class SessionPool:
    """The pool's address and who asks. `credential` is azure-core's; `patience` is how long a free session is waited for, in seconds."""

    def __init__(self, endpoint: str, credential: Any, *, patience: float = 120.0, insecure: bool = False) -> None:
        bearer = BearerTokenCredentialPolicy(credential, SCOPE)
        retry = RetryPolicy(retry_total=3, retry_backoff_factor=0.5, retry_backoff_max=8)
        self._endpoint = endpoint.rstrip("/")
        self._client: Any = PipelineClient(self._endpoint, policies=[retry, bearer, DistributedTracingPolicy()])
        self._options = {"enforce_https": False} if insecure else {}
        self._patience = patience

    def work(self, archive: bytes, seconds: float) -> bytes:
        """The result archive of a job archive, which may take `seconds`; a lost session is tried once more in another one.

        Raises ConfigError QLF3020, QLF3022, QLF3025, QLF3026; InputError QLF3021, QLF3023, QLF3027, QLF3028.
        """
        for left in reversed(range(_ATTEMPTS)):
            identifier = self._begin(archive)
            try:
                return self._finish(identifier, seconds)
            except ConfigError as error:
                if error.code != "QLF3025" or not left:
                    raise
        raise AssertionError

    def _begin(self, archive: bytes) -> str:
        """Hand the job to a session that takes it; the session's identifier."""
        deadline, pause = time.monotonic() + self._patience, 0.5
        while True:
            identifier = secrets.token_hex(16)
            answer = self._send("PUT", identifier, _job(identifier), content=archive)
            if answer.status_code == 202:
                return identifier
            error = _refusal(answer.status_code)
            if error.code != "QLF3021" or time.monotonic() + pause > deadline:
                raise error
            time.sleep(pause)
            pause = min(pause * 2, 15.0)

    def _finish(self, identifier: str, seconds: float) -> bytes:
        try:
            data = self._collect(identifier, time.monotonic() + seconds + _GRACE)
        except QlfError as error:
            if error.code != "QLF3025":  # to ask a lost session for its end would start another one
                self._end(identifier)
            raise
        self._end(identifier)
        return data

    def _collect(self, identifier: str, deadline: float) -> bytes:
        while self._state(identifier) != "done":
            if time.monotonic() > deadline:
                raise ConfigError("QLF3026")
        answer = self._send("GET", identifier, f"{_job(identifier)}/result")
        _require(answer)
        data: bytes = answer.read()
        if len(data) > ARCHIVE_BYTES:
            raise InputError("QLF3027", "larger than a runner may answer")
        return data

    def _state(self, identifier: str) -> object:
        answer = self._send("GET", identifier, _job(identifier), wait=str(_WAIT))
        _require(answer)
        try:
            content = answer.json()
        except ValueError as error:
            raise InputError("QLF3027", "no JSON") from error
        return content.get("state") if isinstance(content, dict) else None

    def _end(self, identifier: str) -> None:
        """Let the session end. When this fails, the runner ends by itself: nobody asks it any more."""
        try:
            self._send("DELETE", identifier, _job(identifier))
        except QlfError:
            return

    def _send(self, method: str, identifier: str, path: str, content: bytes | None = None, **query: str) -> HttpResponse:
        params = {"identifier": identifier, "api-version": API_VERSION, **query}
        headers = {"Content-Type": "application/gzip"} if content is not None else {}
        request = HttpRequest(method, f"{self._endpoint}{path}", params=params, content=content, headers=headers)
        try:
            answer: HttpResponse = self._client.send_request(request, connection_timeout=15, read_timeout=180, **self._options)
        except ClientAuthenticationError as error:
            raise ConfigError("QLF3022", "no token could be had") from error
        except AzureError as error:
            raise ConfigError("QLF3020", type(error).__name__) from error
        return answer


class SessionSandbox:
    """The sandbox port on a session pool. `readable` are places that `SessionEnvironments` made."""

    def __init__(self, pool: SessionPool, work_dir: Path, readable: Sequence[Path] = ()) -> None:
        self._pool = pool
        self.work_dir = work_dir.resolve()
        self._environments = [Path(path) for path in readable]

    def run(self, command: Command, profile: Profile) -> Outcome:
        """Run one command. A limit that ends it is no error but part of the outcome."""
        return self._submit([command], profile, None).outcomes[0]

    def run_with(self, service: Service, clients: list[Command], profile: Profile) -> ServiceOutcome:
        """Run `clients` beside a server; they are not started when it does not get ready."""
        probe = Probe(path=service.path, ready_seconds=service.ready_seconds)
        result = self._submit([service.command, *clients], profile, probe)
        server, *ran = result.outcomes
        return ServiceOutcome(server=server, ready=bool(result.ready), ready_after=result.ready_after, clients=ran)

    def _submit(self, commands: list[Command], profile: Profile, probe: Probe | None) -> Result:
        locks = [(place / _LOCK).read_text(encoding="utf-8") for place in self._environments]
        job = Job(tasks=[self._task(command) for command in commands], profile=profile, probe=probe, locks=locks)
        sent = files_below(self.work_dir)
        seconds = profile.wall_seconds * (1 if probe else len(commands))
        data = self._pool.work(pack(JOB, job, self.work_dir, sent, folders=True), seconds)
        with tempfile.TemporaryDirectory(prefix="qlf-session-") as folder:
            staging = Path(folder)
            result = unpack(RESULT, Result, data, staging)
            if result.error is not None:
                raise _told(result.error)
            if not 0 < len(result.outcomes) <= len(commands):
                raise InputError("QLF3027", "not as many outcomes as commands")
            back = self._back(result)
            _take_over(staging, self.work_dir, back, [name for name in result.removed if name in sent])
        return result.model_copy(update={"outcomes": [_restored(outcome, back) for outcome in result.outcomes]})

    def _marks(self) -> dict[str, str]:
        """Path on this machine -> mark."""
        places = {str(place): environment_mark(number) for number, place in enumerate(self._environments)}
        return places | {str(self.work_dir): WORK}

    def _back(self, result: Result) -> dict[str, str]:
        """Path on the runner -> path on this machine. The runner is not trusted: a mark of ours, a whole path, or nothing."""
        mine = {mark: path for path, mark in self._marks().items()}
        if any(mark not in mine or not path.startswith("/") or len(path) < 4 for mark, path in result.paths.items()):
            raise InputError("QLF3027", "paths that are none")
        return {path: mine[mark] for mark, path in result.paths.items()}

    def _task(self, command: Command) -> Task:
        cwd = Path(command.cwd)
        if not cwd.is_absolute() or not cwd.resolve().is_relative_to(self.work_dir):
            raise InternalError("QLF3002", f"A command may only run below {self.work_dir}, not in {command.cwd}.")
        marks = self._marks()
        program, environment = self._program(Path(command.argv[0]))
        return Task(
            program=program,
            environment=environment,
            arguments=[fill(word, marks) for word in command.argv[1:]],
            cwd=fill(str(cwd.resolve()), marks),
            env={name: fill(value, marks) for name, value in command.env.items()},
            stdin=None if command.stdin is None else fill_bytes(command.stdin, marks),
        )

    def _program(self, path: Path) -> tuple[str, int | None]:
        """A program's name, and the number of its environment. Raises ConfigError QLF3024 for one that no runner starts."""
        number = next((n for n, place in enumerate(self._environments) if path.parent == place / "bin"), None)
        name = "python" if number is None and path.name.startswith("python3") else path.name
        if name not in PROGRAMS:
            raise ConfigError("QLF3024", path.name)
        return name, number


def _job(identifier: str) -> str:
    """The path of a session's job. Paths are seen in telemetry, and the identifier shall not be: who has it can ask for the session."""
    return f"/jobs/{sha256(identifier.encode())[:32]}"


def _refusal(status: int) -> ConfigError | InputError:
    """Why a pool did not take a job. 404 is its answer when all sessions are taken."""
    if status in (401, 403):
        return ConfigError("QLF3022", f"status {status}")
    if status in (404, 409, 429):
        return InputError("QLF3021", f"status {status}")
    if status == 413:
        return InputError("QLF3023")
    return InputError("QLF3028", f"status {status}") if 400 <= status < 500 else ConfigError("QLF3020", f"status {status}")


def _require(answer: HttpResponse) -> None:
    """Raises unless the answer is 200; a session that is gone is QLF3025."""
    if answer.status_code == 404:
        raise ConfigError("QLF3025")
    if answer.status_code != 200:
        raise _refusal(answer.status_code)


def _told(error: dict[str, object]) -> QlfError:
    """The error that the runner met, when it is one of ours."""
    try:
        return from_json(error)
    except (KeyError, TypeError, AttributeError):
        return InputError("QLF3027", "an unknown error")


def _restored(outcome: Outcome, back: dict[str, str]) -> Outcome:
    return outcome.model_copy(update={"stdout": fill_bytes(outcome.stdout, back), "stderr": fill_bytes(outcome.stderr, back)})


def _take_over(staging: Path, work: Path, back: dict[str, str], removed: list[str]) -> None:
    """Bring what changed into the work folder, with this machine's paths in its texts."""
    for name in removed:
        (work / name).unlink(missing_ok=True)
    for name, facts in files_below(staging).items():
        source, target = staging / name, work / name
        if target.is_dir():
            raise InputError("QLF3027", "a file in the place of a folder")
        if facts.st_size <= _TEXT_BYTES and b"\0" not in (data := source.read_bytes()):
            restored = fill_bytes(data, back)
            if restored != data:
                source.write_bytes(restored)
                os.utime(source, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
