"""The ledger's last two decisions: what no blueprint builds is refused, and what is called built must be proved.

The compiler says what a clause asks for; only here is it held against what the agents can make and what the tests of the
generated app showed. A clause of which one part is not built counts as refused, and its reason names the part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.model import Clause, Ledger, Symbol, Trace

Reason = tuple[str, str]


def refuse_unbuilt(ledger: Ledger, unbuilt: Mapping[str, Reason]) -> Ledger:
    """Every `built` clause that asks for an unbuilt IR path becomes `refused`. `unbuilt`: IR path -> reason code and reason."""
    return ledger.model_copy(update={"clauses": [_refused(clause, unbuilt) for clause in ledger.clauses]})


def prove(ledger: Ledger, traces: Iterable[Trace], outcomes: Mapping[str, str]) -> tuple[Ledger, list[Clause]]:
    """The ledger with files, symbols and test ids filled in, and the built clauses that no passed test proves.

    `outcomes` maps pytest node ids (with or without parameters) to `passed`, `failed` or `skipped`.
    """
    by_path: dict[str, list[Trace]] = {}
    for trace in traces:
        by_path.setdefault(trace.ir_path, []).append(trace)
    passed = _outcomes_by_test(outcomes)
    clauses = [_traced(clause, by_path) if clause.fate == "built" else clause for clause in ledger.clauses]
    unproved = [c for c in clauses if c.fate == "built" and not (c.built_by and c.tests and all(passed.get(test) for test in c.tests))]
    return ledger.model_copy(update={"clauses": clauses}), unproved


def _refused(clause: Clause, unbuilt: Mapping[str, Reason]) -> Clause:
    missing = [path for path in clause.ir_paths if path in unbuilt]
    if clause.fate != "built" or not missing:
        return clause
    reasons = dict.fromkeys(unbuilt[path][1] for path in missing)
    rest = [path for path in clause.ir_paths if path not in unbuilt]
    text = " ".join(reasons)
    if rest:
        text += f" The rest of this clause is built: {', '.join(rest)}."
    return clause.model_copy(update={"fate": "refused", "reason_code": unbuilt[missing[0]][0], "reason": text})


def _traced(clause: Clause, by_path: Mapping[str, list[Trace]]) -> Clause:
    found = [trace for path in clause.ir_paths for trace in by_path.get(path, [])]
    symbols = {(s.file, s.symbol): s for trace in found for s in trace.built_by}
    tests = {test for trace in found for test in trace.tests}
    built_by: list[Symbol] = [symbols[key] for key in sorted(symbols)]
    return clause.model_copy(update={"built_by": built_by, "tests": sorted(tests)})


def _outcomes_by_test(outcomes: Mapping[str, str]) -> dict[str, bool]:
    """Test id with and without parameters -> True when it passed every time."""
    result: dict[str, bool] = {}
    for node, outcome in outcomes.items():
        for name in {node, node.partition("[")[0]}:
            result[name] = result.get(name, True) and outcome == "passed"
    return result
