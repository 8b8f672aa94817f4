"""An estimate for readers: a table for people, with what is missing from its sums, and one JSON object for programs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TextIO

from scripts.costing.estimate import Estimate, Line, Sum
from scripts.costing.meters import KINDS, Kind
from scripts.costing.pricing import Price
from scripts.costing.retail import Item

HEAD = ("resource", "meter", "price", "in a month", "at rest", "a run", "a preview")
PLACES: dict[Kind, int] = {"rest": 2, "run": 4, "preview": 4}
NAMES: dict[Kind, str] = {"rest": "At rest, a month", "run": "A run", "preview": "A preview"}


def text(estimate: Estimate, out: TextIO) -> None:
    """The table, the sums, what is not in them, and where the prices are from."""
    table(HEAD, [row(line) for line in estimate.lines], out)
    print(file=out)
    for kind in KINDS:
        print(sentence(estimate, kind), file=out)
    missing = [(line.meter.resource, line.meter.title(), why) for kind in KINDS for line, why in estimate.total(kind).missing]
    for resource, title, why in dict.fromkeys(missing):
        print(f"  not counted: {resource}, {title}: {why}", file=out)
    print(f"\nList prices of {estimate.region}, read on {estimate.read_at:%Y-%m-%d} from {estimate.source}", file=out)
    print("without tax, agreement or reservation. What is free is left out only where a tier of the list says 0.", file=out)
    if estimate.currency != "USD":
        print(f"Azure prices in USD: small prices in {estimate.currency} are rounded, some of them to 0 or by a multiple.", file=out)


def sentence(estimate: Estimate, kind: Kind) -> str:
    """A sum in words."""
    total = estimate.total(kind)
    times = int(next((line.months[kind] for line in estimate.lines), Decimal(0)))
    share = "" if kind == "rest" else f" (when a month has {times})"
    amount = f"{money(total.amount, kind)} {estimate.currency}"
    if total.missing:
        return f"{NAMES[kind]}{share}: at least {amount}; {len(total.missing)} meters are not counted."
    return f"{NAMES[kind]}{share}: {amount}; all meters are counted."


def row(line: Line) -> list[str]:
    """A meter as cells."""
    rest = line.quantities["rest"].value
    amount = "not given" if rest is None else f"{number(rest)} {plural(line.meter.counts)}".strip()
    return [line.meter.resource, line.meter.title(), listed(line.price, line.reason), amount, *(cell(line, kind) for kind in KINDS)]


def cell(line: Line, kind: Kind) -> str:
    found = line.cost(kind)
    if found is not None:
        return money(found, kind) if found or kind == "rest" else ""
    return "not given" if line.quantities[kind].missing else "no price"


def listed(price: Price | None, reason: str) -> str:
    """A price list in a cell: `0, from 5 2.3 / 1 GB`."""
    if price is None:
        return reason.split(":", maxsplit=1)[0]
    tiers = ", ".join(f"{plain(rate)}" if start == 0 else f"from {number(start)} {plain(rate)}" for start, rate in price.tiers)
    return f"{tiers} / {price.unit}"


def as_json(estimate: Estimate) -> dict[str, Any]:
    """The estimate as JSON: numbers as decimal strings, null for what is not known."""
    return {
        "environment": estimate.environment,
        "region": estimate.region,
        "currency": estimate.currency,
        "source": estimate.source,
        "read_at": estimate.read_at.isoformat(timespec="seconds"),
        **{kind: _sum(estimate.total(kind)) for kind in KINDS},
        "meters": [_line(line) for line in estimate.lines],
    }


def item_row(item: Item) -> list[str]:
    """A row of the price list as cells, for `--list`."""
    price, since = f"{plain(item.price)} {item.currency}", f"{item.since:%Y-%m-%d}"
    return [item.product, item.sku, item.meter, item.unit, plain(item.tier), price, since]


ITEM_HEAD = ("product", "sku", "meter", "unit", "from", "price", "since")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    """Aligned columns; on a terminal a table that fits it."""
    if out.isatty():
        _rich(head, rows, out)
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for cells in [head, *rows]:
        print("  ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True)).rstrip(), file=out)


def money(amount: Decimal, kind: Kind) -> str:
    return f"{amount.quantize(Decimal(1).scaleb(-PLACES[kind]), ROUND_HALF_UP):,f}"


def number(value: Decimal) -> str:
    """With thousands, without needless zeros: `1,234.5`."""
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:,f}".rstrip("0").rstrip(".") if rounded != rounded.to_integral_value() else f"{rounded.to_integral_value():,f}"


def plain(value: Decimal) -> str:
    """All digits and no exponent."""
    return f"{value.normalize():f}"


def plural(counts: str) -> str:
    """`GB seconds`; what is counted in "" has no name."""
    return f"{counts}s" if counts and not counts.endswith("GB") else counts


def _sum(total: Sum) -> dict[str, Any]:
    missing = [{"resource": line.meter.resource, "meter": line.meter.title(), "reason": why} for line, why in total.missing]
    return {"amount": plain(total.amount), "complete": not missing, "missing": missing}


def _line(line: Line) -> dict[str, Any]:
    meter, price = line.meter, line.price
    kinds: dict[str, Any] = {
        kind: {
            "quantity": _text(line.quantities[kind].value),
            "cost": _text(line.cost(kind)),
            "reason": line.lacks(kind) or None,
        }
        for kind in KINDS
    }
    names = {"resource": meter.resource, "service": meter.service, "product": meter.product, "sku": meter.sku, "meter": meter.meter}
    return {**names, "counts": meter.counts, "price": _price(price) if price else None, **kinds}


def _price(price: Price) -> dict[str, Any]:
    tiers = [{"from": plain(start), "price": plain(rate)} for start, rate in price.tiers]
    return {"unit": price.unit, "tiers": tiers, "since": price.since.date().isoformat()}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _rich(head: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(*head, box=None, pad_edge=False)
    for cells in rows:
        made.add_row(*map(Text, cells))
    Console(file=out, highlight=False).print(made)
