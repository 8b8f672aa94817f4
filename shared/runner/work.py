"""A runner's work: unpack a job, run it in the sandbox of this machine, pack what it left."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from shared.model import ConfigError, InputError, QlfError
from shared.runner.environments import Environments
from shared.runner.local import LocalSandbox
from shared.runner.records import Command, Outcome, Service
from shared.runner.wire import (
    FILES,
    JOB,
    PROGRAMS,
    RESULT,
    WORK,
    Job,
    Result,
    Task,
    environment_mark,
    files_below,
    fill,
    fill_bytes,
    pack,
    unpack,
)


class Workplace:
    """The folder that jobs are done below, one folder each, and the environments that the image brings."""

    def __init__(self, root: Path, environments: Environments) -> None:
        self._root, self._environments = root, environments

    def do(self, name: str, archive: bytes) -> bytes:
        """The result archive of a job archive. Never raises for what it can name: the result says it."""
        place = self._root / name
        shutil.rmtree(place, ignore_errors=True)
        work = place / FILES
        try:
            work.mkdir(parents=True)
            return self._do(unpack(JOB, Job, archive, work), work.resolve())
        except QlfError as error:
            return pack(RESULT, Result(error=error.to_json()), place, [])
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _do(self, job: Job, work: Path) -> bytes:
        paths = {WORK: str(work)}
        environments = [self._environment(lock) for lock in job.locks]
        paths |= {environment_mark(number): str(path) for number, path in enumerate(environments)}
        commands = [_command(task, paths, environments) for task in job.tasks]
        before = files_below(work)
        result = _run(LocalSandbox(work, readable=environments), job, commands)
        after = files_below(work)
        changed = [name for name, facts in after.items() if name not in before or _differs(before[name], facts)]
        result = result.model_copy(update={"paths": paths, "removed": sorted(before.keys() - after.keys())})
        return pack(RESULT, result, work, changed)

    def _environment(self, lock: str) -> Path:
        """One that the image brings: there is no network here to install another."""
        found = self._environments.find(lock)
        if found is None:
            raise ConfigError("QLF3029")
        return found


def _run(sandbox: LocalSandbox, job: Job, commands: list[Command]) -> Result:
    if job.probe is None:
        outcomes: list[Outcome] = [sandbox.run(command, job.profile) for command in commands]
        return Result(outcomes=outcomes)
    service = Service(command=commands[0], path=job.probe.path, ready_seconds=job.probe.ready_seconds)
    ran = sandbox.run_with(service, commands[1:], job.profile)
    return Result(outcomes=[ran.server, *ran.clients], ready=ran.ready, ready_after=ran.ready_after)


def _command(task: Task, paths: dict[str, str], environments: list[Path]) -> Command:
    """The task on this machine. Raises ConfigError QLF3024 for a program that no runner starts, InputError QLF3028 for a bad number."""
    if task.environment is not None and task.environment >= len(environments):
        raise InputError("QLF3028", f"there is no lock {task.environment}")
    return Command(
        argv=[
            _program(task.program, None if task.environment is None else environments[task.environment]),
            *_filled(task.arguments, paths),
        ],
        cwd=fill(task.cwd, paths),
        env={name: fill(value, paths) for name, value in task.env.items()},
        stdin=None if task.stdin is None else fill_bytes(task.stdin, paths),
    )


def _program(name: str, environment: Path | None) -> str:
    if name not in PROGRAMS:
        raise ConfigError("QLF3024", name[:100])
    if environment is not None:
        return str(environment / "bin" / name)
    if name == "python":
        return os.path.realpath(sys.executable)
    found = shutil.which(name)
    if found is None:
        raise ConfigError("QLF3024", f"{name} is not in this image")
    return found


def _filled(words: list[str], paths: dict[str, str]) -> list[str]:
    return [fill(word, paths) for word in words]


def _differs(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_mtime_ns, one.st_size, one.st_ino, one.st_mode) != (other.st_mtime_ns, other.st_size, other.st_ino, other.st_mode)
