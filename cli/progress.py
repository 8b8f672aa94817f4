"""Progress on stderr: a line per thing that happened; on a terminal also a moving last line. Shows events, invents nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from cli.output import Output, plain

Event = dict[str, Any]
STAGES = {
    "compiling": "compile", "planning": "plan", "generating": "generate", "verifying": "verify",
    "repairing": "repair", "judging": "judge", "packaging": "package", "delivering": "deliver", "previewing": "preview",
}  # fmt: skip


class Progress(Protocol):
    """Takes events; used as a context manager around the run."""

    def __call__(self, event: Event) -> None: ...
    def __enter__(self) -> Progress: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


class Lines:
    """Plain lines: for logs and pipes."""

    def __init__(self, output: Output, *, verbose: bool = False) -> None:
        self.output, self.verbose = output, verbose

    def __call__(self, event: Event) -> None:
        for line in describe(event, verbose=self.verbose):
            self.output.say(line)

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


class Silent(Lines):
    """`--no-progress`."""

    def __call__(self, event: Event) -> None:  # noqa: ARG002
        return None


class Live:
    """Lines, and under them one that moves: the stage, what is at work, the seconds so far."""

    def __init__(self, output: Output, *, verbose: bool = False) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        self.verbose = verbose
        self.console = Console(file=output.err, highlight=False)
        self.bar = Bar(
            SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn(), console=self.console, transient=True
        )
        self.task = self.bar.add_task("starting", total=None)
        self.working: dict[str, None] = {}
        self.stage = "starting"

    def __call__(self, event: Event) -> None:
        from rich.text import Text

        for line in describe(event, verbose=self.verbose):
            self.bar.console.print(Text(plain(line), style=style_of(event)), overflow="ellipsis", no_wrap=True)
        self.stage = stage_of(event) or self.stage
        self._mark(event)
        names = ", ".join(self.working)
        self.bar.update(self.task, description=plain(f"{self.stage} {names}".strip()))

    def _mark(self, event: Event) -> None:
        name = str(event.get("data", {}).get("component", ""))
        if event.get("type") == "task.started":
            self.working[name] = None
        elif event.get("type") in ("task.completed", "task.failed"):
            self.working.pop(name, None)

    def __enter__(self) -> Live:
        self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.bar.stop()


def progress(output: Output, mode: str, *, verbose: bool = False) -> Progress:
    """The display for a mode (`auto` or `none`) and for what stderr is."""
    if mode == "none":
        return Silent(output)
    return Live(output, verbose=verbose) if output.terminal() else Lines(output, verbose=verbose)


def style_of(event: Event) -> str:
    kind = str(event.get("type", ""))
    if kind.endswith(("failed", "exhausted", "cancelled", "exceeded")):
        return "red"
    return "green" if kind in ("run.completed", "capsule.built", "preview.ready") else ""


def stage_of(event: Event) -> str | None:
    if event.get("type") != "run.phase_changed":
        return None
    return STAGES.get(str(event.get("data", {}).get("to")))


def describe(event: Event, *, verbose: bool = False) -> list[str]:
    """The lines that tell of an event; none for one that says nothing new to a reader."""
    kind, data = str(event.get("type", "")), event.get("data")
    data = data if isinstance(data, dict) else {}
    if teller := _TELLERS.get(kind):
        stage, text = teller(data)
        return [f"{stage:<9} {text}".rstrip()] if text else []
    return [f"{'':<9} {kind}"] if verbose else []


def _compiled(data: dict[str, Any]) -> tuple[str, str]:
    ledger = data.get("ledger")
    counts = ", ".join(f"{count} {fate}" for fate, count in ledger.items()) if isinstance(ledger, dict) else ""
    found = noun(data["entities"], "entity", "entities") if isinstance(data.get("entities"), list) else ""
    return "compile", "; ".join(filter(None, [str(data.get("name") or ""), found, counts])) or "done"


def _planned(data: dict[str, Any]) -> tuple[str, str]:
    return "plan", listed(data.get("components"))


def _made(data: dict[str, Any]) -> tuple[str, str]:
    return "generate", f"{data.get('component', '')}: {noun(data.get('files'), 'file')}{cached(data)}"


def _task_failed(data: dict[str, Any]) -> tuple[str, str]:
    return "generate", f"{data.get('component', '')}: failed ({data.get('code', '')})"


def _judged(data: dict[str, Any]) -> tuple[str, str]:
    where = f"{data.get('component', '')}/" if data.get("component") not in (None, "", "project") else ""
    seconds = data.get("seconds")
    took = f"  {seconds:.1f} s" if isinstance(seconds, int | float) else ""
    found = data.get("findings")
    findings = f"  {noun(found, 'finding')}" if found else ""
    reason = f"  {data['reason']}" if data.get("reason") else ""
    return "verify", f"{where}{data.get('gate', '')}: {data.get('outcome', '')}{took}{findings}{cached(data)}{reason}"


def _repairing(data: dict[str, Any]) -> tuple[str, str]:
    return "repair", f"{data.get('component', '')}, round {data.get('round', '?')}: {listed(data.get('blocking'))}"


def _repaired(data: dict[str, Any]) -> tuple[str, str]:
    return "repair", f"{data.get('component', '')}: {data.get('repairer', '')} {'kept' if data.get('kept') else 'rolled back'}"


def _exhausted(data: dict[str, Any]) -> tuple[str, str]:
    return "repair", f"{data.get('component', '')}: not repaired after {noun(data.get('round'), 'round')}"


def _packed(data: dict[str, Any]) -> tuple[str, str]:
    return "package", f"{data.get('file_name', 'capsule')}  sha256:{str(data.get('digest', ''))[:12]}"


def _preview(data: dict[str, Any]) -> tuple[str, str]:
    return "preview", str(data.get("url") or data.get("reason") or "")


def _preview_ended(data: dict[str, Any]) -> tuple[str, str]:
    return "preview", ": ".join(str(part) for part in (data.get("status"), data.get("reason")) if part)


def _status(data: dict[str, Any]) -> tuple[str, str]:
    return "run", str(data["to"]) if data.get("to") in ("paused", "blocked", "failed", "cancelled") else ""


_TELLERS: dict[str, Callable[[dict[str, Any]], tuple[str, str]]] = {
    "run.status_changed": _status,
    "ir.compiled": _compiled,
    "plan.ready": _planned,
    "task.completed": _made,
    "task.failed": _task_failed,
    "validation.passed": _judged,
    "validation.failed": _judged,
    "refinement.requested": _repairing,
    "refinement.applied": _repaired,
    "refinement.exhausted": _exhausted,
    "capsule.built": _packed,
    "preview.ready": _preview,
    "preview.unhealthy": _preview,
    "preview.destroyed": _preview_ended,
}


def noun(count: Any, word: str, many: str = "") -> str:
    """`3 files`, `1 file`; a list is counted; an unknown number is said to be unknown."""
    count = len(count) if isinstance(count, list | dict) else count
    many = many or f"{word}s"
    if not isinstance(count, int):
        return f"{many}: not counted"
    return f"{count} {word if count == 1 else many}"


def listed(names: Any) -> str:
    return ", ".join(str(name) for name in names) if isinstance(names, list) else ""


def cached(data: dict[str, Any]) -> str:
    return "  (cached)" if data.get("cached") else ""
