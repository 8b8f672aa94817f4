"""One row per way to say who may do what, and to say in which states a thing can be."""

from __future__ import annotations

import pytest

from shared.brief import compile_brief
from shared.model import IR

CRANE = " A crane has a name."


def ir(text: str) -> IR:
    return compile_brief(text).ir


def rights(text: str, role: str, entity: str = "Crane") -> str:
    """The first letters of what a role may do to an entity, in the order create, read, update, delete."""
    found = next((r for r in ir(text).roles if r.name == role), None)
    return "".join(o[0] for p in (found.permissions if found else []) if p.entity == entity for o in p.operations)


@pytest.mark.parametrize(
    ("text", "role", "letters"),
    [
        ("Clerks create cranes.", "clerk", "cr"),
        ("Clerks can create cranes.", "clerk", "cr"),
        ("A clerk may create cranes.", "clerk", "cr"),
        ("The clerk creates cranes.", "clerk", "cr"),
        ("Clerks are able to see cranes.", "clerk", "r"),
        ("Cranes are created by clerks.", "clerk", "cr"),
        ("Cranes can be edited by clerks.", "clerk", "ru"),
        ("Clerks can create, edit and delete cranes.", "clerk", "crud"),
        ("Clerks manage cranes.", "clerk", "crud"),
        ("Clerks may only read cranes.", "clerk", "r"),
        ("Clerks search cranes by name.", "clerk", "r"),
        ("As a clerk, I want to edit cranes so that they are right.", "clerk", "ru"),
        ("As a clerk I can delete cranes.", "clerk", "rd"),
        ("As support staff I can edit cranes.", "support_staff", "ru"),
        ("- As a clerk, I want to see cranes", "clerk", "r"),
        ("Let clerks edit cranes.", "clerk", "ru"),
        ("The app allows clerks to edit cranes.", "clerk", "ru"),
        ("Roles:\n- Clerk: creates cranes\n- Guest: views cranes", "clerk", "cr"),
        ("Roles:\n- Clerk - can edit cranes\n- Guest - can view cranes", "clerk", "ru"),
        ("Users & roles\n- Clerk: edits cranes\n- Guest: views cranes", "clerk", "ru"),
        ("Auditors have read-only access.", "auditor", "r"),
        ("Auditors have read access to cranes.", "auditor", "r"),
        ("Auditors have full access.", "auditor", "crud"),
        ("A dock has cranes, which a foreman repairs.", "foreman", "ru"),
        ("A dock has cranes, which a mechanic repairs.", "mechanic", "ru"),
        ("Invoices need a decision by a director. An invoice has a total. Clerks tick off cranes.", "clerk", "ru"),
        ("Cranes are reviewed by two experts, who give a score and a remark.", "expert", "cr"),
        ("A plan consists of steps and parts, nurses document cranes.", "nurse", "cr"),
        ("Archivists describe cranes.", "archivist", "r"),
        ("Foremen create cranes and assign tasks.", "foreman", "cr"),
        ("Foremen, who work in shifts, create cranes.", "foreman", "cr"),
        ("Instructors tick off cranes.", "instructor", "ru"),
        ("The public can view cranes.", "visitor", "r"),
        ("Everyone can read cranes without an account.", "visitor", "r"),
        ("When the work is done the locksmith closes the crane.", "locksmith", "ru"),
        ("Tailors work on cranes.", "tailor", "ru"),
        ("Clerks fill in a crane (height, code).", "clerk", "cr"),
        ("After all tests are finished the cashier releases the crane.", "cashier", "ru"),
        ("Only board members may delete cranes.", "board_member", "rd"),
    ],
)
def test_a_phrasing_gives_a_role_its_rights(text: str, role: str, letters: str) -> None:
    assert rights(text + (("\n\n" if "\n" in text else "") + CRANE), role) == letters


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("Clients can see their own orders. An order has a number.", "own"),
        ("Clients can see their orders. An order has a number.", "own"),
        ("Clerks can see all orders. An order has a number.", "all"),
        ("Clerks can see orders. An order has a number.", "all"),
    ],
)
def test_own_rows_are_all_that_a_possessive_opens(text: str, scope: str) -> None:
    role = next(r for r in ir(text).roles if r.name in {"client", "clerk"})
    assert [p.scope for p in role.permissions] == [scope]


@pytest.mark.parametrize(
    "text",
    [
        "Clerks must not delete cranes.",
        "Clerks may not delete cranes.",
        "Clerks cannot delete cranes.",
        "Clerks never delete cranes.",
        "Clerks can see cranes but not delete them.",
    ],
)
def test_a_negated_right_is_none(text: str) -> None:
    assert "d" not in rights(text + CRANE, "clerk")


STATES = [
    "A crane is new, used or sold.",
    "A crane is either new, used or sold.",
    "A crane is New, Used or Sold.",
    "A crane can be new, used or sold.",
    "Cranes have a status (new, used, sold).",
    "A crane has a status: new, used, sold.",
    "A crane has a status of new, used or sold.",
    "A crane has a status that is new, used or sold.",
    "A crane has a name. Its status is new, used or sold.",
    "A crane has a name. Its status can be new, used or sold.",
    "Cranes move from new to used to sold.",
    "A crane goes from new through used to sold.",
    "Cranes go through the stages new, used and sold.",
    "# Cranes app\n\n## Crane\n- name\n- status: new, used, sold",
]


@pytest.mark.parametrize("text", STATES)
def test_a_phrasing_gives_the_states_in_order(text: str) -> None:
    crane = next(e for e in ir(text).entities if e.name == "Crane")
    assert crane.states is not None
    assert [(t.source, t.to) for t in crane.states.transitions] == [("new", "used"), ("used", "sold")]
    assert crane.states.initial == "new"


def test_what_follows_a_list_of_states_is_read_on() -> None:
    found = ir("A crane is New, Used or Sold and takes place in one of the docks. Docks have a name.")
    assert [(r.source, r.to) for r in found.relations] == [("Dock", "Crane")]
    assert next(e for e in found.entities if e.name == "Crane").states is not None


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("Clerks approve cranes.", {("pending", "approved", "clerk")}),
        ("Clerks approve or reject cranes.", {("pending", "approved", "clerk"), ("pending", "rejected", "clerk")}),
        ("Cranes are approved by clerks.", {("pending", "approved", "clerk")}),
        ("Cranes need approval by a clerk.", {("pending", "approved", "clerk")}),
        ("Clerks close cranes and reopen them.", {("open", "closed", "clerk"), ("closed", "open", "clerk")}),
        ("The clerk publishes cranes.", {("draft", "published", "clerk")}),
    ],
)
def test_verbs_imply_states_and_say_who_moves_them(text: str, moves: set[tuple[str, str, str]]) -> None:
    crane = next(e for e in ir(text + CRANE).entities if e.name == "Crane")
    assert crane.states is not None
    assert {(t.source, t.to, *t.by) for t in crane.states.transitions} == moves


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Clerks upload photos of cranes.", "upload"),
        ("Managers see a report of cranes per month.", "report"),
        ("Managers see the number of cranes per month.", "report"),
        ("Managers see the average height per crane.", "report"),
        ("Notify clerks when a crane is sold.", "notification"),
        ("Managers export all cranes as CSV.", "export"),
        ("Clerks search cranes by name.", "search"),
        ("The app calculates a score for each crane.", "custom"),
        ("Guests book cranes without overlap.", "booking"),
        ("Guests book cranes. Cranes must never be double booked.", "booking"),
    ],
)
def test_a_phrasing_asks_for_an_operation(text: str, kind: str) -> None:
    assert kind in {o.kind for o in ir(text + CRANE).operations}


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("A crane has a name.", "roles"),
        ("Clerks manage cranes.", "fields"),
        ("Clerks manage cranes. A crane has a name.", ""),
    ],
)
def test_one_question_at_most_and_only_where_the_brief_is_silent(text: str, question: str) -> None:
    found = ir(text).questions
    assert [q.id for q in found] == ([question] if question else [])
    assert all(q.text.endswith("?") and q.default for q in found)


@pytest.mark.parametrize(
    ("thing", "article"), [("orders", "an Order"), ("cranes", "a Crane"), ("invoices", "an Invoice"), ("units", "a Unit")]
)
def test_a_question_speaks_with_the_right_article(thing: str, article: str) -> None:
    found = ir(f"Clerks manage {thing}.").questions
    assert f"does {article} have" in found[0].text
