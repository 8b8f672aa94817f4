"""Every way a call can end: usage, faults, signals, broken pipes, odd bytes; always an exit code, a code and one result."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scripted_service import Qlf, Service

from cli import interrupt

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = ["generate", "compile", "status", "runs", "events", "resume", "cancel", "verify", "extract", "preview", "deploy", "serve",
            "doctor", "explain", "config", "completion"]  # fmt: skip


def start(*arguments: str, cwd: Path, **more: Any) -> subprocess.Popen[bytes]:
    """`qlf` as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    command = [sys.executable, "-P", "-m", "cli", *arguments]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=cwd, env=environment, preexec_fn=_hear, **streams, **more)


def _hear() -> None:
    """Whoever runs the tests may ignore signals, as `nohup` does, and a child inherits that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("arguments", [
    ["--json"], ["nonsense", "--json"], ["--json", "nonsense"], ["generate", "--nonsense", "--json"], ["events", "--json"],
    ["verify", "--json"], ["preview", "--json"], ["preview", "nonsense", "--json"], ["explain", "--json"],
    ["config", "set", "x", "--json"], ["serve", "--port", "x", "--json"],
])  # fmt: skip
def test_a_usage_error_is_exit_2_with_a_code_and_a_result(qlf: Qlf, arguments: list[str]) -> None:
    called = qlf(*arguments)

    assert (called.code, called.error) == (2, "QLF8003")
    assert "--help" in called.err


def test_json_after_a_double_dash_is_not_a_switch(qlf: Qlf, home: Path) -> None:
    called = qlf("explain", "--", "--json")

    assert called.code == 2
    assert called.out == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(qlf: Qlf, command: str) -> None:
    called = qlf(command, "--help")

    assert called.code == 0
    assert called.out.startswith(f"Usage: qlf {command}")


def test_help_lists_every_command_and_no_hidden_one(qlf: Qlf) -> None:
    out = qlf("--help").out

    assert [name for name in COMMANDS if f"  {name} " not in out] == []
    assert "_drive" not in out


def test_no_arguments_show_the_help(qlf: Qlf) -> None:
    called = qlf()

    assert called.code == 2
    assert "Commands:" in called.out + called.err


def test_the_version_is_told_fast_and_slow(qlf: Qlf, home: Path) -> None:
    with start("--version", cwd=Path.cwd()) as process:
        assert process.communicate()[0] == b"qlf 0.1.0\n"
    assert qlf("--verbose", "--version").code == 2
    assert qlf("--version").out == "qlf 0.1.0\n"


def test_an_unexpected_fault_leaves_a_log_and_no_traceback(qlf: Qlf, service: Service, home: Path) -> None:
    service.events = [{"seq": "one", "type": "ir.compiled"}]
    called = qlf("generate", "a clinic", "--output", "clinic", "--json")

    assert (called.code, called.error) == (1, "QLF9000")
    log = Path(called.result["error"]["context"]["log"])
    assert log.parent == home / "logs"
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    assert "Traceback" not in called.err


def test_verbose_shows_the_traceback(qlf: Qlf, service: Service) -> None:
    service.events = [{"seq": "one", "type": "ir.compiled"}]

    assert "Traceback" in qlf("generate", "a clinic", "--output", "clinic", "--verbose").err


def test_a_data_folder_that_cannot_be_used(qlf: Qlf, service: Service, home: Path) -> None:
    home.write_text("a file")
    called = qlf("generate", "a clinic", "--output", "clinic", "--json")

    assert (called.code, called.error) == (4, "QLF8016")


def test_a_reader_that_goes_away_ends_nothing(home: Path, service: Service) -> None:
    service.events = [{"seq": n, "type": "ir.compiled", "data": {"text": "x" * 2000}} for n in range(1, 101)]
    with start("generate", "a clinic", "--output", "clinic", "--json", cwd=Path.cwd()) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        said = process.stderr.read()

    assert process.returncode == 0
    assert said == b""
    assert Path("clinic/dist/clinic-0.1.0.qlcapsule").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_prints_how_to_go_on(home: Path, service: Service, number: signal.Signals) -> None:
    service.end |= {"status": "running", "result": None}
    service.events = [{"seq": 1, "type": "ir.compiled", "data": {}}]
    with start("generate", "a clinic", "--output", "clinic", "--json", cwd=Path.cwd()) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["type"] == "event"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)

    result = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert (result["exit_code"], result["error"]["code"]) == (130, "QLF8015")
    assert result["resume"] == f"qlf resume {result['run_id']}"
    assert result["resume"].encode() in err


@pytest.mark.parametrize("data", ["Praxis für Tiere".encode("cp1252"), b"\xff\xfe\x00", b"\x80"])
def test_bytes_that_are_not_utf_8_are_refused_by_code(qlf: Qlf, home: Path, data: bytes) -> None:
    called = qlf("generate", "-", "--output", "clinic", "--json", stdin=data)

    assert (called.code, called.error) == (2, "QLF8008")


def test_an_argument_that_is_not_utf_8(home: Path) -> None:
    with start("generate", os.fsdecode(b"caf\xe9"), "--output", "x", "--json", cwd=Path.cwd()) as process:
        out, _ = process.communicate()

    assert json.loads(out)["error"]["code"] == "QLF8008"


def test_a_locale_without_unicode_shows_everything(home: Path, service: Service) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    service.end["result"] = service.end["result"] | {"refused": [{"text": "a caf\u00e9 \u2615", "reason": "no"}]}
    with start("generate", "a clinic", "--output", "clinic", cwd=Path.cwd(), env=environment) as process:
        out, _ = process.communicate()

    assert process.returncode == 0
    assert rb"a caf\xe9 \u2615: no" in out


def test_text_of_a_brief_cannot_command_the_terminal(qlf: Qlf, service: Service) -> None:
    service.end["result"] = service.end["result"] | {"refused": [{"text": "\x1b]0;owned\x07\x1b[2J", "reason": "\u202egnol"}]}
    called = qlf("generate", "a clinic", "--output", "clinic")

    assert "\x1b" not in called.out
    assert "\\x1b]0;owned\\x07" in called.out
    assert "\u202e" not in called.out


def test_a_module_in_the_current_folder_shadows_nothing(home: Path) -> None:
    for name in ("click.py", "cli.py", "shared.py", "json.py"):
        Path(name).write_text("raise SystemExit('shadowed')")
    with start("explain", "QLF8003", cwd=Path.cwd()) as process:
        out, _ = process.communicate()

    assert process.returncode == 0
    assert out.startswith(b"QLF8003")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(qlf: Qlf, shell: str) -> None:
    called = qlf("completion", shell)

    assert called.code == 0
    assert "_QLF_COMPLETE" in called.out


def test_completion_completes(home: Path) -> None:
    environment = {"_QLF_COMPLETE": "bash_complete", "COMP_WORDS": "qlf ex", "COMP_CWORD": "1"}
    with start(cwd=Path.cwd(), env=environment) as process:
        out, _ = process.communicate()

    assert out.decode().split() == ["plain,extract", "plain,explain"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_whose_exception_was_lost_is_still_known(number: signal.Signals) -> None:
    """As when the signal arrives inside a destructor: Python drops what is raised there."""

    class Careless:
        def __del__(self) -> None:
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(number)

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        interrupt.listen()
        interrupt.check()
        Careless()
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()
        interrupt.listen()
        interrupt.check()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
