"""One row per way to choose a technology, to rule something out, and to ask for something that is no application."""

from __future__ import annotations

import pytest

from shared.brief import compile_brief
from shared.model import Clause, RefusedError

BASE = "A crane has a name. "


@pytest.mark.parametrize(
    ("text", "part", "value"),
    [
        ("Use Django.", "backend", "django"),
        ("Backend: Django", "backend", "django"),
        ("Backend in Spring Boot.", "backend", "spring"),
        ("Written in Go.", "backend", "gin"),
        ("Go (Gin) and PostgreSQL.", "backend", "gin"),
        ("Ruby on Rails, please.", "backend", "rails"),
        ("ASP.NET Core with MySQL.", "backend", "dotnet"),
        ("NestJS with MongoDB.", "backend", "express"),
        ("Node backend.", "backend", "express"),
        ("node + vue + mysql", "backend", "express"),
        ("node + vue + mysql", "frontend", "vue"),
        ("node + vue + mysql", "database", "mysql"),
        ("Laravel + Vue.", "frontend", "vue"),
        ("Next.js + FastAPI.", "frontend", "react"),
        ("Next.js + FastAPI.", "backend", "fastapi"),
        ("It must run on MariaDB.", "database", "mariadb"),
        ("SQLite will do.", "database", "sqlite"),
        ("Stack: Ruby on Rails with PostgreSQL.", "database", "postgresql"),
        ("GraphQL, please.", "api", "graphql"),
        ("It should react fast.", "frontend", None),
        ("In spring we move to the dock.", "backend", "fastapi"),
        ("Pilots go to the dock and view cranes.", "backend", "fastapi"),
        ("The nodes of a crane are numbered.", "backend", "fastapi"),
        ("No React, no Vue - just the API.", "frontend", None),
        ("Do not use Django.", "backend", "fastapi"),
    ],
)
def test_a_phrasing_chooses_a_technology(text: str, part: str, value: str | None) -> None:
    assert getattr(compile_brief(BASE + text).ir.stack, part) == value


@pytest.mark.parametrize("text", ["node + vue + mysql", "Laravel + Vue", "Django, React and PostgreSQL"])
def test_a_line_of_technologies_names_no_thing(text: str) -> None:
    assert [e.name for e in compile_brief(BASE + text).ir.entities] == ["Crane"]


def clause(text: str, part: str) -> Clause:
    return next(c for c in compile_brief(text).ledger.clauses if part in c.text)


@pytest.mark.parametrize("part", ["No frontend", "without login", "no payments", "No mobile app"])
def test_what_is_ruled_out_is_assumed_and_says_how_to_have_it(part: str) -> None:
    found = clause(f"{BASE}{part}.", part)
    assert found.fate == "assumed"
    assert part.lower().split()[-1] in (found.default or "").lower()
    assert found.advice


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("Cassandra", "unsupported_stack"),
        ("up to 48 hours before the start", "needs_model"),
        ("over 1000 EUR", "needs_model"),
    ],
)
def test_what_is_not_built_is_a_clause_of_its_own(part: str, code: str) -> None:
    found = clause(f"Clerks may cancel cranes {part}. A crane has a name.", part.rsplit(maxsplit=1)[-1])
    assert (found.fate, found.reason_code) == ("refused", code)


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of France?",
        "Solve this equation: x + 2 = 4",
        "Explain recursion to me",
        "Translate this letter into French",
        "Translate our website into Spanish",
        "Write an essay about REST principles.",
        "Compose a song about the sea",
        "Give me a recipe for pancakes",
        "Write a bash one-liner that counts lines",
        "Write unit tests for this function",
        "Write a program that prints the first 100 primes",
        "Implement quicksort in Haskell and explain its complexity.",
        "debug this: my function returns None",
        "Please add dark mode to my app",
        "Add a dark mode switch to our existing React dashboard",
        "Please optimise the SQL queries in our current application",
        "Rewrite our existing Rails shop in Go",
        "Build a Discord bot that posts memes",
        "I need a Word macro",
        "Please build a Minecraft mod that adds dragons",
        "Design a logo for my company",
        "Create a PowerPoint presentation about sales figures",
        "Build a compiler for a toy language",
        "Write a smart contract for a raffle",
        "Build me a first person shooter in Unity",
        "An RPG with quests and dragons for Windows",
        "A turn-based strategy game for the browser",
        "Create an iOS app for meditation",
        "An Android app that shows the weather",
        "A browser extension for bookmarks",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit",
        "asdf qwer zxcv",
        "Hi!",
        "?!",
    ],
)
def test_a_brief_that_asks_for_no_application_is_refused(text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        compile_brief(text)
    assert refused.value.exit_code == 5


@pytest.mark.parametrize(
    "text",
    [
        "A library app with books",
        "Build a taxi app with drivers and rides",
        "Board game rental: games have a title and a price, customers rent games.",
        "An API for mobile clients: users have devices.",
        "A web app for windows and doors. A window has a width.",
        "Explainer video platform with videos and channels",
        "Driver: name, phone. Ride: date, driver.",
        "todo list",
        "Contracts have a number. Clerks sign contracts.",
        "Please build a REST API that stores recipes with a title and a text.",
    ],
)
def test_a_brief_that_only_sounds_like_one_is_compiled(text: str) -> None:
    assert compile_brief(text).ir.entities
