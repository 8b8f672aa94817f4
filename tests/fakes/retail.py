"""The Azure Retail Prices API on loopback, strictly: `$filter` is parsed, values are case-sensitive, answers come in pages.

The rows are made for the tests: every price in them is invented and none may leave them.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

PATH = "/api/retail/prices"
FIELDS = {
    "armRegionName", "location", "meterId", "meterName", "productId", "skuId", "productName", "skuName", "serviceName", "serviceId",
    "serviceFamily", "priceType", "armSkuName",
}  # fmt: skip
PARAMETERS = {"api-version", "currencyCode", "$filter", "$skip"}
CURRENCIES = {"USD", "EUR"}
_TOKEN = re.compile(r"\s*(?:(?P<word>\w+)|'(?P<text>(?:[^']|'')*)'|(?P<mark>[()]))")

Row = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


class BadFilter(Exception):
    """What the API answers with 400."""


class Filter:
    """`a eq 'x' and (b eq 'y' or c eq 'z')`; nothing else is understood."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            if found is None:
                raise BadFilter(text[place:])
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind].replace("''", "'")))
            place = found.end()

    def takes(self, row: Row) -> bool:
        """Whether a row passes."""
        self._left = list(self._tokens)
        passed = self._any(row)
        if self._left:
            raise BadFilter("there is more")
        return passed

    def _any(self, row: Row) -> bool:
        passed = self._all(row)
        while self._left[:1] == [("word", "or")]:
            self._left.pop(0)
            passed = self._all(row) or passed
        return passed

    def _all(self, row: Row) -> bool:
        passed = self._one(row)
        while self._left[:1] == [("word", "and")]:
            self._left.pop(0)
            passed = self._one(row) and passed
        return passed

    def _one(self, row: Row) -> bool:
        if self._left[:1] == [("mark", "(")]:
            self._left.pop(0)
            passed = self._any(row)
            if self._left[:1] != [("mark", ")")]:
                raise BadFilter("a parenthesis stays open")
            self._left.pop(0)
            return passed
        match self._left[:3]:
            case [("word", name), ("word", "eq"), ("text", wanted)] if name in FIELDS:
                del self._left[:3]
                return bool(row["type" if name == "priceType" else name] == wanted)
        raise BadFilter("not a comparison")


@dataclass
class FakeRetail:
    """The price list, and how it misbehaves: `faults` are answered first, one to a request."""

    rows: list[Row] = field(default_factory=list)
    page_size: int = 100
    faults: list[Answer] = field(default_factory=list)
    next_link: str | None = None
    """What every page gives as its NextPageLink, whatever there is; None: what is true."""
    endless: bool = False
    """Each page leads to one more."""
    seen: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, target: str) -> Answer:
        address = urlsplit(target)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        self.seen.append(query)
        if self.faults:
            return self.faults.pop(0)
        currency = re.fullmatch(r"'(\w{3})'", query.get("currencyCode", ""))
        if address.path != PATH or set(query) - PARAMETERS or query.get("api-version") != "2023-01-01-preview":
            return 404, {}, b""
        if currency is None or currency[1] not in CURRENCIES:
            return 400, {}, b'{"Error": {"Code": "BadRequest"}}'
        try:
            wanted = Filter(query["$filter"])
            found = [row for row in self.rows if wanted.takes(row)]
        except (KeyError, BadFilter):
            return 400, {}, b'{"Error": {"Message": "Invalid OData parameters supplied"}}'
        return 200, {}, self._page([{**row, "currencyCode": row.get("currencyCode") or currency[1]} for row in found], query)

    def _page(self, found: list[Row], query: dict[str, str]) -> bytes:
        start = int(query.get("$skip", "0"))
        shown, end = found[start : start + self.page_size], start + self.page_size
        more = f"{self.url}?{urlencode({**query, '$skip': str(end)})}" if end < len(found) or self.endless else None
        body = {"BillingCurrency": "USD", "Items": shown, "NextPageLink": self.next_link or more, "Count": len(shown)}
        return json.dumps(body).encode()


def row(service: str, product: str, sku: str, meter: str, **more: Any) -> Row:
    """A row as the API gives it."""
    return {
        "currencyCode": None, "tierMinimumUnits": 0.0, "retailPrice": 1.0, "unitPrice": 1.0, "armRegionName": "westeurope",
        "location": "EU West", "effectiveStartDate": "2024-01-01T00:00:00Z", "meterId": "m",
        "meterName": meter, "productId": "p", "skuId": "s",
        "productName": product, "skuName": sku, "serviceName": service, "serviceId": "v", "serviceFamily": "f", "unitOfMeasure": "1",
        "type": "Consumption", "isPrimaryMeterRegion": True, "armSkuName": "", **more,
    }  # fmt: skip


@contextlib.contextmanager
def fake_retail() -> Iterator[FakeRetail]:
    """A running one; `url` is what to ask."""
    retail = FakeRetail()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, content = retail.answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    retail.url = f"http://127.0.0.1:{server.server_address[1]}{PATH}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield retail
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
