"""Unfinished work is found, and finished work that looks a little like it is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.gates import GateContext, run_gate
from shared.model import IR, Verdict

Judge = Callable[..., Verdict]


def codes(judge: Judge, folder: Path, name: str, text: str, **changes: object) -> list[str]:
    path = folder / "t" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    verdict = judge("placeholder", folder / "t", **changes)
    assert verdict.outcome == ("fail" if verdict.findings else "pass")
    return [finding.code for finding in verdict.findings]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x = 1  # TODO tidy up\n", "note"),
        ("# FIXME\nx = 1\n", "note"),
        ("def f():\n    pass\n", "empty"),
        ("def f():\n    ...\n", "empty"),
        ("async def f():\n    ...\n", "empty"),
        ('def f():\n    """Says what it would do."""\n', "empty"),
        ('def f():\n    """Says."""\n    pass\n', "empty"),
        ("class A:\n    def f(self):\n        pass\n", "empty"),
        ("def f():\n    raise NotImplementedError\n", "not-implemented"),
        ("def f(a):\n    '''Later.'''\n    raise NotImplementedError('later')\n", "not-implemented"),
        ("def f(amount, rate):\n    return 0.5\n", "constant"),
        ("def f(order):\n    return {'score': 1, 'reasons': []}\n", "constant"),
        ("def f(order):\n    return None\n", "constant"),
        ("async def f(order):\n    return True\n", "constant"),
        ("class A:\n    def f(self, order):\n        return []\n", "constant"),
        ("def outer():\n    def inner():\n        pass\n    return inner\n", "empty"),
        ("def f():\n    raise HTTPException(status_code=501)\n", "501"),
        ("def f():\n    raise HTTPException(501, 'later')\n", "501"),
        ("def f(request):\n    return JSONResponse({'a': request.x}, status_code=501)\n", "501"),
        ("def f():\n    raise HTTPException(status.HTTP_501_NOT_IMPLEMENTED)\n", "501"),
        ("text = 'Lorem ipsum dolor'\n", "filler"),
        ("text = 'your code here'\n", "filler"),
        ("def f(:\n", "syntax"),
        ("x = '\x00'\n", "syntax"),
    ],
)
def test_unfinished_python(judge: Judge, tmp_path: Path, source: str, code: str) -> None:
    assert codes(judge, tmp_path, "src/a.py", source) == [f"placeholder.{code}"]


@pytest.mark.parametrize(
    "source",
    [
        "class Missing(Exception):\n    pass\n",
        "class Missing(Exception):\n    '''When it is not there.'''\n",
        "class Base(DeclarativeBase):\n    pass\n",
        "class Port(Protocol):\n    def get(self, key: str) -> str: ...\n",
        "class Port(typing.Protocol[T]):\n    def get(self, key: str) -> str:\n        '''The value.'''\n        ...\n",
        "class A(ABC):\n    @abstractmethod\n    def f(self, x):\n        raise NotImplementedError\n",
        "class A(ABC):\n    @abc.abstractmethod\n    def f(self): ...\n",
        "@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\ndef f(x):\n    return x\n",
        "try:\n    f()\nexcept OSError:\n    pass\n",
        "class Quiet(Handler):\n    def log(self, text):\n        '''Writes nothing on purpose.'''\n",
        "def livez():\n    return {'status': 'ok'}\n",
        "class A:\n    def __bool__(self):\n        return True\n",
        "class A:\n    def name(self):\n        return 'a'\n",
        "class Plain(Style):\n    def colour(self, part):\n        return 'black'\n",
        "def f(_request):\n    return 5\n",
        "def f(x):\n    return x\n",
        "def f(x):\n    check(x)\n    return True\n",
        "class Todo(Base):\n    '''A TODO of the user.'''\n    title = 'TODO: buy milk'\n",
        "def todo_list(todo):\n    return todo.items  # every todo\n",
        "x = client.get('/todos/501')\nassert x.status_code == 404\n",
        "raise HTTPException(status_code=500)\n",
    ],
)
def test_finished_python(judge: Judge, tmp_path: Path, source: str) -> None:
    assert codes(judge, tmp_path, "src/a.py", source) == []


def test_a_fake_in_a_test_may_be_constant(judge: Judge, tmp_path: Path) -> None:
    source = "def fake_rate(currency):\n    return 1.5\n"
    assert codes(judge, tmp_path, "tests/test_a.py", source) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "# App\n\nTODO: describe\n"),
        ("README.md", "<!-- TODO describe -->\n"),
        ("README.md", "- [ ] TODO: describe\n"),
        ("compose.yaml", "a: 1  # FIXME\n"),
        ("Dockerfile", "# TODO pin\nFROM x\n"),
        ("build.sh", "true # XXX\n"),
        ("app.js", "f(); // TODO\n"),
        ("style.css", "/* HACK */\n"),
    ],
)
def test_notes_in_other_files(judge: Judge, tmp_path: Path, name: str, text: str) -> None:
    assert codes(judge, tmp_path, name, text) == ["placeholder.note"]


@pytest.mark.parametrize(
    ("name", "text"), [("README.md", "# TODO app\n\nKeeps every TODO you have.\n"), ("a.json", '{"title": "TODO list"}\n')]
)
def test_an_app_about_todos_is_no_placeholder(judge: Judge, tmp_path: Path, name: str, text: str) -> None:
    assert codes(judge, tmp_path, name, text) == []


def test_words_of_the_brief_are_no_filler(judge: Judge, tmp_path: Path) -> None:
    text = "Prints Lorem Ipsum for designers\n"
    ir = IR(name="Lorem Ipsum", slug="lorem-ipsum")
    assert codes(judge, tmp_path, "README.md", text, ir=ir) == []
    assert codes(judge, tmp_path, "README.md", text) == ["placeholder.filler"]


def test_a_finding_says_where_and_what_to_do(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.py").write_text("x = 1\n\n\ndef f():\n    pass\n")
    (finding,) = judge("placeholder", tmp_path / "t").findings
    assert (finding.file, finding.line, finding.severity) == ("a.py", 4, "blocker")
    assert finding.advice
    assert "a.py" in finding.replay


def test_the_sample_is_finished(judge: Judge, tree: Path) -> None:
    verdict = judge("placeholder", tree)
    assert verdict.findings == []
    assert verdict.outcome == "pass"


def test_nothing_to_read_is_skipped_and_blocks(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    verdict = judge("placeholder", tmp_path / "t")
    assert verdict.outcome == "skip"
    assert verdict.blocks


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.text() | st.binary().map(lambda data: data.decode("utf-8", "replace")))
def test_whatever_a_file_holds_there_is_a_verdict(context: GateContext, tmp_path: Path, source: str) -> None:
    folder = tmp_path / "t"
    folder.mkdir(exist_ok=True)
    (folder / "a.py").write_bytes(source.encode("utf-8", "replace"))
    assert run_gate("placeholder", folder, context).verdict.outcome in ("pass", "fail")


def test_a_deeply_nested_file_is_judged_too(judge: Judge, tmp_path: Path) -> None:
    assert codes(judge, tmp_path, "a.py", "x = " + "(" * 5000 + ")" * 5000 + "\n") == ["placeholder.syntax"]
