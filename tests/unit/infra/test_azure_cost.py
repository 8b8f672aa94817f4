"""scripts/azure_cost.py against a loopback price list: what it adds up, what it refuses to guess, and how prices can fail to come."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from scripts import azure_cost
from scripts.costing import Failed
from scripts.costing.meters import load
from scripts.costing.retail import MAX_PAGES, Retail
from tests.fakes.retail import FakeRetail, fake_retail, row

ROOT = Path(__file__).resolve().parents[3]
PLAN = load(ROOT / "infra-bicep" / "cost" / "meters.json")
UNITS = {
    "": "1",
    "hour": "1 Hour",
    "month": "1/Month",
    "second": "1 Second",
    "GB": "1 GB",
    "GB month": "1 GB/Month",
    "GB second": "1 GB Second",
}


def price_list() -> list[dict[str, Any]]:
    """A row for every meter, each unit at 1; some with the tiers and units that the real list has."""
    rows = {}
    for meter in PLAN.meters:
        if meter.meter:
            unit = meter.unit or UNITS.get(meter.counts, f"1 {meter.counts}")
            made = row(meter.service, str(meter.product), meter.sku or "Any", meter.meter, unitOfMeasure=unit)
            rows[(meter.product, meter.sku, meter.meter)] = {**made, "armRegionName": meter.region or "westeurope"}
    return list(rows.values())


@pytest.fixture
def retail() -> Iterator[FakeRetail]:
    with fake_retail() as running:
        running.rows = price_list()
        yield running


class Shown:
    """What a call printed and left."""

    def __init__(self, code: int, out: str) -> None:
        self.code, self.out = code, out

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def meter(self, name: str) -> Any:
        (found,) = [meter for meter in self.json["meters"] if meter["meter"] == name]
        return found


def ask(retail: FakeRetail, *more: str, pauses: list[float] | None = None, region: str = "westeurope") -> Shown:
    out = io.StringIO()
    call = ["--api", retail.url, "--region", region, *more]
    code = azure_cost.main(call, (pauses if pauses is not None else []).append, out)
    return Shown(code, out.getvalue())


def find(retail: FakeRetail, meter: str) -> dict[str, Any]:
    (found,) = [row for row in retail.rows if row["meterName"] == meter]
    return found


def test_each_meter_is_its_quantity_times_its_price(retail: FakeRetail) -> None:
    find(retail, "Always Ready Baseline")["retailPrice"] = 0.00001
    find(retail, "Standard Registry Unit").update(retailPrice=2.5, unitOfMeasure="1/Day")
    find(retail, "Consumption Action").update(retailPrice=3, unitOfMeasure="1M")
    shown = ask(retail, "--json")
    assert shown.code == 0
    assert shown.meter("Always Ready Baseline")["rest"] == {"quantity": "5256000", "cost": "52.56", "reason": None}
    assert Decimal(shown.meter("Standard Registry Unit")["rest"]["cost"]).quantize(Decimal("0.0001")) == Decimal("76.0417")  # 730 / 24 days
    assert shown.meter("Consumption Action")["run"] == {"quantity": "135", "cost": "0.000405", "reason": None}
    assert shown.meter("Consumption Action")["price"] == {"unit": "1M", "tiers": [{"from": "0", "price": "3"}], "since": "2024-01-01"}


def test_a_sum_is_what_the_known_meters_cost_and_names_the_rest(retail: FakeRetail) -> None:
    shown = ask(retail, "--json")
    for kind in ("rest", "run", "preview"):
        costs = [Decimal(meter[kind]["cost"]) for meter in shown.json["meters"] if meter[kind]["cost"] is not None]
        assert Decimal(shown.json[kind]["amount"]) == sum(costs)
        assert shown.json[kind]["complete"] is False
    assert {"resource": "Storage", "meter": "Hot LRS Data Stored", "reason": "blob_gb is not given"} in shown.json["rest"]["missing"]
    text = ask(retail).out
    assert f"At rest, a month: at least {Decimal(shown.json['rest']['amount']):,.2f} USD; " in text
    assert "not counted: Storage, Hot LRS Data Stored: blob_gb is not given" in text


def test_what_is_given_is_counted_and_everything_given_makes_it_complete(retail: FakeRetail, tmp_path: Path) -> None:
    usage = tmp_path / "usage.json"
    usage.write_text(json.dumps({**dict.fromkeys(PLAN.given, 2.5), "run_model_tokens": 0, "blob_gb": 7, "egress_gb": None}))
    shown = ask(retail, "--json", "--usage", str(usage), "--set", "blob_gb=12", "--set", "egress_gb=0.1")
    assert shown.meter("Hot LRS Data Stored")["rest"]["cost"] == "12"
    assert shown.meter("Standard Data Transfer Out")["rest"]["cost"] == "0.1"
    assert [shown.json[kind]["complete"] for kind in ("rest", "run", "preview")] == [True] * 3
    assert "all meters are counted." in ask(retail, "--usage", str(usage), "--set", "egress_gb=0").out


def test_free_tiers_count_once_a_month_and_a_run_costs_its_share_of_what_is_beyond(retail: FakeRetail) -> None:
    paid = find(retail, "On Demand Execution Time")
    paid.update(tierMinimumUnits=100000, retailPrice=0.5)
    retail.rows.insert(0, {**paid, "tierMinimumUnits": 0, "retailPrice": 0})
    operations = find(retail, "Standard Messaging Operations")
    operations.update(retailPrice=0)
    retail.rows += [{**operations, "tierMinimumUnits": 300, "retailPrice": 1}]
    shown = ask(retail, "--json", "--runs", "10", "--set", "run_demand_gb_seconds=8")
    timers = shown.meter("On Demand Execution Time")
    assert timers["rest"]["cost"] == str((Decimal(543120) - 100000) / 2)
    assert timers["run"]["cost"] == "4"  # all of it is beyond the free part, which the timers use up
    assert shown.meter("Standard Messaging Operations")["run"]["cost"] == str(Decimal(10 * 56 - 300) / 10)
    assert ask(retail, "--json", "--runs", "5").meter("Standard Messaging Operations")["run"]["cost"] == "0"


def test_prod_and_private_networking_have_other_meters(retail: FakeRetail) -> None:
    prod = ask(retail, "--json", "--environment", "prod")
    assert prod.meter("Dedicated Capacity Unit")["rest"]["quantity"] == "2190"
    assert prod.meter("Always Ready Baseline")["rest"]["quantity"] == str((2 + 2 * 3) * 4 * 730 * 3600)
    assert prod.meter("Dedicated vCPU Usage")["rest"]["quantity"] == str(16 * 730)
    names = {meter["meter"] for meter in ask(retail, "--json", "--private-networking").json["meters"]}
    assert {"Premium Messaging Unit", "Premium Registry Unit", "Standard Private Endpoint", "Private Zone"} <= names
    assert not {"Standard Base Unit", "Standard Registry Unit"} & names


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"meterName": "always ready baseline"}, "not found in westeurope"),
        ({"productName": "Flex consumption"}, "not found in westeurope"),
        ({"skuName": "Always ready"}, "not found in westeurope"),
        ({"armRegionName": "northeurope"}, "not found in westeurope"),
        ({"type": "Reservation"}, "not found in westeurope"),
        ({"type": "DevTestConsumption"}, "not found in westeurope"),
        ({"effectiveStartDate": "2999-01-01T00:00:00Z"}, "not found in westeurope"),
        ({"unitOfMeasure": "1 Hour"}, "sold by '1 Hour', not by GB second"),
        ({"unitOfMeasure": "a lot"}, "sold by 'a lot', not by GB second"),
        ({"tierMinimumUnits": 5}, "no price for the first 5 of '1 GB Second'"),
        ({"retailPrice": 0}, "its price is 0 USD: free, or rounded away"),
        ({"currencyCode": "EUR"}, "its price is in EUR"),
    ],
)
def test_a_price_in_doubt_is_none(retail: FakeRetail, change: dict[str, Any], reason: str) -> None:
    find(retail, "Always Ready Baseline").update(change)
    shown = ask(retail, "--json")
    meter = shown.meter("Always Ready Baseline")
    assert (shown.code, meter["price"], meter["rest"]["cost"], meter["rest"]["reason"]) == (3, None, None, reason)
    assert [missing["reason"] for missing in shown.json["rest"]["missing"] if missing["meter"] == "Always Ready Baseline"] == [reason]
    assert f"not counted: Function App, Always Ready Baseline: {reason}" in ask(retail).out


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"retailPrice": 2}, "ambiguous: 1.0 and 2 USD for the same '1 GB Second'"),
        ({"unitOfMeasure": "100 GB Seconds"}, "sold by"),
        ({"unitOfMeasure": "100 GB Second"}, "ambiguous: sold by '1 GB Second', '100 GB Second'"),
    ],
)
def test_two_prices_are_as_good_as_none_and_the_same_twice_is_one(retail: FakeRetail, second: dict[str, Any], reason: str) -> None:
    first = find(retail, "Always Ready Baseline")
    retail.rows.append({**first, "meterId": "other"})
    assert ask(retail, "--json").meter("Always Ready Baseline")["rest"]["cost"] == "5256000"
    retail.rows[-1].update(second)
    told = ask(retail, "--json").meter("Always Ready Baseline")["rest"]["reason"]
    assert told is None if reason == "sold by" else told == reason  # a unit that is not understood is not the one that is


def test_a_meter_that_is_sold_in_several_units_is_read_by_the_one_that_the_file_names(retail: FakeRetail) -> None:
    retail.rows.append({**find(retail, "Standard Base Unit"), "unitOfMeasure": "1/Month", "retailPrice": 500})
    assert ask(retail, "--json").meter("Standard Base Unit")["rest"]["cost"] == "730"


def test_a_meter_without_use_needs_no_price(retail: FakeRetail) -> None:
    retail.rows = [row for row in retail.rows if row["meterName"] != "Analytics Logs Data Retention"]
    shown = ask(retail, "--json")
    assert (shown.code, shown.meter("Analytics Logs Data Retention")["rest"]["cost"]) == (0, "0")
    assert shown.meter(None)["run"] == {"quantity": "0", "cost": "0", "reason": None}
    models = ask(retail, "--json", "--set", "run_model_tokens=5")
    assert (models.code, models.meter(None)["run"]["reason"]) == (3, "it has no meter of its own, see --list")


def test_the_table_says_when_and_where_prices_were_read(retail: FakeRetail) -> None:
    text = ask(retail).out
    assert "List prices of westeurope, read on 2" in text
    assert f"{retail.url}?api-version=2023-01-01-preview" in text
    assert "rounded" not in text
    assert "small prices in EUR are rounded" in ask(retail, "--currency", "EUR").out


def test_a_terminal_gets_a_table_that_fits_it(retail: FakeRetail, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    assert azure_cost.main(["--api", retail.url, "--region", "westeurope"], out=out) == 0
    shown = out.getvalue().split("\n\n")[0].splitlines()
    assert max(len(line.replace("\x1b[1m", "").replace("\x1b[0m", "")) for line in shown) <= 100
    assert "Always Ready" in out.getvalue()


def test_the_region_is_the_environments_when_none_is_named(retail: FakeRetail) -> None:
    for each in retail.rows:
        each["armRegionName"] = each["armRegionName"].replace("westeurope", "swedencentral")
    out = io.StringIO()
    assert azure_cost.main(["--api", retail.url, "--json"], out=out) == 0
    assert json.loads(out.getvalue())["region"] == "swedencentral"


def test_every_page_is_read(retail: FakeRetail) -> None:
    whole = ask(retail, "--json")
    retail.page_size = 1
    paged = ask(retail, "--json")
    assert paged.json["meters"] == whole.json["meters"]
    assert any("$skip" in query for query in retail.seen)


def test_a_busy_api_is_asked_again_when_it_says(retail: FakeRetail) -> None:
    retail.faults = [(429, {"Retry-After": "7"}, b""), (503, {}, b""), (500, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"")]
    pauses: list[float] = []
    assert ask(retail, pauses=pauses).code == 0
    assert pauses == [7.0, 4.0, 0.0]


@pytest.mark.parametrize(
    ("faults", "told", "waits"),
    [
        ([(429, {}, b"")] * 4, "answered 429 4 times: try again later", 3),
        ([(502, {}, b"")] * 4, "answered 502 4 times: try again later", 3),
        ([(429, {"Retry-After": "3600"}, b"")], "asks to come back in 3600 seconds", 0),
        ([(400, {}, b"{}")], "answered 400: is the currency, USD, one that it knows?", 0),
        ([(302, {"Location": "http://127.0.0.1:1/"}, b"")], "answered 302", 0),
        ([(200, {}, b"<html>")], "a page is no JSON", 0),
        ([(200, {}, b"\xff")], "a page is no JSON", 0),
        ([(200, {}, b"[" * 100_000)], "a page is no JSON", 0),
        ([(200, {}, b"[]")], "a page is not as the API documents it", 0),
        ([(200, {}, b"{}")], "a page is not as the API documents it: Items: Field required", 0),
        ([(200, {}, b'{"Items": [{}]}')], "a page is not as the API documents it: Items.0.serviceName: Field required", 0),
        (
            [(200, {}, json.dumps({"Items": [{**row("a", "b", "c", "d"), "currencyCode": "USD", "retailPrice": -1}]}).encode())],
            "retailPrice",
            0,
        ),
        ([(200, {}, json.dumps({"Items": [{**row("a", "b", "c", "d"), "retailPrice": float("nan")}]}).encode())], "NaN is no number", 0),
        ([(200, {"Content-Encoding": "gzip"}, b"not gzip")], "cannot be reached", 0),
        ([(200, {}, b" " * 16_000_001)], "a page has more than 16,000,000 bytes", 0),
    ],
)
def test_no_whole_answer_is_no_estimate(
    retail: FakeRetail, capsys: pytest.CaptureFixture[str], faults: list[Any], told: str, waits: int
) -> None:
    retail.faults, pauses = list(faults), list[float]()
    shown = ask(retail, pauses=pauses)
    assert (shown.code, shown.out, len(pauses)) == (1, "", waits)
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("http://localhost:1/api/retail/prices?$skip=100", "goes on elsewhere, at localhost: not followed"),
        ("https://{host}/api/retail/prices", "goes on elsewhere"),
        ("http://{host}/other", "goes on elsewhere"),
        ("/api/retail/prices?$skip=100", "goes on elsewhere"),
        ("http://{host}x/api/retail/prices", "goes on at something that is no URL"),
    ],
)
def test_a_list_that_goes_on_elsewhere_is_not_followed(
    retail: FakeRetail, capsys: pytest.CaptureFixture[str], link: str, told: str
) -> None:
    retail.next_link = link.format(host=retail.url.split("/")[2])
    assert ask(retail).code == 1
    assert told in capsys.readouterr().err
    assert len(retail.seen) == 1


def test_a_list_without_end_ends(retail: FakeRetail, capsys: pytest.CaptureFixture[str]) -> None:
    retail.endless = True
    assert ask(retail).code == 1
    assert f"more than {MAX_PAGES} pages" in capsys.readouterr().err
    assert len(retail.seen) == MAX_PAGES


def test_a_list_that_leads_back_is_noticed(retail: FakeRetail, capsys: pytest.CaptureFixture[str]) -> None:
    again = json.dumps({"Items": [], "NextPageLink": f"{retail.url}?$skip=1"}).encode()
    retail.faults = [(200, {}, again)] * 9
    assert ask(retail).code == 1
    assert "leads back to a page that was read already" in capsys.readouterr().err
    assert len(retail.seen) == 2


def test_prices_that_take_too_long_are_given_up(retail: FakeRetail) -> None:
    with pytest.raises(Failed, match="did not arrive within -1 seconds"):
        Retail("USD", retail.url, seconds=-1).items(serviceName="Functions")


def test_nobody_there_and_no_such_region_are_told(retail: FakeRetail, capsys: pytest.CaptureFixture[str]) -> None:
    assert azure_cost.main(["--api", "http://127.0.0.1:1/api/retail/prices", "--region", "westeurope"]) == 1
    assert "127.0.0.1 cannot be reached" in capsys.readouterr().err
    assert ask(retail, region="westeurop").code == 1
    assert "none of these prices for the region 'westeurop'" in capsys.readouterr().err


@pytest.mark.parametrize("api", ["http://prices.example/api", "ftp://127.0.0.1/x", "prices.azure.com", "http://["])
def test_prices_travel_by_tls_only(capsys: pytest.CaptureFixture[str], api: str) -> None:
    assert azure_cost.main(["--api", api, "--region", "westeurope"]) == 1
    assert api in capsys.readouterr().err


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (["--region", "west' or 'x"], "no name of a region"),
        (["--currency", "eur"], "no currency"),
        (["--runs", "0"], "not a number from 1 up"),
        (["--previews", "-1"], "not a number from 1 up"),
        (["--set", "blob_gb"], "no number"),
        (["--set", "blob_gb=-1"], "from 0 up"),
        (["--set", "blob_gb=Infinity"], "from 0 up"),
        (["--set", "blob_gb=NaN"], "from 0 up"),
        (["--usage", "/nowhere.json"], "cannot be read"),
        (["--environment", "test"], "invalid choice"),
    ],
)
def test_a_wrong_call_is_told(retail: FakeRetail, capsys: pytest.CaptureFixture[str], call: list[str], told: str) -> None:
    with pytest.raises(SystemExit) as ended:
        ask(retail, *call)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert retail.seen == []


def test_a_number_that_nothing_asks_for_is_a_wrong_call(retail: FakeRetail, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(retail, "--set", "blob_tb=1").code == 2
    assert "nothing asks for blob_tb; what can be given: blob_gb, " in capsys.readouterr().err


def test_a_usage_file_that_holds_no_numbers_is_a_wrong_call(retail: FakeRetail, tmp_path: Path) -> None:
    for content in ("[]", "{", '{"blob_gb": "much"}'):
        (tmp_path / "usage.json").write_text(content)
        with pytest.raises(SystemExit) as ended:
            ask(retail, "--usage", str(tmp_path / "usage.json"))
        assert ended.value.code == 2


def test_the_list_of_a_service_helps_to_mend_a_name(retail: FakeRetail, capsys: pytest.CaptureFixture[str]) -> None:
    retail.rows.append(row("O'Service", "Product", "Sku", "A Meter", unitOfMeasure="10K", retailPrice=0.05))
    retail.rows.append(row("O'Service", "Product", "Sku", "A Meter", type="Reservation"))
    shown = ask(retail, "--list", "O'Service")
    assert shown.code == 0
    head, only = shown.out.splitlines()
    assert head.split() == ["product", "sku", "meter", "unit", "from", "price", "since"]
    assert only.split() == ["Product", "Sku", "A", "Meter", "10K", "0", "0.05", "USD", "2024-01-01"]
    assert ask(retail, "--list", "O'Service", "--json").json[0]["meterName"] == "A Meter"
    assert ask(retail, "--list", "o'service").code == 1
    assert "upper and lower case count" in capsys.readouterr().err
