"""Traces: what is whose parent, what a span may carry, and that ids are there without the SDK."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import StatusCode

from shared.telemetry import continued, correlated, facts, failed, note, recording, span, trace_id, traceparent
from shared.telemetry.facts import REMOVED, safe
from tests.recorded import Recorded

TRACE, OTHER = "0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c"
PARENT, ELSEWHERE = f"00-{TRACE}-b7ad6b7169203331-01", f"00-{OTHER}-b7ad6b7169203331-01"


def test_outside_there_is_no_trace() -> None:
    assert (traceparent(), trace_id(), recording(), dict(facts())) == ("", "", False, {})


def test_a_trace_goes_on_without_the_sdk() -> None:
    with continued(PARENT):
        assert (traceparent(), trace_id()) == (PARENT, TRACE)
        with span("work", run_id="run_1"):
            assert trace_id() == TRACE
            assert facts() == {"run_id": "run_1"}
    assert traceparent() == ""


@pytest.mark.parametrize(
    "given", ["", "nonsense", "00-0-0-00", f"00-{'0' * 32}-b7ad6b7169203331-01", PARENT.upper(), "x" * 10_000, None, 7]
)
def test_what_names_no_trace_is_ignored(given: object) -> None:
    with continued(given):  # type: ignore[arg-type]
        assert traceparent() == ""


@given(st.text(max_size=80))
def test_no_text_breaks_the_trace(text: str) -> None:
    with continued(text), span("work", parent=text):
        pass


def test_a_request_takes_the_callers_trace_or_a_new_one() -> None:
    with correlated(PARENT) as given:
        assert given == traceparent() == PARENT
    with correlated("") as first:
        assert first == traceparent() != ""
        assert first.endswith("-00")
    with correlated("garbage") as second:
        assert trace_id() != first.split("-")[1]
        assert second == traceparent()


def test_the_hosts_trace_comes_before_the_callers() -> None:
    with continued(PARENT), correlated(ELSEWHERE) as given:
        assert given == PARENT


def test_a_new_trace_is_left_to_the_sdk(recorded: Recorded) -> None:
    with correlated("") as given:
        assert (given, traceparent()) == ("", "")


def test_spans_hang_together(recorded: Recorded) -> None:
    with span("activity plan", parent=PARENT, kind="consumer", run_id="run_1", attempt=2), span("inside"):
        pass
    outer, inner = recorded.spans()["activity plan"], recorded.spans()["inside"]
    assert outer.context is not None
    assert format(outer.context.trace_id, "032x") == TRACE
    assert outer.parent is not None
    assert format(outer.parent.span_id, "016x") == "b7ad6b7169203331"
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert dict(outer.attributes or {}) == {"qlf.run_id": "run_1", "qlf.attempt": 2}


def test_the_hosts_span_of_the_same_trace_is_the_closer_parent(recorded: Recorded) -> None:
    closer = PARENT.replace("b7ad6b7169203331", "00f067aa0ba902b7")
    with continued(closer), span("activity", parent=PARENT):
        pass
    found = recorded.spans()["activity"].parent
    assert found is not None
    assert format(found.span_id, "016x") == "00f067aa0ba902b7"


def test_the_hosts_span_of_another_trace_is_linked(recorded: Recorded) -> None:
    with continued(ELSEWHERE), span("activity", parent=PARENT):
        pass
    made = recorded.spans()["activity"]
    assert made.context is not None
    assert format(made.context.trace_id, "032x") == TRACE
    assert [format(link.context.trace_id, "032x") for link in made.links] == [OTHER]


def test_an_exception_marks_the_span_by_its_type_only(recorded: Recorded) -> None:
    with pytest.raises(ValueError, match="the brief of Anna"), span("work"):
        raise ValueError("the brief of Anna")
    made = recorded.spans()["work"]
    assert (made.status.status_code, made.status.description) == (StatusCode.ERROR, None)
    assert dict(made.attributes or {}) == {"error.type": "ValueError", "qlf.code": "ValueError"}
    assert list(made.events) == []


def test_a_cancelled_task_ends_its_span(recorded: Recorded) -> None:
    async def main() -> None:
        async def work() -> None:
            with span("long"):
                await asyncio.Event().wait()

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert (recorded.spans()["long"].attributes or {})["error.type"] == "CancelledError"


def test_failures_and_later_facts_are_noted(recorded: Recorded) -> None:
    with span("work") as made:
        note(made, round=3, gate=None)
        failed(made, "QLF4001")
    assert dict(recorded.spans()["work"].attributes or {}) == {"qlf.round": 3, "error.type": "QLF4001", "qlf.code": "QLF4001"}


def test_only_facts_of_the_table_are_taken() -> None:
    with pytest.raises(ValueError, match="brief"), span("work", brief="A clinic."):
        pass


@pytest.mark.parametrize("value", ["run_01J", "pass", "QLF4001", "/api/v1/runs/{run_id}", "", 3, 2.5, True])
def test_identifiers_and_numbers_pass(value: object) -> None:
    assert safe(value) == value


@pytest.mark.parametrize("value", ["A clinic", "zoë", "a\nb", "x" * 129, "ﬁne", None, ["run_1"], {"a": 1}, b"run_1"])
def test_what_reads_like_text_does_not(value: object) -> None:
    assert safe(value) == REMOVED


@given(st.text())
def test_no_text_with_a_blank_or_a_letter_beyond_ascii_passes(text: str) -> None:
    passed = safe(text)
    assert passed == REMOVED or (
        isinstance(passed, str) and passed.isascii() and not any(c.isspace() for c in passed) and len(passed) <= 128
    )


def test_addresses_lose_their_words(recorded: Recorded) -> None:
    from opentelemetry import trace

    given = {"url.path": "/api/v1/runs/r/artifacts/anna-0.1.0", "url.query": "brief=a+clinic", "http.request.method_original": "ANNA"}
    with trace.get_tracer("library").start_as_current_span("GET", attributes=given):
        pass
    assert dict(recorded.spans()["GET"].attributes or {}) == {
        "url.path": REMOVED, "url.query": REMOVED, "http.request.method_original": REMOVED,
    }  # fmt: skip
