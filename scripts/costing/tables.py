"""The tables of docs/azure/cost.md, made of the same file that the estimate reads: `scripts/write_cost.py` puts them into the page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scripts.costing import Failed
from scripts.costing.estimate import amounts
from scripts.costing.meters import Meter, Names, Plan, load, quantity
from scripts.costing.show import number, plural
from scripts.costing.template import facts

ENVIRONMENTS = ("dev", "prod")


def page(text: str, root: Path) -> str:
    """`text` with each of its tables made anew. A table lies between `<!-- NAME -->` and `<!-- /NAME -->`. Raises Failed without one."""
    plan = load(root / "infra-bicep" / "cost" / "meters.json")
    for name, rows in {"rest": rest(plan, root), "share": share(plan, root), "given": given(plan)}.items():
        before, start, after = text.partition(f"<!-- {name} -->\n")
        _, end, last = after.partition(f"<!-- /{name} -->")
        if not start or not end:
            raise Failed(f"the page has no place for the table {name!r}")
        text = before + start + lines(rows) + end + last
    return text


def rest(plan: Plan, root: Path) -> list[tuple[str, ...]]:
    """What runs in a month at rest, by environment; `*` where only private networking has it."""
    head = ("Resource", "Meter", "Counts", *ENVIRONMENTS, "Why")
    sides = [(_names(plan, root, name, private=False), _names(plan, root, name, private=True)) for name in ENVIRONMENTS]
    rows = []
    for meters in _variants(plan):
        first, why = meters[0], "; ".join(dict.fromkeys(meter.why for meter in meters))
        cells = [_at_rest(meters, public, private) for public, private in sides]
        rows.append((first.resource, _code(first.title()), plural(first.counts) or "number", *cells, why))
    return [head, *rows]


def share(plan: Plan, root: Path) -> list[tuple[str, ...]]:
    """What one run and one preview add."""
    names = [_names(plan, root, name, private=False) for name in ENVIRONMENTS]
    rows = []
    for meters in _variants(plan):
        first = next((m for m in meters if m.run or m.preview), None)
        if first:
            rows.append((first.resource, _code(first.title()), *(_per(first.formula(kind), names[0]) for kind in ("run", "preview"))))
    return [("Resource", "Meter", "A run", "A preview"), *rows]


def given(plan: Plan) -> list[tuple[str, ...]]:
    """What can be given, what stands for it without, and where to read it."""
    rows = [(_code(name), each.unit, "" if each.value is None else number(each.value), each.why) for name, each in plan.given.items()]
    return [("Name", "Unit", "Without", "Where to read it"), *rows]


def lines(rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    head, *body = [f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in rows]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *body]) + "\n"


def _variants(plan: Plan) -> Iterable[list[Meter]]:
    """The meters by their place in the bill: those that differ only in when they apply belong together."""
    found: dict[tuple[str, str], list[Meter]] = {}
    for meter in plan.meters:
        found.setdefault((meter.resource, meter.title()), []).append(meter)
    return found.values()


def _names(plan: Plan, root: Path, environment: str, *, private: bool) -> Names:
    return plan.names(facts(root, environment, private), {})


def _at_rest(meters: list[Meter], public: Names, private: Names) -> str:
    for names, mark in ((public, ""), (private, " *")):
        for meter in meters:
            if meter.applies(names):
                amount = amounts(meter, names)["rest"]
                return (f"by {_listed(amount.missing)}" if amount.value is None else number(amount.value)) + mark
    return "–"


def _per(formula: str | None, names: Names) -> str:
    if formula is None:
        return ""
    amount = quantity(formula, names)
    return f"by {_listed(amount.missing)}" if amount.value is None else number(amount.value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_code, sorted(names)))


def _code(text: str) -> str:
    return f"`{text}`"
