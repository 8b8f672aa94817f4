"""What an installation costs in Azure, at rest and per run: the quantities of infra-bicep/cost/meters.json times today's list prices.

Asks the Azure Retail Prices API, which needs no sign-in. A meter whose quantity or price is not known is named and not counted; nothing is
guessed. Exit code 0 when it was printed, 3 when it was but some meter has no price (mend its name with --list), 1 when there were no prices
to be had, 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.costing import Failed, Misused, show  # noqa: E402
from scripts.costing.estimate import estimate  # noqa: E402
from scripts.costing.meters import Kind, load  # noqa: E402
from scripts.costing.retail import API, Pause, Retail  # noqa: E402
from scripts.costing.template import facts, location  # noqa: E402

ENVIRONMENTS = ("dev", "prod")


def main(arguments: list[str], pause: Pause = time.sleep, out: TextIO | None = None, root: Path = ROOT) -> int:
    """Print the estimate, or with --list the price list of a service; `pause`, `out` and `root` are handed in by tests."""
    options, told = parse(arguments), out or sys.stdout
    try:
        region = options.region or location(root, options.environment)
        retail = Retail(options.currency, options.api, pause)
        try:
            return listing(options, retail, region, told) if options.list else costs(options, retail, region, told, root)
        finally:
            retail.close()
    except Failed as failure:
        print(f"azure_cost: {failure}", file=sys.stderr)
        return 2 if isinstance(failure, Misused) else 1


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What an installation costs in Azure, at rest and per run.")
    parser.add_argument("--environment", choices=ENVIRONMENTS, default="dev", help="sizes of infra-bicep/env/; default: dev")
    parser.add_argument("--region", type=region_name, help="as Azure spells it, westeurope; default: the environment's")
    parser.add_argument("--currency", default="USD", type=currency_code, help="default: USD, in which Azure prices; others are rounded")
    parser.add_argument("--private-networking", action="store_true", default=None, help="as with the parameter privateNetworking")
    parser.add_argument("--runs", type=how_many, default=100, help="runs of a month; default: 100")
    parser.add_argument("--previews", type=how_many, default=10, help="previews of a month; default: 10")
    parser.add_argument("--usage", type=usage_file, default={}, metavar="FILE", help="JSON object of measured numbers: name to number")
    parser.add_argument("--set", type=setting, action="append", default=[], metavar="NAME=NUMBER", help="one measured number; repeatable")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--list", metavar="SERVICE", help="only list what the API has for a service in the region (Global is one)")
    parser.add_argument("--api", default=API, help="address of the Retail Prices API")
    return parser.parse_args(arguments)


def costs(options: argparse.Namespace, retail: Retail, region: str, out: TextIO, root: Path) -> int:
    plan = load(root / "infra-bicep" / "cost" / "meters.json")
    measured = {**options.usage, **dict(options.set)}
    names = plan.names(facts(root, options.environment, options.private_networking), measured)
    months: dict[Kind, Decimal] = {"rest": Decimal(1), "run": Decimal(options.runs), "preview": Decimal(options.previews)}
    found = estimate(plan, names, retail, environment=options.environment, region=region, months=months)
    if options.json:
        print(json.dumps(show.as_json(found), indent=2), file=out)
    else:
        show.text(found, out)
    return 3 if any(line.unpriced() for line in found.lines) else 0


def listing(options: argparse.Namespace, retail: Retail, region: str, out: TextIO) -> int:
    items = sorted(retail.items(serviceName=options.list, armRegionName=region), key=lambda i: (i.product, i.sku, i.meter, i.unit, i.tier))
    if not items:
        raise Failed(f"nothing is sold as {options.list!r} in {region!r}; upper and lower case count, and some services are in Global")
    if options.json:
        print(json.dumps([item.model_dump(mode="json", by_alias=True) for item in items], indent=2), file=out)
    else:
        show.table(show.ITEM_HEAD, [show.item_row(item) for item in items], out)
    return 0


def region_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ]{0,39}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a region")
    return text


def currency_code(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no currency such as USD or EUR")
    return text


def how_many(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def setting(text: str) -> tuple[str, Decimal]:
    name, _, value = text.partition("=")
    return name, amount(value)


def usage_file(text: str) -> dict[str, Decimal]:
    """Measured numbers; null is what was not measured."""
    try:
        found = json.loads(Path(text).read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"{text} holds no JSON object")
    return {name: amount(str(value)) for name, value in found.items() if value is not None}


def amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from error
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 up")
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
