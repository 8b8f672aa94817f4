"""What the Python worker accepts and what fails later all the same: found when the app loads, by looking at it.

Calls of unregistered names are searched in the syntax trees of the app's own files, for names given as literals.
"""

import ast
import inspect
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funchost.ncrontab import BadSchedule, Schedule
from funchost.settings import resolve
from funchost.web.routes import RouteError, Template

if TYPE_CHECKING:
    from funchost.loading.app import LoadedFunction

_CALLS = {
    "call_activity": "activity",
    "call_activity_with_retry": "activity",
    "call_sub_orchestrator": "orchestrator",
    "call_sub_orchestrator_with_retry": "orchestrator",
}
_SKIPPED = {".venv", "venv", "node_modules", "site-packages", "__pycache__", ".git", "tests", ".python_packages"}


def lint(directory: Path, functions: Sequence["LoadedFunction"]) -> Iterator[str]:
    """One line per finding: code, what, where."""
    if not functions:
        yield "FH1101: the app has no functions"
    yield from _routes(functions)
    for function in functions:
        yield from _single(function)
    yield from _unregistered(directory, functions)


def _where(function: "LoadedFunction") -> str:
    from funchost.loading.app import place

    return f" ({place(function.call)})"


def _routes(functions: Sequence["LoadedFunction"]) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for function in functions:
        if function.kind != "httpTrigger":
            continue
        route = resolve(str(function.trigger.get("route", function.name)))
        try:
            shape = Template(route).shape
        except RouteError as error:
            yield f"FH1102: function '{function.name}' has the route '{route}', which is no route template: {error}{_where(function)}"
            continue
        for method in function.trigger.get("methods") or ["*"]:
            other = seen.get((shape, method)) or seen.get((shape, "*"))
            if other:
                yield f"FH1103: functions '{other}' and '{function.name}' have the same route '{route}'{_where(function)}"
                break
            seen[shape, method] = function.name


def _single(function: "LoadedFunction") -> Iterator[str]:
    trigger = function.trigger
    alias = trigger.get({"orchestrationTrigger": "orchestration", "activityTrigger": "activity"}.get(function.kind, ""))
    if alias and alias != function.name:
        yield f"FH1104: the alias '{alias}' differs from the function's name '{function.name}'; calls go by the name{_where(function)}"
    inner = getattr(function.call, "client_function", None)
    if inner is not None and not inspect.iscoroutinefunction(inner):
        yield f"FH1105: function '{function.name}' has a durable client but is not 'async def'; every call fails{_where(function)}"
    orchestrator = getattr(function.call, "orchestrator_function", None)
    if orchestrator is not None and (inspect.iscoroutinefunction(orchestrator) or inspect.isasyncgenfunction(orchestrator)):
        yield f"FH1106: orchestrator '{function.name}' is 'async def'; it must be a generator made with 'def'{_where(function)}"
    if function.kind == "timerTrigger":
        try:
            Schedule.parse(resolve(str(trigger.get("schedule", ""))))
        except BadSchedule as error:
            yield f"FH1107: function '{function.name}': {error}{_where(function)}"


def _unregistered(directory: Path, functions: Sequence["LoadedFunction"]) -> Iterator[str]:
    known = {
        "activity": {f.name.lower() for f in functions if f.kind == "activityTrigger"},
        "orchestrator": {f.name.lower() for f in functions if f.kind == "orchestrationTrigger"},
    }
    if not known["orchestrator"]:
        return
    for path in _sources(directory, functions):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, SyntaxError):
            continue
        for name, kind, line in _calls(tree):
            if name.lower() not in known[kind]:
                code = "FH1108" if kind == "activity" else "FH1109"
                yield f"{code}: {kind} {json.dumps(name)} is called but not registered ({path}:{line})"


def _sources(directory: Path, functions: Sequence["LoadedFunction"]) -> list[Path]:
    from funchost.loading.app import SCRIPT, place

    files = {Path(place(f.call).rpartition(":")[0]) for f in functions if f.kind == "orchestrationTrigger"}
    files.add(directory / SCRIPT)
    inside = [p for p in files if directory in p.parents and not _SKIPPED & set(p.relative_to(directory).parts)]
    folders = {p.parent for p in inside if p.parent != directory}
    return sorted({*inside, *(p for folder in folders for p in folder.glob("*.py"))})


def _calls(tree: ast.AST) -> Iterator[tuple[str, str, int]]:
    constants = _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            first = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "name"), None)
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, _CALLS[node.func.attr], node.lineno
            elif isinstance(first, ast.Name) and first.id in constants:
                yield constants[first.id], _CALLS[node.func.attr], node.lineno


def _constants(tree: ast.AST) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in getattr(tree, "body", []):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.update({target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)})
    return found
