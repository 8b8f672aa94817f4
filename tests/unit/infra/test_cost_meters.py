"""infra-bicep/cost/meters.json agrees with the template, the program and the page; its formulas and tiers are reckoned right."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bicep_reader import Bicep
from hypothesis import given
from hypothesis import strategies as st

from scripts.costing import Failed
from scripts.costing.estimate import amounts
from scripts.costing.meters import KINDS, Names, load, quantity
from scripts.costing.pricing import Price, size_of
from scripts.costing.tables import page
from scripts.costing.template import facts

ROOT = Path(__file__).resolve().parents[3]
FILE = Path("infra-bicep", "cost", "meters.json")
PAGE = Path("docs", "azure", "cost.md")
SIDES = [(environment, private) for environment in ("dev", "prod") for private in (False, True)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the estimate reads of the repository, to plant faults in."""
    shutil.copytree(ROOT / "infra-bicep", tmp_path / "infra-bicep")
    shutil.copy(ROOT / "function_app.py", tmp_path)
    (tmp_path / PAGE).parent.mkdir(parents=True)
    shutil.copy(ROOT / PAGE, tmp_path / PAGE)
    return tmp_path


def plant(root: Path, file: str, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))


def names_of(root: Path, environment: str, private: bool | None) -> Names:
    return load(root / FILE).names(facts(root, environment, private), {})


def stale(root: Path) -> bool:
    """Whether the page says other numbers than the file and the template."""
    text = (root / PAGE).read_text()
    return page(text, root) != text


def types_of(root: Path) -> set[str]:
    """Every resource type that the template makes."""
    infra = root / "infra-bicep"
    bicep = {r.kind.split("@")[0] for path in infra.rglob("*.bicep") for r in Bicep(path).resources if not r.existing}
    written = [json.loads(path.read_text()) for path in infra.rglob("*.json")]
    templates = [one for one in written if isinstance(one, dict) and "deploymentTemplate.json" in one.get("$schema", "")]
    return bicep | {resource["type"] for template in templates for resource in template["resources"]}


def problems(root: Path) -> list[str]:
    """Resource types that nobody priced, and those that the file names though nothing makes them."""
    plan = load(root / FILE)
    priced, made = {kind for meter in plan.meters for kind in meter.types}, types_of(root)
    found = [f"{kind} is priced and free" for kind in sorted(priced & set(plan.free))]
    found += [f"{kind} has no meter and no reason" for kind in sorted(made - priced - set(plan.free))]
    return found + [f"{kind} is not made by the template" for kind in sorted((priced | set(plan.free)) - made)]


def test_every_resource_type_has_a_meter_or_a_reason() -> None:
    assert problems(ROOT) == []
    assert all(len(why) > 10 for why in load(ROOT / FILE).free.values())


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("modules/boards.bicep", "Microsoft.Portal/dashboards@", "Microsoft.Search/searchServices@", "searchServices has no meter"),
        (
            "network/private-dns.json",
            '"Microsoft.Network/privateDnsZones"',
            '"Microsoft.Network/dnsResolvers"',
            "dnsResolvers has no meter",
        ),
        (
            "modules/boards.bicep",
            "Microsoft.Portal/dashboards@",
            "Microsoft.Search/searchServices@",
            "dashboards is not made by the template",
        ),
        ("cost/meters.json", '"Microsoft.Portal/dashboards": ', '"Microsoft.Web/sites": ', "Microsoft.Web/sites is priced and free"),
    ],
)
def test_a_resource_that_nobody_priced_is_found(copy: Path, file: str, old: str, new: str, found: str) -> None:
    plant(copy, f"infra-bicep/{file}", old, new)
    assert [problem for problem in problems(copy) if found in problem]


def test_the_tables_of_the_page_are_those_of_the_file() -> None:
    assert not stale(ROOT), "make docs"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("infra-bicep/main.bicep", "alwaysReadyDurable: prod ? 2 : 1", "alwaysReadyDurable: prod ? 2 : 5"),
        ("infra-bicep/main.bicep", "instanceMemoryMB: prod ? 4096 : 2048", "instanceMemoryMB: prod ? 2048 : 2048"),
        ("infra-bicep/main.bicep", "capacityUnits: prod ? 3 : 1", "capacityUnits: prod ? 1 : 1"),
        ("infra-bicep/main.bicep", "readySessions: prod ? 2 : 0", "readySessions: prod ? 9 : 0"),
        ("infra-bicep/main.bicep", "maxThroughput: 1000", "maxThroughput: 4000"),
        ("infra-bicep/main.bicep", "    zoneRedundant: prod\n    heavySlots", "    zoneRedundant: false\n    heavySlots"),
        ("infra-bicep/main.bicep", "prod ? 'Standard_ZRS' : 'Standard_LRS'", "'Standard_LRS'"),
        ("infra-bicep/main.bicep", "retentionDays: prod ? 90 : 30", "retentionDays: prod ? 90 : 60"),
        ("infra-bicep/main.bicep", "        group: 'blob'\n", ""),
        ("infra-bicep/modules/cosmos.bicep", "sqlDatabases/containers@2025-04-15' = {", "sqlDatabases/graphs@2025-04-15' = {"),
        ("infra-bicep/modules/sessions.bicep", "cpu: 2", "cpu: 16"),
        ("infra-bicep/monitor/alerts.json", '"every": "PT5M"', '"every": "PT15M"'),
        ("infra-bicep/network/private-dns.json", '   "privatelink.documents.azure.com",\n', ""),
        ("infra-bicep/env/dev.parameters.json", '"alertsEnabled": {"value": false}', '"alertsEnabled": {"value": true}'),
        ("infra-bicep/env/prod.parameters.json", '"profile": {"value": "prod"}', '"profile": {"value": "dev"}'),
        ("function_app.py", 'schedule="*/10 * * * * *"', 'schedule="*/20 * * * * *"'),
        ("infra-bicep/cost/meters.json", '"run_actions": {"value": 135', '"run_actions": {"value": 136'),
    ],
)
def test_a_size_that_changes_makes_the_page_stale(copy: Path, file: str, old: str, new: str) -> None:
    assert not stale(copy)
    plant(copy, file, old, new)
    assert stale(copy)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("infra-bicep/main.bicep", "alwaysReadyDurable: prod ? 2 : 1", "alwaysReadyDurable: length(x)", "functionapp.alwaysReadyDurable"),
        ("infra-bicep/main.bicep", "privateNetworking bool = false", "privateNetworking bool = empty(x)", "privateNetworking no default"),
        ("infra-bicep/main.bicep", "capacityUnits: prod ? 3 : 1", "capacityUnits: 'three'", "capacityUnits is three, not a number"),
        ("infra-bicep/monitor/alerts.json", '"every": "PT5M"', '"every": "PT1M"', "rules that look every PT1M"),
        ("infra-bicep/modules/sessions.bicep", "cpu: 2", "cpu: cores", "how many cores a session has"),
        ("function_app.py", 'schedule="0 */5 * * * *"', 'schedule="0 0 3 * * *"', "schedule is not understood: 0 0 3 * * *"),
        ("infra-bicep/cost/meters.json", '"rest": "hours"', '"rest": "hours ** 2"', "is no formula"),
        ("infra-bicep/cost/meters.json", '"rest": "hours"', '"rest": "hours; 2"', "is no formula"),
        ("infra-bicep/cost/meters.json", '"rest": "hours"', '"rest": "__import__(0)"', "is no formula"),
        ("infra-bicep/cost/meters.json", '"rest": "hours"', '"rest": "hours / 0"', "is no formula"),
        ("infra-bicep/cost/meters.json", '"rest": "hours"', '"rests": "hours"', "rests"),
        ("infra-bicep/cost/meters.json", "{", "[", "meters.json"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_not_guessed(copy: Path, file: str, old: str, new: str, told: str) -> None:
    plant(copy, file, old, new)
    with pytest.raises(Failed, match=re.escape(told)):
        [
            amounts(m, n)
            for e, p in [*SIDES, ("dev", None)]
            for n in [names_of(copy, e, p)]
            for m in load(copy / FILE).meters
            if m.applies(n)
        ]


def test_a_missing_file_is_told(copy: Path) -> None:
    (copy / "infra-bicep" / "env" / "dev.parameters.json").unlink()
    with pytest.raises(Failed, match=r"dev.parameters.json cannot be read: No such file"):
        facts(copy, "dev")


@pytest.mark.parametrize(("environment", "private"), SIDES)
def test_a_meter_is_billed_once(environment: str, private: bool) -> None:
    # Two lines for one meter would each take its free tier.
    names = names_of(ROOT, environment, private)
    here = [meter for meter in load(ROOT / FILE).meters if meter.applies(names)]
    assert len({(m.service, m.product, m.sku, m.meter, m.region) for m in here}) == len(here)
    assert {kind for meter in here for kind in meter.types} >= {"Microsoft.Web/sites", "Microsoft.DurableTask/schedulers"}


def test_every_number_of_the_file_is_used() -> None:
    plan = load(ROOT / FILE)
    formulas = " ".join(formula for meter in plan.meters for kind in KINDS if (formula := meter.formula(kind)))
    assert [name for name in [*plan.given, *plan.constants] if not re.search(rf"\b{name}\b", formulas)] == []


def test_numbers_that_other_files_decide_are_theirs() -> None:
    plan = load(ROOT / FILE)
    says: dict[str, tuple[str, str]] = {
        "preview_vcpu": ("shared/preview/azure/envelope.py", "cpu={}, "),
        "preview_gib": ("shared/preview/azure/envelope.py", 'memory="{}Gi"'),
        "build_vcpu": ("shared/preview/azure/images.py", "AgentProperties(cpu={})"),
        "run_actions": ("docs/azure/scale.md", "**{} for the run**"),
    }
    values = {**{name: c.value for name, c in plan.constants.items()}, **{name: g.value for name, g in plan.given.items()}}
    for name, (path, text) in says.items():
        assert text.format(values[name]) in (ROOT / path).read_text(), name
    assert "_SECONDS = 900" in (ROOT / "shared" / "preview" / "azure" / "images.py").read_text()
    assert "at most 900" in plan.given["build_seconds"].why


def test_nothing_here_is_a_price() -> None:
    for path in (FILE, PAGE):
        assert not re.search(r"[$€£]\s?\d|\d\s?(?:USD|EUR)\b", (ROOT / path).read_text()), path


@pytest.mark.parametrize(
    ("unit", "counts", "size"),
    [
        ("1", "", "1"), ("10", "", "10"), ("10K", "", "10000"), ("1M", "", "1000000"), ("1 GB Second", "GB second", "1"),
        ("1 GiB Second", "GiB second", "1"), ("1 Hour", "hour", "1"), ("1/Hour", "hour", "1"), ("1/Day", "hour", "24"),
        ("1/Month", "hour", "730"), ("100 Hour", "hour", "100"), ("1 GB/Month", "GB month", "1"), ("1/Month", "month", "1"),
    ],
)  # fmt: skip
def test_units_of_the_price_list(unit: str, counts: str, size: str) -> None:
    assert size_of(unit, counts) == Decimal(size)


@pytest.mark.parametrize(
    ("unit", "counts"),
    [
        ("1 GB", "GiB"),
        ("1 GB", "GB month"),
        ("1", "hour"),
        ("1 Hour", ""),
        ("0", ""),
        ("", ""),
        ("M", ""),
        ("1 GB Second", "second"),
        ("1.5", ""),
    ],
)
def test_a_unit_of_another_kind_is_none(unit: str, counts: str) -> None:
    assert size_of(unit, counts) is None


RATES = st.decimals(min_value=0, max_value=1000, places=6)
STARTS = st.lists(st.integers(min_value=1, max_value=200), unique=True, max_size=5)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    starts = [0, *sorted(draw(STARTS))]
    tiers = tuple((Decimal(start), draw(RATES)) for start in starts)
    return Price("x", Decimal(draw(st.sampled_from([1, 10, 10_000]))), tiers, datetime(2024, 1, 1, tzinfo=UTC))


@given(prices(), st.integers(min_value=0, max_value=300))
def test_a_quantity_costs_what_its_units_cost_one_by_one(price: Price, units: int) -> None:
    one_by_one = sum((max((start, rate) for start, rate in price.tiers if start <= unit)[1] for unit in range(units)), Decimal(0))
    assert price.cost(units * price.size) == one_by_one


@given(prices(), st.decimals(min_value=0, max_value=10**7, places=3), st.decimals(min_value=0, max_value=10**7, places=3))
def test_more_never_costs_less_and_no_tier_is_beyond_the_dearest(price: Price, less: Decimal, more: Decimal) -> None:
    low, high = price.cost(less), price.cost(less + more)
    assert 0 <= low <= high
    assert high - low <= max(rate for _, rate in price.tiers) * more / price.size


NUMBERS = st.integers(min_value=1, max_value=1000)


def sums() -> st.SearchStrategy[str]:
    leaf = NUMBERS.map(str) | st.sampled_from(["a", "b.c"])
    return st.recursive(
        leaf, lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"), max_leaves=12
    )


@given(sums(), NUMBERS, NUMBERS)
def test_formulas_are_arithmetic(formula: str, a: int, c: int) -> None:
    names: dict[str, Any] = {"a": Decimal(a), "b.c": Decimal(c)}
    assert quantity(formula, names).value == eval(formula.replace("b.c", "c"), {"a": a, "c": c})


@given(sums(), NUMBERS)
def test_what_is_not_known_makes_a_formula_unknown_and_is_named(formula: str, c: int) -> None:
    found = quantity(formula, {"a": None, "b.c": Decimal(c)})
    assert (found.value is None) == bool(found.missing)
    if "a" in formula and found.value is None:
        assert found.missing == {"a"}
    if "a" not in formula:
        assert found.value is not None


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("max(a, 2) + min(a, 2)", 7),
        ("ceil(a / 2)", 3),
        ("ceil(4 / 2)", 2),
        ("0 * u", 0),
        ("u * (a - 5)", 0),
        ("1.5 * a", "7.5"),
        ("max(a, u)", None),
    ],
)
def test_formulas(formula: str, value: Any) -> None:
    found = quantity(formula, {"a": Decimal(5), "u": None})
    assert found.value == (None if value is None else Decimal(value))
    assert found.missing == (frozenset() if value is not None else {"u"})


def test_a_page_without_a_place_for_a_table_is_told() -> None:
    with pytest.raises(Failed, match="no place for the table 'rest'"):
        page("# Cost\n", ROOT)
