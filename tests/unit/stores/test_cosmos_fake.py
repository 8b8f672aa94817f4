"""The fake Cosmos DB account refuses what the service refuses: requests made by hand, each wrong in one way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.cosmos import KEY, FakeCosmos, Fault
from tests.fakes.cosmos.sql import BadQuery, parse

RUNS = {
    "id": "runs",
    "partitionKey": {"paths": ["/project_id", "/run_id"], "kind": "MultiHash", "version": 2},
    "indexingPolicy": {
        "includedPaths": [{"path": "/kind/?"}, {"path": "/seq/?"}, {"path": "/at/?"}],
        "compositeIndexes": [[{"path": "/at", "order": "descending"}, {"path": "/seq", "order": "descending"}]],
    },
}
SHORT = {"id": "short", "partitionKey": {"paths": ["/id"], "kind": "Hash", "version": 2}, "defaultTtl": -1}
DOCS = "/dbs/db/colls/runs/docs"
PLACE = ["p", "r"]


class Account:
    """A hand-made client: signs, and says what it wants with plain headers."""

    def __init__(self, fake: FakeCosmos) -> None:
        self.fake = fake
        self.http = requests.Session()

    def ask(self, method: str, path: str, body: Any = None, key: Any = None, **headers: str) -> requests.Response:
        date = formatdate(usegmt=True)
        sent = {"x-ms-version": "2020-07-15", "x-ms-date": date, "authorization": sign(method, path, date)}
        if key is not None:
            sent["x-ms-documentdb-partitionkey"] = json.dumps(key)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        sending = {name: value for name, value in (sent | named).items() if value}
        return self.http.request(method, self.fake.endpoint + path, data=content, headers=sending, timeout=30)

    def put(self, item: str, **fields: Any) -> requests.Response:
        return self.ask("POST", DOCS, doc(item, **fields), PLACE)

    def query(self, sql: str, key: Any = PLACE, headers: dict[str, str] | None = None, **parameters: Any) -> requests.Response:
        values = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
        sent = {"x-ms-documentdb-isquery": "True", "content-type": "application/query+json"} | (headers or {})
        return self.ask("POST", DOCS, {"query": sql, "parameters": values}, key, **sent)

    def batch(self, *operations: dict[str, Any], key: Any = PLACE, **headers: str) -> requests.Response:
        sent = {"x_ms_cosmos_is_batch_request": "True", "x_ms_cosmos_batch_atomic": "True", "x_ms_cosmos_batch_continue_on_error": "False"}
        return self.ask("POST", DOCS, list(operations), key, **(sent | headers))

    def changes(self, since: str = "", **headers: str) -> requests.Response:
        sent = {"A_IM": "Incremental Feed", "x_ms_documentdb_partitionkeyrangeid": "0", "if_none_match": since}
        return self.ask("GET", DOCS, **(sent | headers))


def doc(item: str, **fields: Any) -> dict[str, Any]:
    return {"id": item, "project_id": "p", "run_id": "r", "kind": "event", **fields}


def create(item: str, **fields: Any) -> dict[str, Any]:
    return {"operationType": "Create", "resourceBody": doc(item, **fields)}


def sign(method: str, path: str, date: str, key: str = KEY) -> str:
    parts = path.strip("/").split("/")
    kind, link = (parts[-1], parts[:-1]) if len(parts) % 2 else (parts[-2], parts)
    text = f"{method.lower()}\n{kind}\n{'/'.join(link)}\n{date.lower()}\n\n"
    mac = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return f"type%3Dmaster%26ver%3D1.0%26sig%3D{base64.b64encode(mac).decode().replace('+', '%2B').replace('/', '%2F').replace('=', '%3D')}"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeCosmos]:
    fake = FakeCosmos().start()
    yield fake
    fake.stop()


@pytest.fixture
def account(running: FakeCosmos) -> Iterator[Account]:
    running.clock = time.time
    running.make("db", [RUNS, SHORT])
    made = Account(running)
    yield made
    made.http.close()
    running.faults.clear()
    running.knows = lambda _: False
    running.drop("db")


def test_what_was_created_can_be_read(account: Account) -> None:
    made = account.put("a", seq=1)
    found = account.ask("GET", f"{DOCS}/a", key=PLACE)
    assert (made.status_code, found.status_code) == (201, 200)
    assert found.json() == made.json()
    assert found.json()["_etag"] == found.headers["etag"]
    assert float(found.headers["x-ms-request-charge"]) > 0


@pytest.mark.parametrize(
    "change",
    [
        {"authorization": ""},
        {"authorization": "Bearer x"},
        {"authorization": sign("GET", DOCS, formatdate(usegmt=True), base64.b64encode(b"another key").decode())},
        {"authorization": sign("GET", "/dbs/db/colls/short/docs", formatdate(usegmt=True))},
        {"authorization": "type%3Daad%26ver%3D1.0%26sig%3Dunknown"},
        {"x_ms_date": ""},
        {"x_ms_date": "yesterday"},
    ],
)
def test_who_does_not_sign_is_refused(account: Account, change: dict[str, str]) -> None:
    assert account.ask("GET", f"{DOCS}/a", key=PLACE, **change).status_code == 401


def test_an_old_date_is_refused(account: Account) -> None:
    date = formatdate(time.time() - 3600, usegmt=True)
    answer = account.ask("GET", f"{DOCS}/a", key=PLACE, x_ms_date=date, authorization=sign("GET", f"{DOCS}/a", date))
    assert answer.status_code == 403


def test_a_known_token_is_enough(account: Account) -> None:
    account.fake.knows = lambda token: token == "good"
    assert account.ask("GET", "/", authorization="type%3Daad%26ver%3D1.0%26sig%3Dgood").status_code == 200


def test_the_version_of_the_protocol_is_asked_for(account: Account) -> None:
    assert account.ask("GET", f"{DOCS}/a", key=PLACE, x_ms_version="").status_code == 400


@pytest.mark.parametrize("key", [None, ["p"], ["p", "r", "x"], "p", {}, ["p", "other"]])
def test_a_document_needs_its_whole_partition_key(account: Account, key: Any) -> None:
    answer = account.ask("POST", DOCS, doc("a"), key)
    assert (answer.status_code, answer.headers["x-ms-substatus"]) == (400, "1001")


def test_another_partition_holds_nothing_of_this_one(account: Account) -> None:
    account.put("a")
    assert account.ask("GET", f"{DOCS}/a", key=["p", "other"]).status_code == 404
    assert account.query("SELECT * FROM c", key=["p", "other"]).json()["Documents"] == []
    assert account.query("SELECT * FROM c").json()["_count"] == 1


@pytest.mark.parametrize("item", ["", "a/b", "a\\b", "a?b", "a#b", "a ", "x" * 1024, 7, None])
def test_ids_the_service_cannot_address_are_refused(account: Account, item: Any) -> None:
    assert account.ask("POST", DOCS, {**doc("a"), "id": item}, PLACE).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"\xff"])
def test_what_is_no_document_is_refused(account: Account, body: bytes) -> None:
    assert account.ask("POST", DOCS, body, PLACE).status_code == 400


@pytest.mark.parametrize("ttl", [0, -2, "7", True, 2**31, 1.5])
def test_lifetimes_that_mean_nothing_are_refused(account: Account, ttl: Any) -> None:
    assert account.put("a", ttl=ttl).status_code == 400


def test_a_large_document_is_refused(account: Account) -> None:
    assert account.put("a", text="x" * (2 * 1024 * 1024)).status_code == 413
    assert account.put("a", text="x" * 3_000_000).status_code == 413


def test_numbers_are_doubles(account: Account) -> None:
    account.put("a", whole=1.0, large=2**60 + 1, small=0.5, flag=True)
    found = account.ask("GET", f"{DOCS}/a", key=PLACE).json()
    assert (found["large"], found["small"], found["flag"]) == (2**60, 0.5, True)
    assert isinstance(found["whole"], int)


def test_the_same_id_again_is_a_conflict(account: Account) -> None:
    account.put("a")
    assert account.put("a").status_code == 409
    assert account.ask("POST", DOCS, doc("a", seq=2), PLACE, x_ms_documentdb_is_upsert="True").json()["seq"] == 2
    assert account.ask("POST", DOCS, {**doc("a"), "run_id": "r2"}, ["p", "r2"]).status_code == 201


def test_a_change_on_an_old_etag_is_refused(account: Account) -> None:
    old = account.put("a").headers["etag"]
    new = account.ask("PUT", f"{DOCS}/a", doc("a", seq=2), PLACE, if_match=old)
    assert (new.status_code, new.headers["etag"] == old) == (200, False)
    for method, body in (("PUT", doc("a", seq=3)), ("DELETE", None)):
        assert account.ask(method, f"{DOCS}/a", body, PLACE, if_match=old).status_code == 412
    assert account.ask("GET", f"{DOCS}/a", key=PLACE).json()["seq"] == 2
    assert account.ask("DELETE", f"{DOCS}/a", key=PLACE, if_match=new.headers["etag"]).status_code == 204
    assert account.ask("PUT", f"{DOCS}/a", doc("a"), PLACE).status_code == 404


def test_a_document_keeps_its_id(account: Account) -> None:
    account.put("a")
    assert account.ask("PUT", f"{DOCS}/a", doc("b"), PLACE).status_code == 400


def test_a_batch_is_done_whole_or_not_at_all(account: Account) -> None:
    account.put("taken")
    failed = account.batch(create("new"), create("taken"), create("last"))
    assert (failed.status_code, [one["statusCode"] for one in failed.json()]) == (207, [424, 409, 424])
    assert account.query("SELECT c.id FROM c").json()["Documents"] == [{"id": "taken"}]
    done = account.batch(create("new"), {"operationType": "Delete", "id": "taken"}, {"operationType": "Read", "id": "new"})
    assert (done.status_code, [one["statusCode"] for one in done.json()]) == (200, [201, 204, 200])
    assert account.query("SELECT c.id FROM c").json()["Documents"] == [{"id": "new"}]


def test_a_batch_checks_etags(account: Account) -> None:
    old = account.put("a").json()["_etag"]
    replace = {"operationType": "Replace", "id": "a", "resourceBody": doc("a", seq=2), "ifMatch": old}
    assert account.batch(replace, create("b")).status_code == 200
    again = account.batch(replace, create("c"))
    assert [one["statusCode"] for one in again.json()] == [412, 424]


@pytest.mark.parametrize(
    "operations",
    [
        [{"operationType": "Patch", "id": "a", "resourceBody": {}}],
        [{"operationType": "Create", "resourceBody": {**doc("a"), "run_id": "other"}}],
        [{"operationType": "Replace", "id": "none", "resourceBody": doc("none")}],
    ],
)
def test_operations_that_cannot_be_done_fail_the_batch(account: Account, operations: list[dict[str, Any]]) -> None:
    answer = account.batch(create("x"), *operations)
    assert answer.status_code == 207
    assert answer.json()[0]["statusCode"] == 424
    assert account.ask("GET", f"{DOCS}/x", key=PLACE).status_code == 404


def test_a_batch_has_its_limits(account: Account) -> None:
    assert account.batch(*(create(str(number)) for number in range(101))).status_code == 400
    assert account.batch().status_code == 400
    assert account.batch(create("a"), x_ms_cosmos_batch_atomic="False").status_code == 400
    assert account.batch(create("a"), key=["p"]).status_code == 400


def test_documents_expire_by_the_clock_of_the_account(account: Account) -> None:
    now = 1_800_000_000.0
    account.fake.clock = lambda: now
    put = lambda item, **fields: account.ask("POST", "/dbs/db/colls/short/docs", {"id": item, **fields}, [item])  # noqa: E731
    read = lambda item: account.ask("GET", f"/dbs/db/colls/short/docs/{item}", key=[item]).status_code  # noqa: E731
    put("brief", ttl=10)
    put("lasting")
    now += 9
    assert (read("brief"), read("lasting")) == (200, 200)
    now += 1
    assert (read("brief"), read("lasting")) == (404, 200)
    assert put("brief").status_code == 201


def test_without_a_default_lifetime_nothing_expires(account: Account) -> None:
    now = 1_800_000_000.0
    account.fake.clock = lambda: now
    account.put("a", ttl=1)
    now += 100
    assert account.ask("GET", f"{DOCS}/a", key=PLACE).status_code == 200


def test_a_query_finds_orders_and_cuts(account: Account) -> None:
    for number in range(5):
        account.put(str(number), seq=number, at="b" if number < 3 else "a")
    sql = "SELECT TOP @top c.id FROM c WHERE c.kind = 'event' AND (c.seq > @low OR c.seq = 0) ORDER BY c.at DESC, c.seq DESC"
    assert account.query(sql, top=3, low=1).json()["Documents"] == [{"id": "2"}, {"id": "0"}, {"id": "4"}]
    assert account.query("SELECT c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.seq)", ids=[1, 9]).json()["Documents"] == [{"id": "1"}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM c WHERE c.hidden = 1",
        "SELECT * FROM c ORDER BY c.hidden",
        "SELECT * FROM c ORDER BY c.seq DESC, c.at DESC",
        "SELECT * FROM c ORDER BY c.at, c.seq",
        "SELECT * FROM c WHERE c.seq = @nobody",
        "SELECT TOP 0 * FROM c",
        "SELECT * FROM c WHERE c.seq LIKE 'x'",
        "SELECT * FROM c WHERE d.seq = 1",
        "SELECT COUNT(1) FROM c",
        "SELECT * FROM c GROUP BY c.seq",
        "DELETE FROM c",
        "",
        "SELECT * FROM c; SELECT * FROM c",
    ],
)
def test_a_query_outside_the_subset_or_without_an_index_is_refused(account: Account, sql: str) -> None:
    assert account.query(sql).status_code == 400


@given(text=st.text(max_size=60))
def test_no_text_breaks_the_reader_of_queries(text: str) -> None:
    with pytest.raises(BadQuery):
        parse(text, {})


def test_a_query_must_say_where(account: Account) -> None:
    assert account.query("SELECT * FROM c", key=None).headers["x-ms-substatus"] == "1004"
    assert account.query("SELECT * FROM c", key=["p"]).status_code == 400
    assert account.query("SELECT * FROM c", headers={"content-type": "application/json"}).status_code == 400


def test_pages_go_on_where_they_ended(account: Account) -> None:
    for number in range(5):
        account.put(str(number))
    seen, headers = [], {"x-ms-max-item-count": "2"}
    while True:
        answer = account.query("SELECT c.id FROM c", headers=headers)
        seen += [row["id"] for row in answer.json()["Documents"]]
        if "x-ms-continuation" not in answer.headers:
            break
        headers["x-ms-continuation"] = answer.headers["x-ms-continuation"]
    assert seen == ["0", "1", "2", "3", "4"]
    assert account.query("SELECT c.seq FROM c", headers=headers).status_code == 400
    assert account.query("SELECT c.id FROM c", headers={"x-ms-continuation": "nonsense"}).status_code == 400


def test_the_change_feed_tells_of_each_latest_version_once(account: Account) -> None:
    account.batch(create("a"), create("b"))
    account.put("c")
    first = account.changes()
    assert [one["id"] for one in first.json()["Documents"]] == ["a", "b", "c"]
    account.ask("PUT", f"{DOCS}/a", doc("a", seq=2), PLACE)
    account.ask("DELETE", f"{DOCS}/b", key=PLACE)
    second = account.changes(first.headers["etag"])
    assert [(one["id"], one["seq"]) for one in second.json()["Documents"]] == [("a", 2)]
    third = account.changes(second.headers["etag"])
    assert (third.status_code, third.content) == (304, b"")
    account.put("d")
    assert [one["id"] for one in account.changes(third.headers["etag"]).json()["Documents"]] == ["d"]


def test_a_page_of_changes_never_cuts_a_transaction(account: Account) -> None:
    account.batch(*(create(str(number)) for number in range(5)))
    account.put("later")
    page = account.changes(x_ms_max_item_count="2")
    assert len(page.json()["Documents"]) == 5
    assert [one["id"] for one in account.changes(page.headers["etag"], x_ms_max_item_count="2").json()["Documents"]] == ["later"]


@pytest.mark.parametrize(
    "change", [{"A_IM": "Full-Fidelity Feed"}, {"if_none_match": '"soon"'}, {"x_ms_documentdb_partitionkeyrangeid": ""}]
)
def test_a_change_feed_that_is_asked_wrongly_is_refused(account: Account, change: dict[str, str]) -> None:
    assert account.changes(**change).status_code == 400


def test_a_split_partition_is_gone_and_its_children_hold_everything(account: Account) -> None:
    for run in ("r", "s", "t", "u"):
        account.ask("POST", DOCS, {**doc("a"), "run_id": run}, ["p", run])
    known = account.ask("GET", "/dbs/db/colls/runs/pkranges").headers["etag"]
    account.fake.split("db", "runs")
    assert account.changes().headers["x-ms-substatus"] == "1002"
    ranges = account.ask("GET", "/dbs/db/colls/runs/pkranges", if_none_match=known).json()["PartitionKeyRanges"]
    assert [one["parents"] for one in ranges] == [["0"], ["0"]]
    assert (ranges[0]["minInclusive"], ranges[0]["maxExclusive"]) == ("", ranges[1]["minInclusive"])
    halves = [account.changes(x_ms_documentdb_partitionkeyrangeid=one["id"]).json()["Documents"] for one in ranges]
    assert all(halves)
    assert sorted(one["run_id"] for half in halves for one in half) == ["r", "s", "t", "u"]


def test_missing_owners_are_told_apart_from_missing_documents(account: Account) -> None:
    assert "x-ms-substatus" not in account.ask("GET", f"{DOCS}/none", key=PLACE).headers
    for path in ("/dbs/db/colls/none/docs/a", "/dbs/none/colls/runs/docs/a", "/dbs/none"):
        answer = account.ask("GET", path, key=PLACE)
        assert (answer.status_code, answer.headers["x-ms-substatus"]) == (404, "1003")


def test_a_container_that_was_made_anew_is_another_one(account: Account) -> None:
    assert account.ask("GET", f"{DOCS}/a", key=PLACE, x_ms_cosmos_intended_collection_rid="old").headers["x-ms-substatus"] == "1024"


@pytest.mark.parametrize(("method", "path"), [("PATCH", f"{DOCS}/a"), ("PUT", DOCS), ("DELETE", "/dbs/db/colls"), ("GET", "/somewhere")])
def test_what_is_not_played_is_refused_and_never_guessed(account: Account, method: str, path: str) -> None:
    assert account.ask(method, path, key=PLACE).status_code in (401, 404, 405)


def test_faults_come_as_often_as_they_were_asked_for(account: Account) -> None:
    account.fake.fail(Fault(path="/docs", status=429, times=2, retry_after_ms=5))
    answers = [account.put("a") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert answers[0].headers["x-ms-retry-after-ms"] == "5"


@pytest.mark.parametrize(("drop", "there"), [("before", 404), ("after", 200)])
def test_a_connection_ends_before_or_after_the_work(account: Account, drop: str, there: int) -> None:
    account.fake.fail(Fault(path="/docs", method="POST", drop=drop))
    with pytest.raises(requests.ConnectionError):
        account.put("a")
    assert account.ask("GET", f"{DOCS}/a", key=PLACE).status_code == there
