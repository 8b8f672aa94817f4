"""The lower steps of the compiler: lines, tokens, quantities, kinds of relations, word forms, parts of speech."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.brief.cardinality import kind_of
from shared.brief.phrases import NounPhrase, VerbGroup, chunk
from shared.brief.quantities import quantified
from shared.brief.tagger import tag
from shared.brief.text import lines, sentences, tokenize
from shared.brief.words import agent_stem, is_person, is_plural, pascal, plural, singular, snake, with_article

VOCABULARY = [
    "a", "the", "each", "one", "or", "more", "many", "at", "least", "up", "to", "three", "between", "of", "which", "crane", "cranes",
    "has", "have", "belongs", "is", "are", "owned", "by", "clerk", "clerks", "create", "name", "status", "open", ",", ".", ":", "(", ")",
    "-", "for", "with", "there", "vice", "versa", "one-to-many", "1", "n", "'s", "their", "can", "not", "single", "same", "example",
]  # fmt: skip


def lows(text: str) -> list[str]:
    return [t.low for t in quantified(tokenize(text, 0, len(text)))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("one or more cranes", "several cranes"),
        ("zero or more cranes", "several cranes"),
        ("zero or one crane", "exactly crane"),
        ("at least one crane", "several crane"),
        ("at least three cranes", "several cranes"),
        ("at most one crane", "exactly crane"),
        ("up to three cranes", "several cranes"),
        ("no more than one crane", "exactly crane"),
        ("more than one crane", "several crane"),
        ("a maximum of four cranes", "several cranes"),
        ("has between two and five cranes", "has several cranes"),
        ("has 1-3 cranes", "has several cranes"),
        ("has 0..n cranes", "has several cranes"),
        ("any number of cranes", "several cranes"),
        ("a large number of cranes", "several cranes"),
        ("a number of cranes", "a number of cranes"),
        ("a list of cranes", "several cranes"),
        ("the list of cranes", "several cranes"),
        ("a set of tools", "several tools"),
        ("lots of cranes", "several cranes"),
        ("one of the cranes", "one cranes"),
        ("each of them", "they"),
        ("each one has", "they has"),
        ("each of which has", "which has"),
        ("cranes , each holding crates", "cranes , which holding crates"),
        ("a single crane", "exactly crane"),
        ("only one crane", "exactly crane"),
        ("one and only one crane", "exactly crane"),
        ("the same crane", "one crane"),
        ("such as cranes", "e.g cranes"),
        ("for example cranes", "e.g cranes"),
        ("the public buys", "everyone buys"),
        ("the public library", "the public library"),
        ("a rating from 1 to 5 stars", "a rating from 1 to 5 stars"),
        ("a rating between 1 and 5 points", "a rating between 1 and 5 points"),
        ("up to two hours", "several hours"),
    ],
)
def test_a_quantity_of_several_words_is_one_token(text: str, wanted: str) -> None:
    assert lows(text) == wanted.split()


@given(st.lists(st.sampled_from(VOCABULARY), max_size=40).map(" ".join))
def test_quantities_keep_the_offsets_in_order_and_lose_no_text(text: str) -> None:
    before, after = tokenize(text, 0, len(text)), quantified(tokenize(text, 0, len(text)))
    assert all(a.start < a.end <= b.start for a, b in pairwise(after))
    assert [t.start for t in before][:1] == [t.start for t in after][:1]
    assert [t.end for t in before][-1:] == [t.end for t in after][-1:]
    assert {t.start for t in after} <= {t.start for t in before}


@given(st.lists(st.sampled_from(VOCABULARY), max_size=40).map(" ".join))
def test_every_token_is_in_exactly_one_phrase(text: str) -> None:
    tagged = tag(tokenize(text, 0, len(text)))
    items = chunk(tagged)
    assert all(a.end <= b.start for a, b in pairwise(items))
    assert all(any(i.start <= t.token.start and t.token.end <= i.end for i in items) for t in tagged)


@pytest.mark.parametrize(
    ("text", "many", "both", "turned"),
    [
        ("Cranes and docks have a many-to-many relationship", True, True, False),
        ("Dock to crane is one-to-many", True, False, False),
        ("Crane to dock is many to one", True, False, True),
        ("Dock and licence are one-to-one", False, False, False),
        ("Dock 1:n crane", True, False, False),
        ("Dock n:m crane", True, True, False),
    ],
)
def test_a_relation_may_be_named_by_its_kind(text: str, many: bool, both: bool, turned: bool) -> None:
    found = kind_of(tokenize(text, 0, len(text)))
    assert found is not None
    assert (found.many, found.both, found.turned) == (many, both, turned)
    assert {"Dock", "dock", "docks"} & {t.text for t in (*found.left, *found.right)}


@pytest.mark.parametrize("text", ["A rating from 1 to 5", "Open 9 to 5", "from one to the next", "a one-time fee"])
def test_figures_name_no_relation(text: str) -> None:
    assert kind_of(tokenize(text, 0, len(text))) is None


def shape(text: str) -> list[tuple[str, str]]:
    return [(line.kind, text[line.start : line.end]) for line in lines(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Cranes\nText", [("heading", "Cranes"), ("plain", "Text")]),
        ("## 2.1 Data", [("heading", "Data")]),
        ("**Data**", [("heading", "**Data**")]),
        ("- one\n- two", [("bullet", "one"), ("bullet", "two")]),
        ("1. one\n2) two\n(3) three", [("bullet", "one"), ("bullet", "two"), ("bullet", "three")]),
        ("a) one\nb) two", [("bullet", "one"), ("bullet", "two")]),
        ("2.1 Crane: name", [("bullet", "Crane: name")]),
        ("- [ ] one\n* [x] two", [("bullet", "one"), ("bullet", "two")]),
        ("App.\n\nCranes\n- name", [("plain", "App."), ("label", "Cranes"), ("bullet", "name")]),
        ("2. Actors\n- Reader", [("label", "Actors"), ("bullet", "Reader")]),
        ("2. Overview\nText follows.", [("label", "Overview"), ("plain", "Text follows.")]),
        ("one\ntwo", [("plain", "one\ntwo")]),
        ("one\n\ntwo", [("plain", "one"), ("plain", "two")]),
        ("- one\n  more", [("bullet", "one\n  more")]),
        ("- one\nmore", [("bullet", "one\nmore")]),
        ("- one\nMore", [("bullet", "one"), ("plain", "More")]),
        ("Data:\nname", [("plain", "Data:"), ("plain", "name")]),
        ("Dock: name\nCrane: height", [("plain", "Dock: name"), ("plain", "Crane: height")]),
        ("\n  \n---\n", []),
    ],
)
def test_a_text_falls_into_lines(text: str, wanted: list[tuple[str, str]]) -> None:
    assert shape(text) == wanted


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four; five", 5),
        ("It costs 3.50 EUR. Fine", 2),
        ("Things, e.g. cranes. Two", 2),
        ("Use ASP.NET Core. Two", 2),
        ("A list (one; two) here. Two", 2),
        ("No mark at the end", 1),
    ],
)
def test_a_line_falls_into_sentences(text: str, count: int) -> None:
    assert len(sentences(text, lines(text)[0])) == count


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I'd like it", "i 'd like it"),
        ("we're here", "we 're here"),
        ("the clerk's crane", "the clerk 's crane"),
        ("don't", "don't"),
        ("CI/CD and/or a/b", "ci/cd and/or a / b"),
        ("node.js C# C++ .NET", "node.js c# c++ .net"),
        ("12,5 % and 3rd", "12,5 % and 3rd"),
    ],
)
def test_a_sentence_falls_into_tokens(text: str, wanted: str) -> None:
    assert [t.low for t in tokenize(text, 0, len(text))] == wanted.split()


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("crane", "cranes"), ("box", "boxes"), ("city", "cities"), ("day", "days"), ("person", "people"), ("child", "children"),
        ("foreman", "foremen"), ("analysis", "analyses"), ("quiz", "quizzes"), ("status", "statuses"), ("bus", "buses"),
        ("menu", "menus"), ("sku", "skus"), ("shelf", "shelves"), ("hero", "heroes"), ("video", "videos"), ("movie", "movies"),
        ("case", "cases"), ("address", "addresses"), ("sale", "sales"), ("series", "series"), ("staff", "staff"), ("match", "matches"),
    ],
)  # fmt: skip
def test_singular_and_plural(one: str, many: str) -> None:
    assert singular(many) == one
    assert singular(one) == one
    assert plural(one) == many
    assert is_plural(many) == (one != many)


@pytest.mark.parametrize("word", ["specimen", "canvas", "news", "lens", "corps", "gas", "apparatus"])
def test_a_singular_that_looks_like_a_plural_stays(word: str) -> None:
    assert singular(word) == word


@pytest.mark.parametrize("word", ["clerk", "baker", "painter", "librarian", "dentist", "engineer", "warehouseman", "trainee", "student"])
def test_people_are_known_by_their_form(word: str) -> None:
    assert is_person(word)


@pytest.mark.parametrize("word", ["crane", "order", "sensor", "meter", "logger", "playlist", "restaurant", "variant", "career", "human"])
def test_things_are_no_people(word: str) -> None:
    assert not is_person(word)


@pytest.mark.parametrize(("word", "stem"), [("runner", "run"), ("writer", "write"), ("supplier", "supply"), ("operator", "operate")])
def test_who_does_something_is_named_after_it(word: str, stem: str) -> None:
    assert agent_stem(word) == stem


@pytest.mark.parametrize(
    ("noun", "wanted"),
    [("Order", "an Order"), ("Crane", "a Crane"), ("Unit", "a Unit"), ("Hour", "an Hour"), ("User", "a User"), ("Event", "an Event")],
)
def test_the_article_of_a_noun(noun: str, wanted: str) -> None:
    assert with_article(noun) == wanted


@pytest.mark.parametrize(
    ("text", "snaked", "pascaled"),
    [
        ("due date", "due_date", "DueDate"),
        ("Größe", "groe", "Groe"),
        ("3rd party", "n3rd_party", "N3rdParty"),
        ("!!", "", ""),
        ("a/b", "a_b", "AB"),
    ],
)
def test_names_are_folded_to_identifiers(text: str, snaked: str, pascaled: str) -> None:
    assert (snake(text), pascal(text)) == (snaked, pascaled)


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("Clerks create orders", "create"),
        ("Clerks sign contracts and post letters", "sign post"),
        ("A clerk always signs contracts", "sign"),
        ("Batches of a drug carry a number", "carry"),
        ("Gauges are installed at rivers and measure the level", "install measure"),
        ("Orders are packed, shipped and returned by clerks", "pack ship return"),
        ("Swirlers swirl the glass", "swirl"),
        ("Clerks can issue, renew and revoke permits", "issue renew revoke"),
        ("The clerk closes the order", "close"),
        ("I'd like a list", "like"),
        ("Clerks get lists", "get"),
        ("Clerks get notified", "notify"),
        ("a list of orders", ""),
        ("order number, ship date, note", ""),
        ("read-only access", ""),
    ],
)
def test_which_words_are_verbs(text: str, verbs: str) -> None:
    found = chunk(tag(tokenize(text, 0, len(text))))
    assert [i.base for i in found if isinstance(i, VerbGroup)] == verbs.split()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("the clerk's orders", ["order"]),
        ("customers' orders", ["order"]),
        ("several new purchase orders", ["purchase order"]),
        ("multiple choice questions", ["question"]),
        ("12 open orders", ["order"]),
        ("Orders - number, date - and notes", ["order", "number", "date", "note"]),
    ],
)
def test_noun_phrases_are_keyed_by_their_singular(text: str, keys: list[str]) -> None:
    found = [i.key for i in chunk(tag(tokenize(text, 0, len(text)))) if isinstance(i, NounPhrase)]
    assert found[-1] == keys[-1]
    assert len(found) == len(keys)
