"""Quantities times prices: what each meter of an installation costs at rest, per run and per preview, and what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from scripts.costing import Failed
from scripts.costing.meters import KINDS, Kind, Meter, Names, Plan, Quantity, quantity
from scripts.costing.pricing import Price, Unpriced, price_of
from scripts.costing.retail import Item, Retail

NONE = Quantity(Decimal(0))


@dataclass(frozen=True)
class Line:
    """One meter. `price` is None where it has none, for `reason`."""

    meter: Meter
    quantities: Mapping[Kind, Quantity]
    price: Price | None
    reason: str
    months: Mapping[Kind, Decimal]
    """How often a month has a kind: "rest" once, "run" and "preview" as often as was assumed."""

    def cost(self, kind: Kind) -> Decimal | None:
        """At rest: of a month. Of a run or preview: its share of what a month with that many costs more than one at rest, tiers and all.

        None when the quantity or the price is not known. Nothing costs nothing.
        """
        wanted, times = self.quantities[kind].value, self.months[kind]
        if wanted == 0:
            return Decimal(0)
        if wanted is None or self.price is None:
            return None
        if kind == "rest":
            return self.price.cost(wanted)
        base = self.quantities["rest"].value or Decimal(0)
        return (self.price.cost(base + wanted * times) - self.price.cost(base)) / times

    def lacks(self, kind: Kind) -> str:
        """Why there is no cost; empty when there is one."""
        if self.cost(kind) is not None:
            return ""
        missing = self.quantities[kind].missing
        return "; ".join([f"{name} is not given" for name in sorted(missing)] + ([self.reason] if self.reason else []))

    def unpriced(self) -> bool:
        """Whether it may cost something and has no price: names to mend."""
        return self.price is None and any(self.quantities[kind].value != 0 for kind in KINDS)


@dataclass(frozen=True)
class Sum:
    """What the meters cost together, and those that are not in it, with the reason."""

    amount: Decimal
    missing: tuple[tuple[Line, str], ...]


@dataclass(frozen=True)
class Estimate:
    """All meters of one environment in one region."""

    environment: str
    region: str
    currency: str
    source: str
    read_at: datetime
    lines: tuple[Line, ...]

    def total(self, kind: Kind) -> Sum:
        """The sum of a kind; a lower bound as long as something is missing."""
        amount = sum((line.cost(kind) or Decimal(0) for line in self.lines), Decimal(0))
        return Sum(amount, tuple((line, why) for line in self.lines if (why := line.lacks(kind))))


def estimate(plan: Plan, names: Names, retail: Retail, *, environment: str, region: str, months: Mapping[Kind, Decimal]) -> Estimate:
    """Ask for the prices of every meter that these names have, and put them together. Raises Failed when nothing is found at all.

    `months`: how often a month has a kind, see Line.
    """
    now = datetime.now(UTC)
    meters = [meter for meter in plan.meters if meter.applies(names)]
    items = fetched(meters, retail, region)
    if not any(item.region == region for item in items):
        raise Failed(f"Azure publishes none of these prices for the region {region!r}: `az account list-locations` spells them")
    lines = []
    for meter in meters:
        price, reason = _priced(meter, items, region, retail.currency, now)
        lines.append(Line(meter, amounts(meter, names), price, reason, months))
    return Estimate(environment, region, retail.currency, retail.source(), now, tuple(lines))


def amounts(meter: Meter, names: Names) -> dict[Kind, Quantity]:
    """How much of a meter runs, by kind."""
    return {kind: quantity(formula, names) if (formula := meter.formula(kind)) else NONE for kind in KINDS}


def fetched(meters: Iterable[Meter], retail: Retail, region: str) -> list[Item]:
    """The price rows of these meters: one question for each product and region."""
    asked = dict.fromkeys((m.service, m.product, m.region or region) for m in meters if m.meter and m.product)
    return [
        item
        for service, product, place in asked
        for item in retail.items(serviceName=service, productName=str(product), armRegionName=place)
    ]


def _priced(meter: Meter, items: list[Item], region: str, currency: str, now: datetime) -> tuple[Price | None, str]:
    try:
        return price_of(meter, items, region, currency, now), ""
    except Unpriced as error:
        return None, str(error)
