"""Imports run down only: the floors of docs/architecture.md, read from the syntax of every module, whether it imports early or late."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ("activities", "api", "bench", "cli", "function_app", "funchost", "orchestrators", "shared")
MAY_IMPORT = {
    "function_app": {"api", "orchestrators", "activities"},
    "cli": {"shared", "funchost"},
    "funchost": set(),
    "api": {"shared"},
    "activities": {"shared"},
    "orchestrators": {"shared.model"},
    "shared": set(),
}
FLOORS = {
    "model": 0,
    "soc": 1, "prompts": 1, "overlays": 1, "brief": 1, "stores": 1, "llm": 1, "runner": 1, "settings": 1, "telemetry": 1, "blueprints": 1,
    "agents": 2,
    "gates": 3,
    "capsule": 4,
    "preview": 5,
    "wiring": 6,
}  # fmt: skip
ADAPTERS = ("shared.stores.embedded", "shared.stores.azure", "shared.preview.azure", "shared.telemetry.azure", "shared.runner.sessions")
CLOUD = ("azure",)


def modules(folder: str) -> list[Path]:
    place = ROOT / folder
    if place.with_suffix(".py").is_file():
        return [place.with_suffix(".py")]
    return sorted(path for path in place.rglob("*.py") if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module that `path` imports, absolute; `from package import submodule` counts as the submodule."""
    package = path.parent.relative_to(ROOT).parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])]) if node.level else node.module or ""
            yield from (submodule if is_module(submodule := f"{base}.{alias.name}") else base for alias in node.names)


def is_module(name: str) -> bool:
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def of_the_house(path: Path) -> list[str]:
    return [name for name in imports(path) if name.partition(".")[0] in HOUSE]


ALL = [(room, path) for room in MAY_IMPORT for path in modules(room)]


@pytest.mark.parametrize(("room", "path"), ALL, ids=lambda value: value if isinstance(value, str) else name_of(value))
def test_a_room_imports_only_what_lies_below_it(room: str, path: Path) -> None:
    allowed = {room, *MAY_IMPORT[room]}

    assert [name for name in of_the_house(path) if not any(within(name, below) for below in allowed)] == []


SHARED = [path for path in modules("shared") if path.parent != ROOT / "shared" or path.stem != "__init__"]


@pytest.mark.parametrize("path", SHARED, ids=name_of)
def test_inside_shared_imports_run_down_and_through_the_front_door(path: Path) -> None:
    own = name_of(path).split(".")[1]
    faults = []
    for name in of_the_house(path):
        other, *inner = name.split(".")[1:] or [""]
        if other in ("", own) or (own == "wiring" and any(within(name, adapter) for adapter in ADAPTERS)):
            continue
        if FLOORS[other] > FLOORS[own]:
            faults.append(f"{name} lies above")
        if inner and name != "shared.model.codes.entry":
            faults.append(f"{name} is not a public door")

    assert faults == []


def test_packages_of_one_floor_are_free_of_circles() -> None:
    needs: dict[str, set[str]] = {name: set() for name in FLOORS}
    for path in SHARED:
        own = name_of(path).split(".")[1]
        needs[own] |= {name.split(".")[1] for name in of_the_house(path) if "." in name} - {own}

    done: set[str] = set()
    while ready := {name for name, below in needs.items() if name not in done and below <= done}:
        done |= ready
    assert sorted(needs.keys() - done) == []


@pytest.mark.parametrize(("room", "path"), [(r, p) for r, p in ALL if r != "wiring"], ids=lambda v: v if isinstance(v, str) else name_of(v))
def test_adapters_are_imported_by_wiring_alone(room: str, path: Path) -> None:
    name = name_of(path)
    if name == "shared.wiring" or any(within(name, adapter) for adapter in ADAPTERS):
        return

    assert [found for found in of_the_house(path) if any(within(found, adapter) for adapter in ADAPTERS)] == []


@pytest.mark.parametrize("path", SHARED, ids=name_of)
def test_shared_imports_no_cloud_sdk_outside_its_adapters(path: Path) -> None:
    if any(within(name_of(path), adapter) for adapter in ADAPTERS) or name_of(path) == "shared.wiring":
        return

    assert [name for name in imports(path) if name.partition(".")[0] in CLOUD] == []


def test_every_room_of_shared_has_a_floor() -> None:
    rooms = {name_of(path).split(".")[1] for path in SHARED}

    assert rooms <= FLOORS.keys()
