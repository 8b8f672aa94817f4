"""The renderer for `blueprints/`: text of a brief reaches generated source through typed escaping only.

A template may print values of two kinds: `Code` (made by the naming rules or by one of the filters below) and whole numbers.
Printing a plain string is an error, so a forgotten filter stops the build instead of becoming code. Undefined names are errors
too, and templates run in Jinja's sandbox.
"""

from __future__ import annotations

import json
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.model import GeneratedFile, InternalError

BLUEPRINTS = Path(__file__).resolve().parent.parent / "blueprints"
LINE_LENGTH = 120
_LONGEST_LABEL = 50
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH = re.compile(r"[A-Za-z0-9_{}./:-]*")
_PROSE_CUT = str.maketrans(
    {
        "\\": "/",
        '"': "'",
        "`": "'",
        "{": "(",
        "}": ")",
        "<": "(",
        ">": ")",
        "[": "(",
        "]": ")",
        "#": " ",
        "$": " ",
        "%": " ",
        "|": "/",
        "*": " ",
    }
)


class Code(str):
    """Text that is safe to print into generated source: an escaped literal, a checked name, or a template's own words."""

    __slots__ = ()


def name(value: str) -> Code:
    """A Python identifier, or an error: a name that needs escaping must be escaped before it gets here."""
    if not _NAME.fullmatch(value) or keyword.iskeyword(value):
        raise InternalError("QLF2010", f"not an identifier: {value[:60]!r}")
    return Code(value)


def path(value: str) -> Code:
    """A URL path, table or file name of plain ASCII characters, or an error."""
    if not _PATH.fullmatch(value) or ".." in value:
        raise InternalError("QLF2010", f"not a path: {value[:60]!r}")
    return Code(value)


def label(value: str) -> Code:
    """A name in a cluster: a label of RFC 1035 (lower case, a letter first) that leaves room for a suffix within its 63 characters."""
    plain = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"app-{plain}"
    return Code(named[:_LONGEST_LABEL].rstrip("-"))


def lit(value: str | int | float | bool | None) -> Code:
    """A Python literal in ruff's style: double quotes unless that needs more escapes, ASCII only."""
    if not isinstance(value, str):
        return Code(repr(value).replace("e+", "e"))
    quote = "'" if value.count('"') > value.count("'") else '"'
    body = "".join(_escaped(c, quote) for c in value)
    return Code(f"{quote}{body}{quote}")


def _escaped(char: str, quote: str) -> str:
    if char in ("\\", quote):
        return "\\" + char
    if " " <= char <= "~":
        return char
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char) or _code_point(ord(char))


def _code_point(point: int) -> str:
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


_NO_SHORT_ESCAPE = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")


def quoted(value: str) -> Code:
    """A JSON string, which is also a YAML and TOML double-quoted scalar: ASCII, no `$` (compose reads it as a variable).

    A character that JSON escapes as two surrogates, or as half of them, becomes `?`: YAML and TOML know no such escapes.
    """
    told = _NO_SHORT_ESCAPE.sub("?", value)
    return Code(json.dumps(told, ensure_ascii=True).replace("$", "\\u0024").replace("\x7f", "\\u007f"))


def doc(value: str, limit: int = 90) -> Code:
    """One line of ASCII prose for a docstring, comment or Markdown text: nothing in it can end or open anything."""
    text = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    text = " ".join(text.translate(_PROSE_CUT).split())
    text = "".join(c for c in text if c.isprintable()).replace("'''", "'").strip("' ")
    if len(text) > limit:
        text = text[: limit - 3].rsplit(" ", 1)[0].rstrip(" ,;:") + "..."
    return Code(text or "No description")


def words(values: Iterable[str], template: str = "{}") -> Code:
    """Checked names, each put into `template` (the blueprint's own words), joined by comma and space."""
    return Code(", ".join(template.format(name(v)) for v in values))


def fit(text: str) -> str:
    """Lay out `head¦item¦item¦tail` as ruff would: on one line, with the items on one line, or with one item on each.

    Used as a block filter, on text that was rendered already. The separator is not ASCII, so no literal can hold it.
    """
    end = "\n" if text.endswith("\n") else ""
    head, *items, tail = text.removesuffix("\n").split("¦")
    indent = " " * (len(head) - len(head.lstrip(" ")))
    joined = ", ".join(items)
    if len(head) + len(joined) + len(tail) <= LINE_LENGTH:
        return head + joined + tail + end
    if len(indent) + 4 + len(joined) <= LINE_LENGTH:
        return f"{head}\n{indent}    {joined}\n{indent}{tail}{end}"
    lines = "".join(f"{indent}    {item},\n" for item in items)
    return f"{head}\n{lines}{indent}{tail}{end}"


def _finalize(value: Any) -> Any:
    if isinstance(value, Code) or type(value) is int:
        return value
    raise InternalError("QLF2010", f"a {type(value).__name__} was printed without a filter: {str(value)[:60]!r}")


@cache
def _environment(root: str) -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=_finalize,
    )
    env.filters.update(
        {"lit": lit, "name": name, "path": path, "json": quoted, "yaml": quoted, "doc": doc, "label": label, "words": words, "fit": fit}
    )
    return env


def render(template: str, context: Mapping[str, Any], root: Path = BLUEPRINTS) -> str:
    """Render one template, named by its path below `root`. Errors of a template are ours: QLF2010."""
    try:
        return _environment(str(root)).get_template(template).render(**context)
    except TemplateError as error:
        raise InternalError("QLF2010", f"{template}: {error}") from error


def render_tree(folder: str, context: Mapping[str, Any], root: Path = BLUEPRINTS) -> list[GeneratedFile]:
    """Render every file below `root/folder`, in path order.

    `__package__` in a path becomes the package's name; a path with `__entity__` or `__link__` is rendered once per entity or
    link of `context["app"]`, which the template sees under that name. A rendering of white space only makes no file.
    """
    base = root / folder
    found = sorted(p.relative_to(root).as_posix() for p in base.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    files = [f for source in found for f in _expand(source, folder, context, root)]
    return sorted(files, key=lambda f: f.path)


def _expand(source: str, folder: str, context: Mapping[str, Any], root: Path) -> Iterable[GeneratedFile]:
    target = source.removeprefix(folder + "/").removesuffix(".j2").replace("__package__", context["package"])
    for word, items in (("entity", context["app"].entities), ("link", context["app"].links)):
        if f"__{word}__" in target:
            for item in items:
                yield from _one(source, target.replace(f"__{word}__", item.module), {**context, word: item}, root)
            return
    yield from _one(source, target, context, root)


def _one(source: str, target: str, context: Mapping[str, Any], root: Path) -> Iterable[GeneratedFile]:
    text = render(source, context, root) if source.endswith(".j2") else (root / source).read_text(encoding="utf-8")
    if text.strip() or not source.endswith(".j2"):
        yield GeneratedFile(
            path=path(target), content=text.rstrip("\n") + "\n" if text.strip() else "", mode="0755" if target.endswith(".sh") else "0644"
        )
