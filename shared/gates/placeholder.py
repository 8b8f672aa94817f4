"""Nothing unfinished is handed over: no stub, no note to self, no made-up constant in the place of an answer."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shared.gates.records import Judgement
from shared.model import Finding

if TYPE_CHECKING:
    from shared.gates.bench import Bench

_NOTES = r"TODO|FIXME|XXX|HACK"
_PY_NOTE = re.compile(rf"#+\s*(?:{_NOTES})\b")
_TEXT_NOTE = re.compile(rf"(?:<!--|//|/\*)\s*(?:{_NOTES})\b|^\s*[-*]?\s*(?:\[ \]\s*)?(?:{_NOTES})\s*[:(]")
_HASH_NOTE = re.compile(rf"(?:^|\s)#\s*(?:{_NOTES})\b")
_FILLER = re.compile(r"lorem ipsum|your code here|implement (?:me|this) (?:here|later)|not (?:yet )?implemented yet|replace me with", re.I)
_HASH_COMMENTS = {".toml", ".yml", ".yaml", ".sh", ".ini", ".cfg", ".env", ".txt", ""}
_TEXT = _HASH_COMMENTS | {".md", ".html", ".css", ".js", ".ts", ".tsx", ".jsx", ".mako", ".json", ".sql"}
_MAX_BYTES = 2 * 1024 * 1024
_ABSTRACT = {"abstractmethod", "overload", "abstractproperty"}
_ERRORS = {"HTTPException", "JSONResponse", "Response", "PlainTextResponse"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def judge(bench: Bench) -> Judgement:
    """Read every text file of the tree. Nothing is run."""
    findings: list[Finding] = []
    files = 0
    own_words = f"{bench.context.ir.name}\n{bench.context.ir.summary}".casefold()
    for path in sorted(p for p in bench.tree.rglob("*") if p.is_file() and not p.is_symlink()):
        name = path.relative_to(bench.tree).as_posix()
        if path.suffix not in _TEXT | {".py"} or path.stat().st_size > _MAX_BYTES:
            continue
        files += 1
        findings += check_file(name, path.read_text(encoding="utf-8", errors="replace"), own_words)
    if not files:
        return Judgement(outcome="skip", reason="the tree holds no text")
    report = "\n".join(f"{f.file}:{f.line}: {f.code} {f.message}" for f in findings)
    return Judgement(findings, {"files": files}, report=report.encode())


def check_file(name: str, text: str, own_words: str = "") -> list[Finding]:
    """Placeholders of one file. `own_words` (name and summary of the brief, case-folded) are what the app is about, never a placeholder."""
    found = [_finding("filler", name, line, f"filler text: {match}") for line, match in _filler(text, own_words)]
    if Path(name).suffix != ".py":
        return found + [_finding("note", name, line, "a note about unfinished work") for line in _notes(name, text)]
    try:
        tree = ast.parse(text)
        comments = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT]
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError) as error:
        line = getattr(error, "lineno", None)
        return [*found, _finding("syntax", name, line, f"not Python: {type(error).__name__}")]
    found += [_finding("note", name, t.start[0], "a note about unfinished work") for t in comments if _PY_NOTE.match(t.string)]
    return found + list(_Walk(name).visit(tree))


class _Walk:
    """Judges the functions and statements of one module. A method of a protocol, or an abstract one, has no body by design."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_test = name.startswith("tests/") or "/tests/" in name

    def visit(self, node: ast.AST, owner: ast.ClassDef | None = None) -> Iterator[Finding]:
        waiting: list[tuple[ast.AST, ast.ClassDef | None]] = [(node, owner)]
        while waiting:
            current, inside = waiting.pop()
            if isinstance(current, _Function):
                yield from self._function(current, inside)
            if isinstance(current, ast.Call):
                yield from self._call(current)
            if isinstance(current, ast.Attribute) and current.attr == "HTTP_501_NOT_IMPLEMENTED":
                yield self._at(current, "501", "answers 501 Not Implemented")
            below = current if isinstance(current, ast.ClassDef) else None if isinstance(current, _Function) else inside
            waiting += [(child, below) for child in ast.iter_child_nodes(current)]

    def _function(self, node: _Function, owner: ast.ClassDef | None) -> Iterator[Finding]:
        if _is_abstract(node, owner):
            return
        documented = ast.get_docstring(node) is not None
        body = node.body[1:] if documented else node.body
        overrides = owner is not None and bool(owner.bases)
        if not body or all(_is_nothing(statement) for statement in body):
            if not (documented and overrides):
                yield self._at(node, "empty", f"{node.name} has no body")
        elif len(body) == 1 and _raises_not_implemented(body[0]):
            yield self._at(node, "not-implemented", f"{node.name} raises NotImplementedError")
        elif len(body) == 1 and not self.is_test and not overrides and _is_constant_stub(node, body[0], owner):
            yield self._at(node, "constant", f"{node.name} takes arguments and returns a constant")

    def _call(self, node: ast.Call) -> Iterator[Finding]:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        values = [k.value for k in node.keywords if k.arg == "status_code"] + (node.args[:1] if called == "HTTPException" else [])
        if called in _ERRORS and any(isinstance(v, ast.Constant) and v.value == 501 for v in values):
            yield self._at(node, "501", "answers 501 Not Implemented")

    def _at(self, node: ast.AST, kind: str, message: str) -> Finding:
        return _finding(kind, self.name, getattr(node, "lineno", None), message)


def _is_abstract(node: _Function, owner: ast.ClassDef | None) -> bool:
    names = {_last_name(d) for d in node.decorator_list}
    return bool(names & _ABSTRACT) or (owner is not None and any(_last_name(base) == "Protocol" for base in owner.bases))


def _last_name(node: ast.expr) -> str:
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis
    )


def _raises_not_implemented(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) and node.exc is not None and _last_name(node.exc) == "NotImplementedError"


def _is_constant_stub(node: _Function, statement: ast.stmt, owner: ast.ClassDef | None) -> bool:
    """True when arguments come in, none is looked at, and what goes out was written down beforehand."""
    if not isinstance(statement, ast.Return) or node.name.startswith("__"):
        return False
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    taken = [a for a in (arguments[1:] if owner is not None else arguments) if not a.arg.startswith("_")]
    return bool(taken) and (statement.value is None or _is_constant(statement.value))


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _filler(text: str, own_words: str) -> Iterator[tuple[int, str]]:
    for match in _FILLER.finditer(text):
        if match.group().casefold() not in own_words:
            yield text.count("\n", 0, match.start()) + 1, match.group()


def _notes(name: str, text: str) -> Iterator[int]:
    hashes = Path(name).suffix in _HASH_COMMENTS
    for number, line in enumerate(text.splitlines(), 1):
        if _TEXT_NOTE.search(line) or (hashes and _HASH_NOTE.search(line)):
            yield number


def _finding(kind: str, name: str, line: int | None, message: str) -> Finding:
    return Finding(
        code=f"placeholder.{kind}", message=message, severity="blocker", file=name, line=line,
        advice="Write the real thing or leave the feature out and refuse it in the ledger.", replay=f"sed -n {line or 1}p {name}",
    )  # fmt: skip
