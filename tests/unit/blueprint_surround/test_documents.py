"""Documents: true to the design, and out of reach of what a brief may hold."""

from __future__ import annotations

import re

import pytest
from surround import IRS, entity, f, files_of, ir

from shared.model import IR

HOSTILE = "a | b <script>alert(1)</script> [x](javascript:y) ``` \n# heading\n{{ 7 * 7 }} \u202e </table> $HOME"


@pytest.fixture(params=IRS)
def brief(request: pytest.FixtureRequest) -> IR:
    return IRS[request.param]


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    part = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", maxsplit=1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.split("\n") if line.startswith("|")]


def test_every_table_has_rows_of_one_width(brief: IR) -> None:
    for path, page in files_of("documentation", brief).items():
        for table in re.findall(r"(?:^\|.*\n)+", page, re.M):
            assert len({line.count("|") for line in table.strip().split("\n")}) == 1, f"{path}: {table[:300]}"


def test_every_fence_is_closed(brief: IR) -> None:
    for path, page in files_of("documentation", brief).items():
        assert page.count("```") % 2 == 0, path


def test_text_of_a_brief_stays_text() -> None:
    states = {"field": "state", "initial": HOSTILE, "transitions": [{"from": HOSTILE, "to": "b", "by": []}]}
    made = ir(
        HOSTILE,
        [
            entity(
                "Thing",
                "things",
                f("state", "enum", enum=[HOSTILE, "b"]),
                f("kind", "enum", enum=[HOSTILE]),
                description=HOSTILE,
                states=states,
            )
        ],
        summary=HOSTILE,
    )
    for path, page in files_of("documentation", made.model_copy(update={"slug": "hostile"})).items():
        for mark in ("<script", "</table>", "{{", "`` ", "$HOME", "\u202e", "\n# heading"):
            assert mark not in page, f"{path}: {mark}"
        assert page.count("```") % 2 == 0
        assert "](javascript" not in page


@pytest.mark.parametrize(("database", "named"), [("sqlite", False), ("postgresql", True)])
def test_readme_names_the_database_of_production(database: str, named: bool) -> None:
    made = IRS[next(iter(IRS))]
    made = made.model_copy(update={"stack": made.stack.model_copy(update={"database": database})})
    opening = files_of("documentation", made)["README.md"].split("\n## ")[0]
    assert "It keeps its data in SQLite" in opening
    assert ("PostgreSQL in production" in opening) is named


def test_readme_starts_with_three_commands_that_need_only_python(brief: IR) -> None:
    readme = files_of("documentation", brief)["README.md"]
    commands = readme.split("```sh\n")[1].split("```")[0].strip().split("\n")
    assert len(commands) == 3
    assert commands[0].startswith("python3 -m venv .venv && ")
    assert "--require-hashes" in commands[0]
    assert all(command.startswith(".venv/bin/") for command in commands[1:])


def test_role_table_says_what_the_brief_says() -> None:
    rows = rows_of(files_of("documentation", IRS["clinic"])["README.md"], "Who may do what")
    assert rows[0] == ["role", "owner", "pet", "vet", "visit", "appointment"]
    by_role = {row[0]: row[1:] for row in rows[2:]}
    assert by_role["admin"] == ["everything"] * 5
    assert by_role["receptionist"][2:4] == ["read", "nothing"]
    assert by_role["customer"][4] == "create (own rows), read (own rows), update (own rows)"


def test_state_table_names_every_move_and_who_makes_it() -> None:
    rows = rows_of(files_of("documentation", IRS["clinic"])["README.md"], "States: appointment")
    assert ["booked", "checked_in", "receptionist"] in rows
    assert ["booked", "cancelled", "whoever may update"] in rows


def test_api_page_names_every_field_route_and_limit() -> None:
    page = files_of("documentation", IRS["clinic"])["docs/api.md"]
    assert "| `cost` | amount, as text, from 0" in page
    assert "| `pin` | text, 1 to 200 characters | optional, write only |" in page
    assert "| `owner_id` | UUID (owner) | required |" in page
    assert "`GET /owners/{id}/pets`" in page
    assert "`POST /appointments/{id}/transitions/{state}`" in page


def test_settings_table_names_every_setting(brief: IR) -> None:
    readme = files_of("documentation", brief)["README.md"]
    source = next(text for path, text in files_of("backend", brief).items() if path.endswith("core/settings.py"))
    names = re.findall(r"^    ([a-z_0-9]+): .* = ", source, re.M)
    assert len(names) > 10
    assert [name for name in names if f"`{name.upper()}`" not in readme] == []


def test_links_between_the_pages_lead_somewhere(brief: IR) -> None:
    pages = files_of("documentation", brief)
    for target in re.findall(r"\]\(([^)]+)\)", pages["README.md"]):
        assert target in pages
