"""Rules of the Python worker beyond the recorded apps: which function it refuses, and in which words."""

from pathlib import Path

import pytest

from funchost.errors import LoadFailed
from funchost.loading import load_app
from tests.funchost.hosting import write_app

ROUTE = '@app.route(route="a")\n'
OUT = "its annotation in Python is not a subclass of azure.functions.Out"
REFUSED = {
    "return-none": (ROUTE + "def a(req: func.HttpRequest) -> None: ...", 'Python return annotation "NoneType" does not match binding type'),
    "return-int": (ROUTE + "def a(req: func.HttpRequest) -> int: ...", 'Python return annotation "int" does not match binding type "http"'),
    "return-optional": (
        "import typing\n" + ROUTE + "def a(req: func.HttpRequest) -> typing.Optional[func.HttpResponse]: ...",
        "has invalid non-type return annotation typing.Optional[azure.functions._http.HttpResponse]",
    ),
    "return-builtin-generic": (
        ROUTE + "def a(req: func.HttpRequest) -> list[str]: ...",
        "has invalid non-type return annotation list[str]",
    ),
    "return-out": (ROUTE + "def a(req: func.HttpRequest) -> func.Out[str]: ...", "return annotation should not be azure.functions.Out"),
    "out-without-out": (
        ROUTE + '@app.queue_output(arg_name="q", queue_name="q", connection="C")\ndef a(req: func.HttpRequest, q: str): ...',
        'binding q is declared to have the "out" direction, but ' + OUT,
    ),
    "in-with-out": (
        ROUTE + "def a(req: func.Out[str]): ...",
        'binding req is declared to have the "in" direction in function.json, but its annotation is azure.functions.Out in Python',
    ),
    "bare-out": (
        ROUTE + '@app.queue_output(arg_name="q", queue_name="q", connection="C")\ndef a(req: func.HttpRequest, q: func.Out): ...',
        "binding q has invalid Out annotation <class 'azure.functions._abc.Out'>",
    ),
    "out-of-wrong-type": (
        ROUTE + '@app.queue_output(arg_name="q", queue_name="q", connection="C")\ndef a(req: func.HttpRequest, q: func.Out[int]): ...',
        '\'q\' binding type "queue" and dataType "None" in function.json do not match',
    ),
    "optional": (
        "import typing\n" + ROUTE + "def a(req: typing.Optional[func.HttpRequest]): ...",
        "binding req has invalid non-type annotation typing.Optional[azure.functions._http.HttpRequest]",
    ),
    "union": (ROUTE + "def a(req: func.HttpRequest | None): ...", "binding req has invalid non-type annotation"),
    "timer-as-string": (
        '@app.timer_trigger(schedule="0 0 0 * * *", arg_name="t")\ndef a(t: int) -> None: ...',
        '\'t\' binding type "timerTrigger" and dataType "None" in function.json do not match the corresponding function parameter\'s '
        'Python type annotation "int"',
    ),
    "context-of-wrong-type": (
        ROUTE + "def a(req: func.HttpRequest, context: str): ...",
        "the \"context\" parameter is expected to be of type azure.functions.Context, got <class 'str'>",
    ),
    "no-parameters": (ROUTE + "def a(): ...", "declared in function.json but not in Python: {'req'}"),
    "var-args": (ROUTE + "def a(*args, **kwargs): ...", "declared in Python but not in function.json: {"),
    "generic-of-wrong-type": (
        '@app.generic_trigger(arg_name="x", type="eventThing")\ndef a(x: int): ...',
        '\'x\' binding type "eventThing" and dataType "None" in function.json do not match',
    ),
    "generic-with-data-type": (
        '@app.generic_trigger(arg_name="x", type="eventThing", data_type="string")\ndef a(x: int): ...',
        '\'x\' binding type "eventThing" and dataType "1" in function.json do not match',
    ),
}
OTHERWISE = {
    "forward-reference": (ROUTE + 'def a(req: "Nowhere"): ...', "NameError: name 'Nowhere' is not defined"),
    "typing-list": (
        "import typing\n" + ROUTE + "def a(req: typing.List[str]): ...",
        "TypeError: issubclass() arg 1 must be a class",
    ),
    "same-app-twice": ("again = app", "ValueError: More than one DFApp or other top level function app instances are defined."),
    "two-triggers": (
        ROUTE + '@app.timer_trigger(schedule="0 0 0 * * *", arg_name="t")\ndef a(req, t): ...',
        "ValueError: A trigger was already registered to this function.",
    ),
    "retry-without-delay": (
        '@app.timer_trigger(schedule="0 0 0 * * *", arg_name="t")\n@app.retry(strategy="fixed_delay", max_retry_count="3")\ndef a(t): ...',
        "TypeError: strptime() argument 0 must be str, not <class 'NoneType'>",
    ),
    "retry-of-another-kind": (
        '@app.timer_trigger(schedule="0 0 0 * * *", arg_name="t")\n'
        '@app.retry(strategy="sometimes", max_retry_count="3", minimum_interval="00:00:01", maximum_interval="00:00:02")\ndef a(t): ...',
        'ValueError: unknown enum label "sometimes"',
    ),
    "retry-count": (
        '@app.timer_trigger(schedule="0 0 0 * * *", arg_name="t")\n'
        '@app.retry(strategy="fixed_delay", max_retry_count="often", delay_interval="00:00:01")\ndef a(t): ...',
        "ValueError: invalid literal for int() with base 10: 'often'",
    ),
    "name-that-cannot-be-imported": (
        "from json import nothing_of_that_name",
        "ImportError: cannot import name 'nothing_of_that_name' from 'json'",
    ),
    "exit-at-import": ("raise SystemExit(3)", "SystemExit: 3"),
    "indentation": ("def a():\nreturn 1", "IndentationError: expected an indented block after function definition on line 5"),
    "blueprint-twice": (
        'bp = df.Blueprint()\n@bp.activity_trigger(input_name="x")\ndef a(x): ...\napp.register_functions(bp)\napp.register_functions(bp)',
        "ValueError: Function a does not have a unique function name.",
    ),
}
ACCEPTED = {
    "return-str": ROUTE + "def a(req: func.HttpRequest) -> str: ...",
    "no-annotations": ROUTE + "def a(req): ...",
    "string-annotations": ROUTE + 'def a(req: "func.HttpRequest") -> "func.HttpResponse": ...',
    "raw-request": ROUTE + "def a(req: str): ...",
    "context": ROUTE + "def a(req: func.HttpRequest, context: func.Context): ...",
    "untyped-context": ROUTE + "def a(req: func.HttpRequest, context): ...",
    "out": ROUTE + '@app.queue_output(arg_name="q", queue_name="q", connection="C")\ndef a(req: func.HttpRequest, q: func.Out[str]): ...',
    "activity-types": "import typing\n@app.activity_trigger(input_name='x')\ndef a(x: typing.Any) -> dict[str, int]: ...",
    "activity-list": "import typing\n@app.activity_trigger(input_name='x')\ndef a(x: typing.List[int]): ...",
    "generic": '@app.generic_trigger(arg_name="x", type="eventThing")\ndef a(x: str): ...',
    "generic-http": '@app.generic_trigger(arg_name="x", type="httpTrigger", route="r")\ndef a(x: func.HttpRequest): ...',
    "generic-bytes-out": ROUTE + '@app.generic_output_binding(arg_name="o", type="thing")\ndef a(req, o: func.Out[bytes]): ...',
    "retry": (
        '@app.timer_trigger(schedule="0 0 0 * * *", arg_name="t")\n'
        '@app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")\ndef a(t: func.TimerRequest): ...'
    ),
    "client": ROUTE
    + "@app.durable_client_input(client_name='c')\nasync def a(req: func.HttpRequest, c: df.DurableOrchestrationClient): ...",
    "entity": '@app.entity_trigger(context_name="context")\ndef a(context): ...',
}
OLD = "import azure.functions as func\nimport azure.durable_functions as df\n"


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_words_of_the_worker(name: str, tmp_path: Path) -> None:
    source, words = REFUSED[name]
    folder = write_app(tmp_path / "app", source)
    with pytest.raises(LoadFailed) as failure:
        load_app(folder)
    assert failure.value.cause.startswith("FunctionLoadError: cannot load the a function: ")
    assert words in failure.value.cause
    assert "function_app.py:" in failure.value.where


@pytest.mark.parametrize("name", OTHERWISE)
def test_refused_with_the_words_of_python_or_the_sdk(name: str, tmp_path: Path) -> None:
    source, words = OTHERWISE[name]
    folder = write_app(tmp_path / "app", source)
    with pytest.raises(LoadFailed) as failure:
        load_app(folder)
    assert failure.value.cause.startswith(words)
    assert "function_app.py" in failure.value.where


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str, tmp_path: Path) -> None:
    source = ACCEPTED[name]
    (function,) = load_app(write_app(tmp_path / "app", source)).functions
    assert function.name == "a"


def test_the_class_of_the_first_app_is_named(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", "one = func.FunctionApp()\ntwo = df.DFApp()", header=OLD)
    with pytest.raises(LoadFailed, match="More than one FunctionApp or other top level"):
        load_app(folder)


def test_a_missing_name_in_a_module_of_the_app_is_placed_there(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", "import helper_of_this_test")
    (folder / "helper_of_this_test.py").write_text("x = 1\ny = undefined\n", encoding="utf-8")
    with pytest.raises(LoadFailed) as failure:
        load_app(folder)
    assert failure.value.cause == "NameError: name 'undefined' is not defined"
    assert failure.value.where.endswith("helper_of_this_test.py:2")
