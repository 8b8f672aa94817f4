"""Briefs that are refused as a whole: nothing that a web application or an API could be."""

from __future__ import annotations

import re
from itertools import pairwise

from shared.brief.lexicon import stackwords, words
from shared.brief.lexicon.bag import bag
from shared.brief.text import Token
from shared.brief.words import is_plural, verb
from shared.model import InputError, RefusedError

MAX_BRIEF_BYTES = 65536
_STRONG_WEB = bag(
    """api apis web website webapp backend rest restful graphql microservice portal saas crm erp database dashboard endpoint
    endpoints cms"""
)
_GAME = bag(
    """game games videogame shooter platformer roguelike tetris pong minesweeper chess arcade rpg mmorpg mmo sudoku solitaire hangman
    tic-tac-toe royale"""
)
_OTHER: dict[str, tuple[str, str]] = {
    "mobile": ("QLF1006", "a mobile app"),
    "desktop": ("QLF1006", "a desktop application"),
    "terminal": ("QLF1006", "a program for the terminal"),
    "command-line": ("QLF1006", "a command line tool"),
    "cli": ("QLF1006", "a command line tool"),
    "plugin": ("QLF1006", "a plug-in"),
    "extension": ("QLF1006", "an extension"),
    "firmware": ("QLF1006", "firmware"),
    "script": ("QLF1006", "a script"),
    "library": ("QLF1006", "a code library"),
    "bot": ("QLF1006", "a bot"),
    "chatbot": ("QLF1006", "a bot"),
    "presentation": ("QLF1006", "a presentation"),
    "spreadsheet": ("QLF1006", "a spreadsheet"),
    "poster": ("QLF1006", "a picture"),
    "mod": ("QLF1006", "a mod of a game"),
    "macro": ("QLF1006", "a macro"),
    "compiler": ("QLF1006", "a compiler"),
    "emulator": ("QLF1006", "an emulator"),
    "screensaver": ("QLF1006", "a screensaver"),
    "wallpaper": ("QLF1006", "a picture"),
    "logo": ("QLF1006", "a picture"),
    "slides": ("QLF1006", "a presentation"),
    "plug-in": ("QLF1006", "a plug-in"),
    "addon": ("QLF1006", "an extension"),
    "add-on": ("QLF1006", "an extension"),
}
_TEXTS = bag(
    """poem essay story letter song novel speech article joke lyrics haiku summary email blogpost paragraph recipe cv resume slogan
    tweet caption translation"""
)
_FOREIGN = bag(
    """der das und für mit eine einer ist nicht wir bitte zur zum von les des pour avec une est nous dans el los las para con una por
    que del il di che uno gli een het voor niet wij och för som att lorem ipsum dolor amet
    ein einen einem jeder jede jedes hat haben wird werden sind auch oder im auf bei nach sich kann können soll sollen
    un le du au aux chaque sont ont peuvent doit doivent qui sur leurs cada tiene tienen pueden puede ser um uma os tem são podem
    sono ogni hanno deve possono ha elke heeft hebben worden moet een met zijn ett har varje kan ska jest są oraz się dla"""
)
_PAIRS: dict[str, str] = {
    "smart contract": "a smart contract",
    "neural network": "a trained model",
    "operating system": "an operating system",
    "device driver": "a device driver",
    "kernel driver": "a device driver",
    "component library": "a code library",
    "slide deck": "a presentation",
}
_MAKING = bag("make create produce edit record draw design film shoot cut")
_MEDIA = bag("""video song picture image drawing photo animation infographic flyer podcast banner illustration painting
    film movie trailer jingle melody
    soundtrack brochure advert""")
_MACHINERY = bag("cluster kubernetes vpn nginx pipeline docker firewall dns router")
# Where games are sold, lent or talked about.
_TRADE = bag("shop store club league rental selling cafe convention library collection catalog catalogue marketplace tracker")
# What a program for a single task is called.
_ROUTINES = bag(
    """function algorithm method regex query loop snippet macro one-liner formula sort quicksort mergesort parser subroutine routine tests
    test class"""
)
_SNIPPETS = bag("regex function algorithm snippet query one-liner subroutine")
# Openings of requests that want an answer or a deed and no application.
_ERRANDS = bag("explain solve translate summarise summarize prove draw sing tell paint train convert compute answer")
_QUESTIONS = bag("what who why how when where which is are does do did")
_FAULTS = bag("bug bugs error errors crash crashes broken exception exceptions fails failing leak")
_COURTESY = bag("please can could you help me i we need want to us kindly would like")
_CHANGE = bag("""fix refactor debug migrate upgrade rewrite port optimise optimize patch improve modernize modernise""")
_EXISTING = bag("existing current my our this legacy")
_CODE = bag(
    """
    bug bugs code codebase dashboard portal platform system software project backend frontend ui api app application website site
    repository repo program project button page login test tests function class crash error"""
)
_ENGLISH = bag(
    """the a an and or of to for with in on by is are can has have that this from as it we i build create make app api rest system
    application users user manage track each many should must will their all no not need service platform"""
)


def check_text(text: str) -> None:
    """Refuse what is no text: raises InputError QLF1001 (too large), QLF1002 (not plain text)."""
    if len(text) > MAX_BRIEF_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BRIEF_BYTES:
        raise InputError("QLF1001", f"The brief is larger than {MAX_BRIEF_BYTES} bytes of UTF-8.")
    if re.search("[\ud800-\udfff\x00-\x08\x0e-\x1f\x7f]", text):
        raise InputError("QLF1002", "The brief holds characters that are no text (control characters or lone surrogates).")
    if not text.strip():
        raise RefusedError("QLF1003", "The brief is empty.")
    if not re.search(r"[^\W\d_]{2}", text):
        raise RefusedError("QLF1004", "The brief holds no words.")


def check_purpose(sentences: list[list[Token]]) -> None:
    """Refuse a brief that asks for something else than a web application or an API: RefusedError QLF1005 to QLF1008."""
    lows = [t.low for s in sentences[:3] for t in s if t.shape == "word"]
    if not lows:
        raise RefusedError("QLF1004", "The brief holds no words.")
    _check_change(lows)
    _check_words(sentences)
    head = _head(sentences[0])
    _check_platform(sentences[0], lows)
    _check_errand(sentences[0], lows, head)
    if _is_game(head) and not set(lows) & _STRONG_WEB:
        raise RefusedError("QLF1005", "The brief asks for a game, not for a web application or an API.")
    opening = next((w for w in lows if w not in _COURTESY), "")
    if opening in {"write", "compose"} and ((head[-1:] and head[-1] in _TEXTS) or (set(head) & _TEXTS and not set(lows) & _STRONG_WEB)):
        raise RefusedError("QLF1006", "The brief asks for a text, not for a web application or an API.")
    if opening in _MAKING | {"write", "compose"} and head[-1:] and head[-1] in _MEDIA:
        raise RefusedError("QLF1006", "The brief asks for media, not for a web application or an API.")
    if opening in {"set", "configure", "install", "deploy"} and set(head) & _MACHINERY and not set(lows) & _STRONG_WEB:
        raise RefusedError("QLF1006", "The brief asks for machines to be set up, not for a web application or an API.")
    _check_kind(lows, head)


def _is_game(head: list[str]) -> bool:
    """ "a chess game", "a tetris clone"; a shop that sells games is none."""
    if not head or set(head) & _TRADE:
        return False
    return (
        "multiplayer" in head
        or head[-1] in _GAME
        or (head[-1] in {"clone", "engine", "remake", "adventure", "simulator"} and bool(set(head) & (_GAME | {"text"})))
    )


def _check_words(sentences: list[list[Token]]) -> None:
    """A few words that no English sentence or list is made of ask for nothing."""
    tokens = [t for s in sentences for t in s]
    known = words.DETERMINERS | words.PREPOSITIONS | words.APP_NOUNS | words.MANAGEMENT | words.ABSTRACT | words.PRONOUNS | _ENGLISH
    if len(tokens) < 12 and not any(
        t.low in known or (t.shape == "punct" and t.low in ",:") or is_plural(t.low) or verb(t.low) or t.low in stackwords.ALL
        for t in tokens
    ):
        raise RefusedError("QLF1008", "No statement that asks for an application was found.")


def _check_platform(first: list[Token], lows: list[str]) -> None:
    """ "for Windows", "on macOS": a program for one operating system."""
    named = any(a.low in {"for", "on"} and b.text in {"Windows", "macOS", "MacOS", "Linux"} for a, b in pairwise(first))
    if named and not set(lows) & (_STRONG_WEB | {"server", "servers"}):
        raise RefusedError("QLF1006", "The brief asks for a desktop program, not for a web application or an API.")


def _check_errand(first: list[Token], lows: list[str], head: list[str]) -> None:
    """A question, a deed or a routine is not an application: "Solve this", "What is ...?", "Write a function that ..."."""
    if set(lows) & (_STRONG_WEB | {"app", "application", "platform", "system", "tool"}):
        return
    opening = next((w for w in lows if w not in _COURTESY), "")
    errand = opening in _ERRANDS or (
        opening in {"plan", "book", "find", "recommend", "order", "buy", "teach"} and bool({"my", "me"} & set(lows[:4]))
    )
    errand = errand or (lows[0] in _QUESTIONS and first[-1].low == "?")
    routine = opening in {"generate", "create", "make", "give", "build"} and bool(head) and head[-1] in _SNIPPETS
    coded = routine or (opening in {"write", "implement", "code", "program"} and bool(head) and head[-1] in _ROUTINES | {"program"})
    if errand or coded or (opening in {"write", "implement"} and "explain" in lows):
        raise RefusedError("QLF1006", "The brief asks for an answer or a single routine, not for a web application or an API.")
    if opening == "give" and "recipe" in head:
        raise RefusedError("QLF1006", "The brief asks for a text, not for a web application or an API.")


def _head(sentence: list[Token]) -> list[str]:
    """The words of the first sentence up to its first preposition, colon or comma, behind "build me a"."""
    head: list[str] = []
    for token in sentence[:25]:
        if token.low in {"for", "with", "in", "that", "where", "which", ":", ",", ".", "to", "using", "of", "(", "about", "on"} and head:
            break
        if token.shape == "word":
            head.append(token.low)
    return head


def _check_kind(lows: list[str], head: list[str]) -> None:
    if set(head) & _STRONG_WEB or set(lows) & (_STRONG_WEB - {"web"}):
        return
    joined = " ".join(lows)
    if (pair := " ".join(head[-2:])) in _PAIRS:
        raise RefusedError("QLF1006", f"The brief asks for {_PAIRS[pair]}, not for a web application or an API.")
    for word, (code, what) in _OTHER.items():
        asked = head and (head[-1] == word or (word in head and word in {"desktop", "cli", "command-line"}) or _mobile(head, word))
        if asked and word == "library" and not {"python", "javascript", "npm", "code"} & set(lows):
            continue
        if asked or (word == "command-line" and "command line" in joined):
            raise RefusedError(code, f"The brief asks for {what}, not for a web application or an API.")
    if {"ios", "android"} & set(lows) and not set(lows) & {"web", "api", "backend"} and len(lows) < 40:
        raise RefusedError("QLF1006", "The brief asks for a mobile app, not for a web application or an API.")


def _mobile(head: list[str], word: str) -> bool:
    """ "a mobile app"; "mobile mechanics" drive around."""
    kinds = words.APP_NOUNS | {"client", "apps", "clients"}
    return word == "mobile" and any(a == word and b in kinds for a, b in pairwise(head))


def _check_change(lows: list[str]) -> None:
    first = next((w for w in lows if w not in _COURTESY), "")
    around = lows[:14]
    if first in {"add", "remove", "change", "update", "extend"} and _names_ours(around):
        raise RefusedError(
            "QLF1007", "The brief asks for a change to something that exists; a new application is built from its own brief."
        )
    if first in _CHANGE and (set(around) & _EXISTING or set(around) & _CODE):
        raise RefusedError(
            "QLF1007", "The brief asks for a change to something that exists; a new application is built from its own brief."
        )
    begun = lows[:25]
    if set(begun) & {"fix", "debug", "repair"} and set(begun) & _FAULTS and set(begun[:8]) & {"my", "our", "this", "existing"}:
        raise RefusedError(
            "QLF1007", "The brief asks for a change to something that exists; a new application is built from its own brief."
        )
    for index, low in enumerate(around[:-1]):
        if (
            low in {"existing", "legacy"}
            and set(lows[index : index + 3]) & _CODE
            and first in {"add", "change", "update", "extend", "remove", "make", *_CHANGE}
        ):
            raise RefusedError(
                "QLF1007", "The brief asks for a change to something that exists; a new application is built from its own brief."
            )


def _names_ours(lows: list[str]) -> bool:
    """ "to my app", "of our website": the application is there already."""
    return any(
        a in {"to", "in", "from", "of", "on"} and b in {"my", "our", "this"} and set(lows[i + 2 : i + 5]) & _CODE
        for i, (a, b) in enumerate(pairwise(lows))
    )


def check_language(sentences: list[list[Token]]) -> None:
    """Refuse a brief whose function words are of another language than English: RefusedError QLF1009."""
    lows = [t.low for s in sentences for t in s if t.shape == "word"]
    foreign = sum(low in _FOREIGN for low in lows)
    if foreign > 1 and foreign > sum(low in _ENGLISH for low in lows):
        raise RefusedError("QLF1009", "The brief is not in English.")
