"""One row per way to state properties: the columns that one thing gets, with their types, remarks and values."""

from __future__ import annotations

import pytest

from shared.brief import compile_brief
from shared.model import EntityField

LISTS = [
    ("A crane has a name, a height and a due date.", "name height due_date"),
    ("Cranes have a name, a height and a due date.", "name height due_date"),
    ("Each crane has: name, height, due date.", "name height due_date"),
    ("Crane: name, height, due date", "name height due_date"),
    ("Cranes (name, height, due date) are kept in harbours.", "name height due_date"),
    ("Pilots manage cranes with a name, a height and a due date.", "name height due_date"),
    ("Pilots create cranes for harbours, with a name, a height and a due date.", "name height due_date"),
    ("Pilots create cranes: name, height, due date.", "name height due_date"),
    ("Pilots create cranes for a harbour: name, height, due date.", "name height due_date"),
    ("For each crane we store a name, a height and a due date.", "name height due_date"),
    ("For every crane, the pilot records name, height and due date.", "name height due_date"),
    ("For each crane the pilot records name, height and due date.", "name height due_date"),
    ("A crane is described by name, height and due date.", "name height due_date"),
    ("Cranes are identified by a code and have a height.", "code height"),
    ("Cranes are recorded with name, height and due date by pilots.", "name height due_date"),
    ("A crane has a name and, optionally, a height and a due date.", "name height due_date"),
    ("A crane, which has a name, has a height.", "name height"),
    ("Cranes - name, height, due date - must be registered by pilots.", "name height due_date"),
    ("# Cranes app\n\n## Crane\n- name\n- height\n- due date", "name height due_date"),
    ("Harbour app\n\nCrane\n  - name\n  - height\n  - due date", "name height due_date"),
    ("Data:\n1. Crane: name, height\n2. Dock: name", "name height"),
    ("## 2. Data\n2.1 Crane: name, height\n2.2 Dock: name, depth", "name height"),
    ("A crane has a name, a price per night and a quantity in stock.", "name price_per_night quantity_in_stock"),
    ("A crane has a name, valid until and a taken on date.", "name valid_until taken_on"),
    ("Crane (name, moved in on, best before date)", "name moved_in_on best_before_date"),
    ("A crane has a from address, a to address and a name.", "from_address to_address name"),
    ("Crane: name, from, to, height", "name from to height"),
    ("A crane has a name, a cover image and a number of seats.", "name cover_image number_of_seats"),
    ("A crane has a name and the date when it was built.", "name date"),
    ("A crane has the place where it was found, a name and a height.", "place name height"),
    ("For every crane we need its name, height and whether dogs are allowed.", "name height dogs_allowed"),
    ("A crane has a name. Pilots operate cranes and enter the height.", "name height"),
    ("A crane names the owner, the label and the code. A crane has a height.", "owner label code height"),
    ("A crane is for one harbour, with a height and a code. Harbours have a name.", "height code"),
    ("A crane runs from a start date to an end date. Cranes have a name.", "start_date end_date name"),
    ("A crane has a name. Its status can be open or closed.", "name status"),
    (
        "Cranes have a first name, last name, date of birth, email and insurance number.",
        "first_name last_name date_of_birth insurance_number",
    ),
    ("Crane: litres, amount, date", "litres amount date"),
    ("A crane has a title, instructions, a width in cm, lamps, and a mode of slow, normal or fast.", "title instructions width lamps mode"),
    ("A crane records which pilot took which boat, the height and the due date.", "height due_date"),
    ("Pilots create cranes. Pilots mark cranes as clean or dirty.", "condition"),
    ("For every crane we want to know its name, the height and when it was bought.", "name height bought_at"),
    ("A crane has a first and last name and a start and an end date.", "first_name last_name start_date end_date"),
    ("Pilots bring cranes: we write maker, brand, height and photo.", "maker brand height photo"),
    ("Cranes stand in harbours. I need their name, height and whether they passed a test.", "name height passed"),
    ("A crane has a name, a price per hour and is checked yes/no.", "name price_per_hour"),
    ("A crane (name, checked yes/no) is big.", "name checked"),
    ("A crane (name, colour tone: red, green, blue) is big.", "name colour_tone"),
    ("A crane has a name. Each crane takes place on one date and in one harbour.", "name date"),
    ("A crane names several harbours, a purpose and a period. Harbours have a name.", "purpose period"),
    ("Docks have a depth. Cranes with a price and a weight are added to docks.", "price weight"),
    ("Pilots apply for cranes with a height and a term. The office rejects applications.", "height term"),
    ("Crane (name, height, best before)", "name height best_before"),
    ("A plan consists of steps and parts, nurses document cranes with a name and a height.", "name height"),
    ("Every crane ends with a due date. A crane has a name.", "name due_date"),
    ("Cranes are machines with a name and a height.", "name height"),
    ("Cranes of other yards are kept with owner name, date and height.", "owner_name date height"),
    ("Cranes stand in a harbour: name, height, date. Harbours have a depth.", "name height date"),
    ("Ships send cranes every hour with a height and a date.", "height date"),
    ("Crane statuses: new, used, sold. Pilots repair cranes. Cranes have a name.", "name status"),
    ("Pilots assign cranes to ships and set a priority (low, medium, high).", "priority"),
    ("Crane: name, wheelchair accessible (yes/no)", "name wheelchair_accessible"),
    ("For cranes we keep the name, the height and whether they are reserved. Cranes stand in docks.", "name height reserved"),
    ("Crane is machine with name and height.", "name height"),
    ("Cranes have a state new/used, a size (small, big) and a height (cm).", "state size height"),
    ("Our cranes are derricks and jibs (name, height, maker).", "name height maker"),
    ("Cranes have a name, a severity low/medium/high and a state new/used.", "name severity state"),
    ("A crane has a minimum and a maximum number of ropes.", "minimum_number_of_ropes maximum_number_of_ropes"),
    ("Cranes come in with maker, breed, name and date of intake. Cranes stand in docks.", "maker breed name date_of_intake"),
    ("A crane is a machine or a tool with a name and a height.", "name height"),
    ("Cranes: name, state = idle | moving | broken", "name state"),
    ("Sailors who own a boat fill in a crane (name, height).", "name height"),
    ("A crane has a name, a length and a gross weight.", "name length gross_weight"),
    ("Cranes (street, number, built in) have a depth.", "street number built_in depth"),
    ("A crane stands at one dock (name, height). Docks are long.", "name height"),
    ("Cranes have a name, state = new / used / sold", "name state"),
    ("Cranes get sent monthly, with a total and a due date.", "total due_date"),
]


def columns(text: str, entity: str = "Crane") -> dict[str, EntityField]:
    return {f.name: f for e in compile_brief(text).ir.entities if e.name == entity for f in e.fields}


@pytest.mark.parametrize(("text", "names"), LISTS)
def test_a_phrasing_gives_its_properties(text: str, names: str) -> None:
    assert set(names.split()) <= set(columns(text))


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        ("a title", "string"),
        ("a description", "text"),
        ("a note", "text"),
        ("an email", "email"),
        ("a contact email", "email"),
        ("a phone number", "phone"),
        ("a website", "url"),
        ("a video link", "url"),
        ("a start date", "date"),
        ("a birthday", "date"),
        ("a start time", "datetime"),
        ("an opening time", "time"),
        ("a timestamp", "datetime"),
        ("a price", "money"),
        ("an hourly rate", "decimal"),
        ("a weight in kg", "decimal"),
        ("a duration in minutes", "integer"),
        ("a number of seats", "integer"),
        ("a capacity", "integer"),
        ("a rating from 1 to 5", "integer"),
        ("a photo", "file"),
        ("a PDF", "file"),
        ("an active flag", "boolean"),
        ("coordinates", "json"),
        ("a score (decimal)", "decimal"),
        ("a code (string)", "string"),
        ("a counter (integer)", "integer"),
        ("a ready flag (boolean)", "boolean"),
        ("a fee in euros", "money"),
        ("a level between 0 and 100", "integer"),
    ],
)
def test_a_property_gets_the_type_its_name_or_remark_says(phrase: str, kind: str) -> None:
    found = columns(f"A crane has a name and {phrase}.")
    found.pop("name")
    assert [f.type for f in found.values()][:1] == [kind], found


@pytest.mark.parametrize(
    ("phrase", "low", "high"),
    [("a rating from 1 to 5", 1, 5), ("a rating between 1 and 6", 1, 6), ("a rating (1-10)", 1, 10), ("a rating (0..100)", 0, 100)],
)
def test_bounds_of_a_figure(phrase: str, low: float, high: float) -> None:
    found = columns(f"A crane has a name and {phrase}.")["rating"]
    assert (found.min, found.max) == (low, high)


@pytest.mark.parametrize(
    ("text", "name", "required", "unique"),
    [
        ("A crane has a name and an optional code.", "code", False, False),
        ("A crane has a name and, optionally, a code.", "code", False, False),
        ("Crane: name, code (optional)", "code", False, False),
        ("Crane: name, code (unique)", "code", True, True),
        ("A crane has a name and a unique code.", "code", True, True),
        ("A crane has a name and a code.", "code", True, False),
        ("A crane has a name and a serial number.", "serial_number", True, True),
    ],
)
def test_remarks_say_whether_a_property_is_required_and_unique(text: str, name: str, required: bool, unique: bool) -> None:
    found = columns(text)[name]
    assert (found.required, found.unique) == (required, unique)


@pytest.mark.parametrize(
    "phrase",
    [
        "a colour (red, green, blue)",
        "a colour: red, green, blue",
        "a colour (red/green/blue)",
        "a colour of red, green or blue",
        "a colour that is red, green or blue",
        "a colour which can be red, green or blue",
        "a colour that is either red, green or blue",
    ],
)
def test_the_values_of_an_enumeration(phrase: str) -> None:
    assert columns(f"A crane has a name and {phrase}.")["colour"].enum == ["red", "green", "blue"]


@pytest.mark.parametrize(
    ("entity", "text", "lost"),
    [
        ("Size", "A harbour has compartments of different sizes (S, M, L).", "a size is a property"),
        ("Quantity", "Recipes have ingredients with quantities.", "a quantity is a property"),
        ("Fare", "Pilots accept rides and enter the fare. A ride has a date.", "a fare that is entered is a property"),
        ("PhoneNumber", "Readers register their phone number for one or more gauges. A gauge has a code.", "a phone number is a property"),
        ("Cooking", "Helpers have skills, e.g. cooking or driving.", "an example is no thing"),
        ("Finished", "When finished, pilots close rides. A ride has a date.", "a participle is no thing"),
        ("LockedEntry", "Clerks write time entries. Auditors export the locked entries.", "a participle says in which state a thing is"),
        ("Minute", "Gauges measure the level every ten minutes. A gauge has a code.", "time is no thing"),
        ("Order", "Albums contain tracks in a given order.", "the manner is no thing"),
        ("Requirement", "## 1. Requirements\n- Pilots manage cranes with a name", "a heading is no thing"),
        ("EuHarbour", "Pilots manage EU harbours with a name.", "where something is says nothing of what it is"),
        ("PciDssCard", "A shop with PCI-DSS card handling. Pilots manage cranes.", "a standard is no thing"),
        ("Crane", "Yard notes of a harbour\nDocks (name, depth) have bollards.", "what the brief does not name"),
        ("RecordBefore", "Pilots keep records before and after each voyage.", "a preposition is no name"),
        ("AcceptedCrane", "A crane has a name. A clerk accepts cranes. Accepted cranes get a date.", "a participle is no thing"),
        ("DataProtection", "A crane has a name. Data protection: GDPR.", "a label of software talk is no thing"),
    ],
)
def test_what_is_no_thing_of_its_own(entity: str, text: str, lost: str) -> None:
    assert entity not in {e.name for e in compile_brief(text).ir.entities}, lost


def test_values_behind_a_colon_within_parentheses() -> None:
    assert columns("Singers and cranes. A crane (name, voice: soprano, alto, bass) is big.")["voice"].enum == ["soprano", "alto", "bass"]
    assert "voice" not in columns("A crane (name, height: decimal, optional) is big.")


def test_what_is_waited_for_is_a_state() -> None:
    found = columns("A crane has a name. A crane is open, in progress, waiting for parts or done.")
    assert found["status"].enum == ["open", "in_progress", "waiting_for_parts", "done"]


def test_what_an_applicant_states_belongs_to_the_application() -> None:
    found = {e.name: [f.name for f in e.fields] for e in compile_brief(
        "Cranes have a name. Pilots apply for a crane with a message. The office rejects applications."
    ).ir.entities}  # fmt: skip
    assert found["Application"][0] == "message"
    assert "message" not in found["Crane"]


def test_a_title_without_a_full_stop_ends_with_its_line() -> None:
    found = compile_brief("Purchasing for a dock\nSuppliers (name, email) offer cranes with a price.").ir
    assert {e.name for e in found.entities} == {"Supplier", "Crane"}


@pytest.mark.parametrize(
    ("text", "states"),
    [
        (
            "A crane has a name. Pilots move a crane from received to designed, milled and shipped.",
            ["received", "designed", "milled", "shipped"],
        ),
        ("A crane has a name. A crane is a draft, open or closed.", ["draft", "open", "closed"]),
    ],
)
def test_states_behind_an_object_and_behind_an_article(text: str, states: list[str]) -> None:
    assert columns(text)["status"].enum == states


@pytest.mark.parametrize("told", ["Pilots move a crane from harbour to dock.", "A crane is a ship, a boat or a raft."])
def test_places_and_kinds_are_no_states(told: str) -> None:
    assert "status" not in columns(f"A crane has a name. {told}")
