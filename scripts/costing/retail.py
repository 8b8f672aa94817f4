"""The Azure Retail Prices API: unauthenticated list prices, page by page, with a bound on everything.

https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated, NoReturn

import httpx2
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from scripts.costing import Failed

API = "https://prices.azure.com/api/retail/prices"
VERSION = "2023-01-01-preview"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
MAX_PAGES = 50
MAX_BYTES = 16_000_000
"""Of one page; the API gives up to 1,000 items, about a megabyte."""
MAX_SECONDS = 300.0
"""For everything that one client is asked."""
MAX_WAIT = 60
ATTEMPTS = 4
Pause = Callable[[float], None]


class Busy(Failed):
    """The API turned a request away for now."""

    def __init__(self, told: str, seconds: float | None) -> None:
        super().__init__(told)
        self.seconds = seconds


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Item(BaseModel):
    """One row of the price list: a tier of a meter."""

    model_config = ConfigDict(frozen=True)

    service: str = Field(alias="serviceName")
    product: str = Field(alias="productName")
    sku: str = Field(alias="skuName")
    meter: str = Field(alias="meterName")
    region: str = Field(alias="armRegionName")
    kind: str = Field(alias="type")
    unit: str = Field(alias="unitOfMeasure")
    tier: Decimal = Field(alias="tierMinimumUnits", ge=0)
    price: Decimal = Field(alias="retailPrice", ge=0)
    currency: str = Field(alias="currencyCode")
    since: Annotated[datetime, AfterValidator(_aware)] = Field(alias="effectiveStartDate")


class Page(BaseModel):
    """One answer."""

    items: list[Item] = Field(alias="Items")
    more: str | None = Field(alias="NextPageLink", default=None)


class Retail:
    """A client. Every method raises Failed when there is no whole answer."""

    def __init__(self, currency: str, api: str = API, pause: Pause = time.sleep, seconds: float = MAX_SECONDS) -> None:
        self.currency = currency
        self.start = self._address(api)
        self.pause = pause
        local = self.start.host in LOOPBACK
        self._http = httpx2.Client(timeout=httpx2.Timeout(30, connect=10), trust_env=not local, headers={"Accept": "application/json"})
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def close(self) -> None:
        self._http.close()

    def source(self) -> str:
        """The address that prices are read from."""
        return f"{self.start}?api-version={VERSION}"

    def items(self, **where: str) -> list[Item]:
        """All consumption prices whose fields equal what is given, by the API's names of fields; values are case-sensitive."""
        fields = {**where, "priceType": "Consumption"}
        wanted = " and ".join(f"{name} eq {quoted(text)}" for name, text in fields.items())
        query = {"api-version": VERSION, "currencyCode": quoted(self.currency), "$filter": wanted}
        url, seen, found = self.start.copy_merge_params(query), set[str](), list[Item]()
        for _ in range(MAX_PAGES):
            seen.add(str(url))
            page = self._page(url)
            found += page.items
            if not page.more:
                return found
            url = self._next(page.more)
            if str(url) in seen:
                raise Failed("the list of prices leads back to a page that was read already")
        raise Failed(f"the list of prices has more than {MAX_PAGES} pages: ask for less")

    @staticmethod
    def _address(api: str) -> httpx2.URL:
        try:
            url = httpx2.URL(api)
        except httpx2.InvalidURL as error:
            raise Failed(f"{api!r} is not a URL") from error
        if url.scheme != "https" and not (url.scheme == "http" and url.host in LOOPBACK):
            raise Failed(f"{api} is neither https nor loopback")
        return url

    def _next(self, link: str) -> httpx2.URL:
        try:
            url = httpx2.URL(link)
        except httpx2.InvalidURL as error:
            raise Failed("the list of prices goes on at something that is no URL") from error
        if (url.scheme, url.host, url.port, url.path) != (self.start.scheme, self.start.host, self.start.port, self.start.path):
            raise Failed(f"the list of prices goes on elsewhere, at {url.host}: not followed")
        return url

    def _page(self, url: httpx2.URL) -> Page:
        again = Retrying(
            retry=retry_if_exception_type(Busy), stop=stop_after_attempt(ATTEMPTS), wait=self._wait, sleep=self.pause, reraise=True
        )
        body = again(self._body, url)
        try:
            return Page.model_validate(json.loads(body, parse_float=Decimal, parse_constant=_refuse))
        except ValidationError as error:
            first = error.errors()[0]
            raise Failed(f"a page is not as the API documents it: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except (ValueError, RecursionError) as error:
            raise Failed(f"a page is no JSON: {error}") from error

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.seconds if isinstance(error, Busy) else None
        seconds = float(2**state.attempt_number) if asked is None else asked
        if seconds > MAX_WAIT:
            raise Failed(f"{self.start.host} asks to come back in {seconds:.0f} seconds: do so")
        return seconds

    def _body(self, url: httpx2.URL) -> bytes:
        body = bytearray()
        try:
            with self._http.stream("GET", url) as answer:
                self._judge(answer)
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise Failed(f"a page has more than {MAX_BYTES:,} bytes")
                    self._in_time()
        except httpx2.HTTPError as error:
            raise Failed(f"{self.start.host} cannot be reached: {error or type(error).__name__}") from error
        return bytes(body)

    def _judge(self, answer: httpx2.Response) -> None:
        self._in_time()
        status = answer.status_code
        if status == 429 or status >= 500:
            raise Busy(f"{self.start.host} answered {status} {ATTEMPTS} times: try again later", after(answer.headers.get("Retry-After")))
        if status != 200:
            raise Failed(f"{self.start.host} answered {status}: is the currency, {self.currency}, one that it knows?")

    def _in_time(self) -> None:
        if time.monotonic() > self._end:
            raise Failed(f"the prices did not arrive within {self._seconds:.0f} seconds")


def quoted(text: str) -> str:
    """A string of OData: in single quotes, those within it doubled."""
    return "'" + text.replace("'", "''") + "'"


def after(header: str | None) -> float | None:
    """Seconds that a Retry-After asks for (RFC 9110, 10.2.3), or None."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max((_aware(parsedate_to_datetime(header)) - datetime.now(UTC)).total_seconds(), 0.0)
    except ValueError:
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
