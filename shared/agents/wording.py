"""What the API's description says about an entity: one wording for the contract, the code's docstrings and the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.blueprints import Code, doc

_OF_ENTITY = {
    "list": "List {titles}: search, filter, sort and page through them.",
    "create": "Create {one}.",
    "get": "Get {one}.",
    "update": "Change the fields of {one} that are sent.",
    "delete": "Delete {one}.",
    "move": "Move {one} to another state.",
    "moves": "List the moves that {one} has made, the oldest first.",
    "Create": "What it takes to create {one}.",
    "Update": "What can be changed of {one}. A field that is left out stays as it is.",
    "Read": "{One} as it is stored.",
    "Page": "Some {titles}, and the cursor of the next page.",
    "MoveRead": "A move that {one} has made: from which state to which, when and by whom.",
    "MovePage": "Some moves of {one}, and the cursor of the next page.",
}
_BELOW = {
    "get": "Get the {other} of {one}.",
    "list": "List the {others} of {one}.",
    "listed": "List the {others} that are linked to {one}.",
    "link": "Link {one} to {another}.",
    "unlink": "Take the link between {one} and {another} away.",
}
_VOWEL = re.compile(r"[aeiou]|hour|heir|honest|honou?r")
_CONSONANT = re.compile(r"uni(?!n)|us[aeiu]|u[bkt][aeiou]|eu|one\b|once")
_LONGEST = 112
OWN_TAGS = (
    ("auth", "Registering, signing in and out, and the own account."),
    ("accounts", "Everyone's accounts and roles, for administrators."),
    ("health", "Probes and metrics."),
)
GUIDE = (
    "Sign in with `POST /auth/login` and send the access token as `Authorization: Bearer ...`.",
    "Lists are paged: send `next_cursor` as `cursor` until it is null.",
    "Errors are problem details (RFC 9457, `application/problem+json`).",
)


def article(noun: str) -> str:
    """`a pet`, `an order`; by sound, as far as the letters tell: `a user`, `an hour`."""
    an = _VOWEL.match(noun) is not None and _CONSONANT.match(noun) is None
    return f"{'an' if an else 'a'} {noun}"


def entity_wording(title: str, titles: str) -> Mapping[str, Code]:
    """Verb or schema -> sentence. `title` and `titles`: the entity's name in words, singular and plural."""
    one = article(title)
    return {key: doc(text.format(titles=titles, one=one, One=one[:1].upper() + one[1:]), _LONGEST) for key, text in _OF_ENTITY.items()}


def below_wording(title: str, other: str, others: str, linked: bool) -> Mapping[str, Code]:
    """Verb -> sentence about a route below a row of the entity `title`, which shows rows of `other`."""
    values = {"one": article(title), "other": other, "others": others, "another": article(other)}
    texts = _BELOW | ({"list": _BELOW["listed"]} if linked else {})
    return {verb: doc(text.format(**values), _LONGEST) for verb, text in texts.items()}


def listed(words: list[str], most: int = 6) -> str:
    """`a`, `a and b`, `a, b and c`; what is above `most` is counted."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
