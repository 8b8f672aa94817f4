"""Reads the Bicep files: what they declare, use, call and set. Enough to hold the template and the program to each other.

It judges no property against its type; `make infra` does, where a type checker is at hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tree_sitter
import tree_sitter_bicep

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
FUNCTIONS = {
    "allowed", "batchSize", "concat", "contains", "description", "empty", "environment", "guid", "join", "json", "loadJsonContent",
    "loadTextContent", "maxLength", "maxValue", "minLength", "minValue", "replace", "resourceGroup", "resourceId", "string", "subscription",
    "subscriptionResourceId", "take", "tenant", "toLower", "union", "uniqueString",
}  # fmt: skip
"""The functions of the language that the templates use; another one is added here after its spelling was looked up."""

Node = tree_sitter.Node


@dataclass(frozen=True)
class Resource:
    """A resource or module: its symbol, its type or path, and its object."""

    symbol: str
    kind: str
    existing: bool
    body: Node

    def get(self, *path: str) -> Node | None:
        """The value at a path of keys."""
        node: Node | None = self.body
        for key in path:
            node = entries(node).get(key) if node is not None and node.type == "object" else None
        return node


class Bicep:
    """One file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = PARSER.parse(path.read_bytes()).root_node

    @cached_property
    def params(self) -> dict[str, bool]:
        """Parameters: name -> whether it may be left out."""
        return {
            name(node): any(child.type == "=" for child in node.children) or any(c.type == "nullable_type" for c in walk(node))
            for node in self._all("parameter_declaration")
        }

    @cached_property
    def outputs(self) -> set[str]:
        return {name(node) for node in self._all("output_declaration")}

    @cached_property
    def resources(self) -> list[Resource]:
        return [_resource(node) for node in self._all("resource_declaration")]

    @cached_property
    def modules(self) -> list[Resource]:
        return [_resource(node) for node in self._all("module_declaration")]

    def resource(self, kind: str, own_name: str | None = None) -> Resource:
        """The one resource of a type (and name)."""
        found = [r for r in self.resources if r.kind.split("@")[0] == kind and not r.existing]
        found = [r for r in found if own_name is None or literal(r.get("name")) == own_name]
        assert len(found) == 1, f"{self.path.name}: {len(found)} resources {kind} {own_name or ''}"
        return found[0]

    def problems(self) -> list[str]:
        """Syntax errors, unknown and unused symbols, and modules that are not called as they declare."""
        return [f"{self.path.name}: {text}" for text in [*self._syntax(), *self._symbols(), *self._calls(), *self._files()]]

    def _syntax(self) -> Iterator[str]:
        for node in walk(self.root):
            if node.type == "ERROR" or node.is_missing:
                yield f"{node.start_point.row + 1}: syntax error"

    def _symbols(self) -> Iterator[str]:
        declared = {name(node) for node in walk(self.root) if node.type.endswith("_declaration") and node.type != "output_declaration"}
        used = set()
        for node in walk(self.root):
            if node.type != "identifier" or _names_only(node):
                continue
            text, called = said(node), node.parent is not None and node.parent.type == "call_expression" and node == node.parent.children[0]
            used.add(text)
            if text not in (FUNCTIONS if called else declared | _locals(node)):
                yield f"{node.start_point.row + 1}: unknown {'function' if called else 'symbol'} {text}"
        for symbol in sorted(set(self.params) - used):
            yield f"parameter {symbol} is not used"

    def _calls(self) -> Iterator[str]:
        for module in self.modules:
            target = self.path.parent / module.kind
            if not target.is_file():
                yield f"module {module.symbol}: no file {module.kind}"
                continue
            other, given = (Arm if target.suffix == ".json" else Bicep)(target), set(entries(module.get("params")))
            for parameter in sorted(given - set(other.params)):
                yield f"module {module.symbol}: no parameter {parameter}"
            for parameter in sorted(p for p, optional in other.params.items() if not optional and p not in given):
                yield f"module {module.symbol}: parameter {parameter} is missing"
            for wanted in re.findall(rf"\b{module.symbol}\.outputs\.(\w+)", said(self.root)):
                if wanted not in other.outputs:
                    yield f"module {module.symbol}: no output {wanted}"

    def _files(self) -> Iterator[str]:
        for file in re.findall(r"load(?:Json|Text)Content\('([^']+)'\)", said(self.root)):
            if not (self.path.parent / file).is_file():
                yield f"no file {file}"

    def _all(self, kind: str) -> list[Node]:
        return [node for node in walk(self.root) if node.type == kind]


class Arm:
    """A module that is a plain ARM template."""

    def __init__(self, path: Path) -> None:
        template = json.loads(path.read_text())
        self.params = {name: "defaultValue" in body for name, body in template.get("parameters", {}).items()}
        self.outputs = set(template.get("outputs", {}))


def problems_of(folder: Path) -> list[str]:
    """Of every file, and of modules that nothing calls."""
    files = [Bicep(path) for path in sorted(folder.rglob("*.bicep"))]
    called = {(file.path.parent / module.kind).resolve() for file in files for module in file.modules}
    lost = [f"{f.path.name}: nothing calls this module" for f in files if f.path.resolve() not in called and f.path.name != "main.bicep"]
    return [problem for file in files for problem in file.problems()] + lost


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def said(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def name(node: Node) -> str:
    return said(next(child for child in node.children if child.type == "identifier"))


def entries(node: Node | None) -> dict[str, Node]:
    """Key -> value of an object."""
    pairs = [child for child in node.named_children if child.type == "object_property"] if node is not None else []
    return {said(pair.named_children[0]).strip("'"): pair.named_children[-1] for pair in pairs}


def literal(node: Node | None) -> str | None:
    """The text of a string without interpolation, a number or a truth value; else None."""
    if node is None or node.type not in ("string", "number", "boolean") or any(c.type == "interpolation" for c in walk(node)):
        return None
    return said(node)[1:-1] if node.type == "string" else said(node)


def literals(node: Node | None) -> list[str]:
    """The strings of an array."""
    return [said(child).strip("'") for child in node.named_children] if node is not None else []


def plain(node: Node | None) -> Any:
    """Objects, arrays and literals as Python values; anything else raises."""
    assert node is not None
    if node.type == "object":
        return {key: plain(value) for key, value in entries(node).items()}
    if node.type == "array":
        return [plain(child) for child in node.named_children]
    text = literal(node)
    if node.type == "unary_expression" and said(node).lstrip("-").isdigit():
        return int(said(node))
    if text is None:
        raise ValueError(f"not a literal: {said(node)}")
    return {"number": int, "boolean": lambda word: word == "true"}.get(node.type, str)(text)


def _resource(node: Node) -> Resource:
    kind = next(child for child in node.children if child.type == "string")
    body = next(child for child in walk(node) if child.type == "object")
    return Resource(name(node), said(kind).strip("'"), any(said(child) == "existing" for child in node.children), body)


def _names_only(node: Node) -> bool:
    up = node.parent
    assert up is not None
    if up.type == "object_property":
        return up.named_children[0] == node
    return (up.type.endswith("_declaration") and node == next(c for c in up.children if c.type == "identifier")) or up.type in (
        "type",
        "target_scope_assignment",
    )


def _locals(node: Node) -> set[str]:
    found: set[str] = set()
    up: Node | None = node
    while (up := up.parent) is not None:
        if up.type == "for_statement":
            found |= {said(child) for child in walk(up) if child.type in ("loop_variable", "loop_enumerator")}
            if up.named_children[0].type == "identifier":
                found.add(said(up.named_children[0]))
    return found
