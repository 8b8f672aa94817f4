"""The running app keeps its contract: a valid OpenAPI document, the one in the tree, and no failure in hundreds of generated cases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shared.gates import layout, serve, warm
from shared.gates.bench import Bench, tail
from shared.gates.records import Judgement
from shared.model import Finding

if TYPE_CHECKING:
    from shared.runner import Outcome, ServiceOutcome

LEAST_CASES = 600
_LEAST_EXAMPLES = 3
_SEED = 1
_WORKERS = 1
_REPLAY = f"st run http://127.0.0.1:8000/openapi.json --header 'Authorization: Bearer TOKEN' --checks all --seed {_SEED}"


def judge(bench: Bench) -> Judgement:
    """Migrate, start, log in, compare the document and fuzz every operation."""
    st = bench.tool("st")
    migrated, findings = serve.migrate(bench)
    if findings:
        return Judgement(findings, report=migrated.stdout + migrated.stderr)
    out = bench.root / "schemathesis"
    out.mkdir()
    asked = {
        "login": layout.LOGIN_PATH, "email": layout.ADMIN_EMAIL, "password": serve.PASSWORD, "st": st, "out": str(out),
        "document": "/openapi.json", "floor": LEAST_CASES, "seed": _SEED, "workers": _WORKERS, "least_examples": _LEAST_EXAMPLES,
    }  # fmt: skip
    script = bench.write("contract_client.py", serve.driver("contract_client"))
    storage = {warm.HYPOTHESIS_FOLDER: str(warm.hypothesis_folder(bench, bench.tools))}
    client = bench.command(str(bench.tools / "bin" / "python"), script, serve.BASE, env=storage).model_copy(
        update={"stdin": json.dumps(asked).encode()}
    )
    ran = bench.serve(serve.service(bench), client, cpu_seconds=900, wall_seconds=900)
    return _judge(bench, ran)


def _judge(bench: Bench, ran: ServiceOutcome) -> Judgement:
    if not ran.ready or not ran.clients:
        return Judgement([serve.not_ready("contract", ran.server)], report=ran.server.stderr)
    client = ran.clients[0]
    try:
        answer = json.loads(client.stdout)
        runs = answer["runs"]
    except (ValueError, KeyError, TypeError):
        return Judgement([_broken(client)], report=client.stderr)
    findings = [*_document(bench, answer), *_runs(runs)]
    cases = sum(_cases(run) for run in runs)
    if answer["token"] and cases < LEAST_CASES and not findings:
        findings.append(
            _finding("contract.cases", f"{cases} cases could be generated, {LEAST_CASES} are needed", "Describe parameters and bodies.")
        )
    metrics = {"cases": cases, "failures": sum(len((run["report"] or {}).get("failures", [])) for run in runs), "runs": len(runs)}
    report = {"runs": runs, "server": tail(ran.server.stderr, 20_000)}
    return Judgement(findings, dict(metrics), report=json.dumps(report, indent=1).encode())


def _cases(run: dict[str, Any]) -> int:
    return int(((run["report"] or {}).get("test_cases") or {}).get("generated", 0))


def _document(bench: Bench, answer: dict[str, Any]) -> list[Finding]:
    if not isinstance(answer["document"], dict):
        return [_finding("contract.document", "/openapi.json does not answer a JSON object", "Serve the document.")]
    found = [_finding("contract.openapi", message, "Follow the OpenAPI 3.1 schema.") for message in answer["invalid"]]
    if not answer["token"]:
        found.append(
            _finding(
                "contract.login",
                f"POST {layout.LOGIN_PATH} gave the administrator no access token",
                "ADMIN_EMAIL and ADMIN_PASSWORD make one.",
            )
        )
    try:
        written = json.loads((bench.tree / layout.OPENAPI).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        written = None
    if written != answer["document"]:
        found.append(
            _finding(
                "contract.drift",
                f"{layout.OPENAPI} in the tree is not the document that the app serves",
                "Write it anew from the app.",
                layout.OPENAPI,
            )
        )
    return found


def _runs(runs: list[dict[str, Any]]) -> list[Finding]:
    found = []
    for run in runs:
        report = run["report"]
        if report is None or run["exit_code"] not in (0, 1):
            found.append(
                _finding("contract.fuzzer", f"schemathesis ended with {run['exit_code']}: {run['talk'][-600:]}", "See the report.")
            )
            continue
        for failure in report["failures"]:
            where = ", ".join(failure["operations"][:5])
            found.append(
                _finding(
                    f"contract.{failure['code']}",
                    f"{failure['title']} ({failure['count']}x) at {where}",
                    "The report holds a curl line for each.",
                )
            )
        found += [_finding("contract.error", f"{e['title']} ({e['count']}x)", "See the report.") for e in report["errors"]]
        if run["exit_code"] == 1 and not found:
            found.append(_finding("contract.failed", run["talk"][-600:], "See the report."))
    return found


def _broken(client: Outcome) -> Finding:
    limits = f" ({', '.join(client.limits_hit)} limit)" if client.limits_hit else ""
    return _finding("contract.client", f"the client ended with {client.exit_code}{limits}: {tail(client.stderr, 600)}", "See the report.")


def _finding(code: str, message: str, advice: str, file: str = "") -> Finding:
    return Finding(code=code, message=message[:1000], severity="blocker", file=file, advice=advice, replay=_REPLAY)
