"""The renderer: nothing that a brief says can become code."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from shared.blueprints import Code, doc, fit, lit, name, path, quoted, render, render_tree
from shared.model import InternalError

HOSTILE = [
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    "\n",
    "\r\n",
    "\x00",
    "{{ 7 }}",
    "{% raw %}",
    "#",
    "${HOME}",
    "\u202e",
    "\ud800",
    "😀",
    "é",
    "\x7f",
    "\u2028",
]
TEXT = st.text(max_size=60) | st.sampled_from(HOSTILE) | st.text(alphabet="\"'\\\n{}%#$", max_size=30)


def template(tmp_path: Path, text: str, **context: object) -> str:
    """Render `text` from a folder of its own."""
    (tmp_path / "one.j2").write_text(text, encoding="utf-8")
    return render("one.j2", context, tmp_path)


def test_code_and_whole_numbers_print_as_they_are(tmp_path: Path) -> None:
    assert template(tmp_path, "{{ a }} = {{ b }}\n", a=Code("x"), b=3) == "x = 3\n"


@pytest.mark.parametrize("value", ["plain", 1.5, True, None, ["x"], object()])
def test_an_unescaped_value_is_an_error(tmp_path: Path, value: object) -> None:
    with pytest.raises(InternalError) as raised:
        template(tmp_path, "x = {{ value }}\n", value=value)
    assert raised.value.code == "QLF2010"


def test_joining_code_and_text_is_no_way_around(tmp_path: Path) -> None:
    with pytest.raises(InternalError):
        template(tmp_path, "{{ a ~ b }}", a=Code("x"), b="; import os")
    with pytest.raises(InternalError):
        template(tmp_path, "{{ a + b }}", a=Code("x"), b="; import os")


def test_a_constant_of_the_template_needs_no_filter_outside_braces_only(tmp_path: Path) -> None:
    with pytest.raises(InternalError):
        template(tmp_path, "{{ 'text' }}")


def test_an_undefined_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="missing"):
        template(tmp_path, "{{ missing }}")


def test_a_broken_template_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match=r"one\.j2"):
        template(tmp_path, "{% if %}")


def test_the_sandbox_holds(tmp_path: Path) -> None:
    with pytest.raises(InternalError):
        template(tmp_path, "{{ x.__class__.__mro__ }}", x=Code("a"))
    with pytest.raises(InternalError):
        template(tmp_path, "{% set y = x.append(1) %}", x=[1])


@given(TEXT)
def test_a_literal_reads_back_as_its_value(value: str) -> None:
    made = lit(value)
    assert ast.literal_eval(made) == value
    assert made.isascii()
    assert "\n" not in made


@pytest.mark.parametrize("value", [0, -5, 1.5, True, False, None])
def test_other_literals_read_back(value: object) -> None:
    assert ast.literal_eval(lit(value)) == value  # type: ignore[arg-type]


def test_quotes_are_chosen_as_a_formatter_would() -> None:
    assert lit("a") == '"a"'
    assert lit('say "hi"') == "'say \"hi\"'"
    assert lit("it's") == '"it\'s"'


@given(TEXT)
@example("\ud000 \ud7ff \ue000 \ud800 \U0001f600")
def test_a_quoted_scalar_is_the_same_in_json_yaml_and_toml(value: str) -> None:
    made = quoted(value)
    meant = "".join("?" if "\ud800" <= c <= "\udfff" or ord(c) > 0xFFFF else c for c in value)
    assert json.loads(made) == meant
    assert yaml.safe_load(made) == meant
    assert tomllib.loads(f"x = {made}")["x"] == meant


@given(TEXT)
def test_prose_ends_no_docstring_and_opens_nothing(value: str) -> None:
    made = doc(value)
    assert made
    assert made.isascii()
    assert made.isprintable()
    assert not set(made) & set('"\\{}<>`#$%|*')
    assert ast.get_docstring(ast.parse(f'"""{made}."""')) == f"{made}."
    assert len(made) <= 90


@pytest.mark.parametrize("value", ["", "1a", "a-b", "class", "a b", "a;b", "é", "a\n"])
def test_a_name_that_is_none_is_an_error(value: str) -> None:
    with pytest.raises(InternalError):
        name(value)


@pytest.mark.parametrize("value", ["../x", "a b", "a\n", 'a"', "é"])
def test_a_path_that_is_none_is_an_error(value: str) -> None:
    with pytest.raises(InternalError):
        path(value)


def test_fit_lays_out_as_a_formatter_would() -> None:
    assert fit("    f(¦a¦b¦)\n") == "    f(a, b)\n"
    wide = "x" * 60
    assert fit(f"    f(¦{wide}¦{wide[:40]}y¦)\n") == f"    f({wide}, {wide[:40]}y)\n"
    assert fit(f"    function(¦{wide}¦{wide[:48]}¦)\n") == f"    function(\n        {wide}, {wide[:48]}\n    )\n"
    assert fit(f"    f(¦{wide}¦{wide}¦)\n") == f"    f(\n        {wide},\n        {wide},\n    )\n"


def tree(tmp_path: Path) -> dict[str, str]:
    """The rendering of a small tree with one file per entity and per link."""
    files = {
        "part/src/__package__/a.py.j2": "a = {{ app.title|lit }}\n\n\n",
        "part/src/__package__/models/__entity__.py.j2": "x = {{ entity.module|lit }}\n",
        "part/src/__package__/links/__link__.py.j2": "x = {{ link.module|lit }}\n",
        "part/plain.txt": "as {{ it }} is\n",
        "part/run.sh.j2": "#!/bin/sh\n",
        "part/nothing.py.j2": "{% if false %}x{% endif %}\n\n",
        "part/empty.py": "",
    }
    for where, text in files.items():
        (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / where).write_text(text, encoding="utf-8")
    app = SimpleNamespace(
        title="T", entities=[SimpleNamespace(module="owner"), SimpleNamespace(module="pet")], links=[SimpleNamespace(module="pair")]
    )
    made = render_tree("part", {"app": app, "package": Code("clinic")}, tmp_path)
    assert [f.path for f in made] == sorted(f.path for f in made)
    assert {f.path: f.mode for f in made}["run.sh"] == "0755"
    return {f.path: f.content for f in made}


def test_a_tree_is_rendered_once_per_entity_and_link(tmp_path: Path) -> None:
    assert tree(tmp_path) == {
        "empty.py": "",
        "plain.txt": "as {{ it }} is\n",
        "run.sh": "#!/bin/sh\n",
        "src/clinic/a.py": 'a = "T"\n',
        "src/clinic/links/pair.py": 'x = "pair"\n',
        "src/clinic/models/owner.py": 'x = "owner"\n',
        "src/clinic/models/pet.py": 'x = "pet"\n',
    }


def test_a_hostile_module_name_writes_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "__entity__.py.j2").write_text("x = 1\n", encoding="utf-8")
    app = SimpleNamespace(entities=[SimpleNamespace(module="../../etc/x")], links=[])
    with pytest.raises(InternalError):
        render_tree("part", {"app": app, "package": Code("p")}, tmp_path)
