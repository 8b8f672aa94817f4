"""The price of a meter among what Azure publishes, and what a quantity costs under its tiers. In doubt there is no price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from scripts.costing.meters import Meter
from scripts.costing.retail import Item

_UNIT = re.compile(r"(\d+)([km]?)(?: (.+))?")
_THOUSANDS = {"": 1, "k": 1_000, "m": 1_000_000}
_HOURS = {"hour": 1, "day": 24, "month": 730}


class Unpriced(Exception):  # reads as a sentence
    """A meter has no price that can be told without guessing; why."""


@dataclass(frozen=True)
class Price:
    """A price list of one meter.

    `size` is how much of what the meter counts one `unit` is; `tiers` are (from how many units, price of a unit), from 0 up.
    """

    unit: str
    size: Decimal
    tiers: tuple[tuple[Decimal, Decimal], ...]
    since: datetime

    def cost(self, quantity: Decimal) -> Decimal:
        """What a month's quantity costs: each tier's price holds for the part of it that lies in the tier."""
        units = quantity / self.size
        ends = [start for start, _ in self.tiers[1:]] + [max(units, self.tiers[-1][0])]
        return sum(
            (max(min(units, end) - start, Decimal(0)) * rate for (start, rate), end in zip(self.tiers, ends, strict=True)), Decimal(0)
        )


def size_of(unit: str, counts: str) -> Decimal | None:
    """How much of `counts` one of the API's units is ("10K" of things: 10,000; "1/Day" of hours: 24); None for another dimension."""
    found = _UNIT.fullmatch(" ".join(unit.lower().replace("/", " ").split()))
    if found is None or not int(found[1]):
        return None
    number, sold, counted = Decimal(found[1]) * _THOUSANDS[found[2]], (found[3] or ""), counts.lower()
    if sold == counted:
        return number
    return number * _HOURS[sold] / _HOURS[counted] if sold in _HOURS and counted in _HOURS else None


def price_of(meter: Meter, items: Sequence[Item], region: str, currency: str, now: datetime) -> Price:
    """The price of `meter` among `items`. Raises Unpriced with the reason when there is none, or more than one."""
    if meter.meter is None:
        raise Unpriced("it has no meter of its own, see --list")
    place = meter.region or region
    named = [i for i in items if (i.service, i.meter, i.region, i.kind) == (meter.service, meter.meter, place, "Consumption")]
    named = [i for i in named if meter.product in (None, i.product) and meter.sku in (None, i.sku) and i.since <= now]
    if not named:
        raise Unpriced(f"not found in {place}")
    if others := sorted({i.currency for i in named} - {currency}):
        raise Unpriced(f"its price is in {', '.join(others)}")
    units = sorted({i.unit for i in named if meter.unit in (None, i.unit) and size_of(i.unit, meter.counts)})
    if not units:
        raise Unpriced(f"sold by {', '.join(sorted({repr(i.unit) for i in named}))}, not by {meter.counts or 'number'}")
    if len(units) > 1:
        raise Unpriced(f"ambiguous: sold by {', '.join(map(repr, units))}")
    return _tiered([i for i in named if i.unit == units[0]], units[0], meter, currency)


def _tiered(rows: Sequence[Item], unit: str, meter: Meter, currency: str) -> Price:
    rates: dict[Decimal, set[Decimal]] = {}
    for row in rows:
        rates.setdefault(row.tier, set()).add(row.price)
    if twice := next((sorted(found) for _, found in sorted(rates.items()) if len(found) > 1), None):
        raise Unpriced(f"ambiguous: {' and '.join(map(str, twice))} {currency} for the same {unit!r}")
    tiers = tuple((start, next(iter(found))) for start, found in sorted(rates.items()))
    if tiers[0][0] != 0:
        raise Unpriced(f"no price for the first {tiers[0][0]} of {unit!r}")
    if not any(rate for _, rate in tiers):
        raise Unpriced(f"its price is 0 {currency}: free, or rounded away")
    size = size_of(unit, meter.counts)
    assert size is not None
    return Price(unit, size, tiers, max(row.since for row in rows))
