"""Log lines: structured where they stay, and clean where they leave."""

from __future__ import annotations

import ast
import json
import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import InternalError, stack_of
from shared.telemetry import JsonLines, continued, span
from shared.telemetry.logs import APP, EXPORT, CleanCopies, cleaned

ROOT = Path(__file__).resolve().parents[3]
TRACE = "0af7651916cd43dd8448eb211c80319c"
BRIEF = "A clinic for Anna"


def made(message: object, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("qlf.api", logging.ERROR, "/home/anna/qlf/api/app.py", 7, message, args, info, "serve")  # type: ignore[arg-type]


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_a_line_is_one_json_object_with_its_place_in_the_trace() -> None:
    with continued(f"00-{TRACE}-b7ad6b7169203331-01"), span("activity", run_id="run_1", attempt=1):
        line = json.loads(JsonLines().format(made("run %s\nfailed", "run_1", error=raised(ValueError(BRIEF)))))
    assert (line["level"], line["logger"], line["message"]) == ("error", "qlf.api", "run run_1\nfailed")
    assert (line["trace_id"], line["run_id"], line["attempt"]) == (TRACE, "run_1", 1)
    assert line["exception"].endswith(f"ValueError: {BRIEF}")
    assert line["time"].endswith("Z")


def test_outside_a_trace_a_line_has_no_id() -> None:
    line = JsonLines().format(made("started"))
    assert "\n" not in line
    assert json.loads(line).keys() == {"time", "level", "logger", "process", "message"}


def test_what_leaves_holds_no_words_of_a_user() -> None:
    with span("activity", run_id="run_1"):
        copy = cleaned(made("brief %s of %s", BRIEF, "run_1", error=raised(ValueError(BRIEF))))
    assert copy.getMessage() == "brief [removed] of run_1"
    assert copy.exc_info is None
    fields = vars(copy)
    assert (fields["qlf.run_id"], fields["qlf.exception"]) == ("run_1", "ValueError")
    assert fields["qlf.frames"].startswith(f"{Path(__file__).name}:")
    assert "Anna" not in json.dumps(fields, default=str)
    assert "anna" not in json.dumps(fields, default=str)


def test_a_coded_failure_leaves_as_its_code_and_title() -> None:
    error = raised(InternalError("QLF9000", BRIEF))
    copy = cleaned(made("%s", error, error=error))
    assert copy.getMessage() == f"QLF9000: {InternalError('QLF9000').entry.title}"
    assert vars(copy)["qlf.code"] == "QLF9000"
    assert cleaned(made("%s", KeyError(BRIEF))).getMessage() == "KeyError"


@pytest.mark.parametrize(
    "record", [made("%s %s", "one"), made("%d", "run"), made({"brief": BRIEF}), made("100 %"), made("%(x)s", {"x": BRIEF})]
)
def test_a_message_that_cannot_be_formatted_stays_a_template(record: logging.LogRecord) -> None:
    assert BRIEF not in cleaned(record).getMessage()


@given(st.text(min_size=1).filter(lambda text: any(c.isspace() for c in text)))
def test_no_text_with_blanks_leaves_as_an_argument(text: str) -> None:
    assert cleaned(made("about %s", text)).getMessage() == "about [removed]"


def test_copies_go_to_the_logger_that_exports(caplog: pytest.LogCaptureFixture) -> None:
    handler = CleanCopies(logging.WARNING)
    app, export = logging.getLogger(APP), logging.getLogger(EXPORT)
    app.addHandler(handler)
    export.addHandler(caplog.handler)
    export.propagate = False
    try:
        app.getChild("api").warning("brief %s", BRIEF)
        app.getChild("api").info("brief %s", BRIEF)
    finally:
        app.removeHandler(handler)
        export.removeHandler(caplog.handler)
        export.propagate = True
    assert [record.getMessage() for record in caplog.records if "[removed]" in record.getMessage()] == ["brief [removed]"]


HOUSE = [p for room in ("activities", "api", "cli", "orchestrators", "shared") for p in (ROOT / room).rglob("*.py")]


def test_every_message_of_the_house_is_a_constant_template() -> None:
    """What is not an argument is exported as it stands, so no message may be put together by hand."""
    faults = []
    for path in HOUSE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)):
                continue
            if node.func.value.id not in ("log", "logger") or node.func.attr not in (
                "debug",
                "info",
                "warning",
                "error",
                "exception",
                "log",
            ):
                continue
            template = node.args[1 if node.func.attr == "log" else 0]
            if not (isinstance(template, ast.Constant) and isinstance(template.value, str)):
                faults.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert faults == []
    assert sys.modules[JsonLines.__module__].APP == "qlf"


def test_where_a_fault_was_raised_leaves_and_its_text_does_not() -> None:
    copy = cleaned(made("failed: %s", stack_of(raised(ValueError(BRIEF)))))
    assert copy.getMessage().startswith("failed: ValueError[")
    assert "Anna" not in copy.getMessage()
