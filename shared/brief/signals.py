"""Capabilities, quality targets and integrations that single words or numbers ask for, wherever they stand in a sentence."""

from __future__ import annotations

import re

from shared.brief.draft import Draft, OperationDraft, Span
from shared.brief.lexicon import words
from shared.brief.lexicon.bag import bag
from shared.brief.text import Token
from shared.brief.words import singular
from shared.model import Quality

_UPLOADS = frozenset({"upload", "uploads", "uploaded", "attachment", "attachments", "photo", "photos", "image", "images", "pdf"})
_NOTIFY = bag("""notification notifications notify notifies notified reminder reminders remind reminds alert alerts alerted sms""")
_EXPORTS = bag("export exports exported csv excel spreadsheet")
_SEARCH = frozenset(["search", "searchable", "filter", "filterable"])
_AUDIT = frozenset(["audit", "audited", "auditable"])
_REPORT = bag("report reports dashboard dashboards statistics analytics")
_PROVIDERS: dict[str, str] = {
    "stripe": "payment",
    "paypal": "payment",
    "adyen": "payment",
    "klarna": "payment",
    "braintree": "payment",
    "twilio": "sms",
    "sendgrid": "email",
    "mailchimp": "email",
    "slack": "chat",
    "salesforce": "crm",
    "hubspot": "crm",
    "zapier": "automation",
    "shopify": "shop",
    "quickbooks": "accounting",
    "xero": "accounting",
    "docusign": "signature",
    "okta": "identity",
    "auth0": "identity",
    "keycloak": "identity",
    "s3": "storage",
    "dropbox": "storage",
}
_PAYMENTS = frozenset({"pay", "pays", "payment", "payments", "checkout"})
_OVERLAP = bag(
    """overlap overlaps overlapping double-booking double-bookings overbooking double-booked overbooked clash clashes conflict
    conflicts"""
)
_SLOTS = frozenset({"slot", "slots", "times", "dates", "places", "seats"})
_COUNT = re.compile(
    r"(\d[\d,.]*)\s*(k|thousand|m|million)?\s+(?:(?:concurrent|active|daily|monthly|registered|simultaneous|simulataneous|total)\s+){0,3}users?\b",
    re.IGNORECASE,
)
_LATENCY = re.compile(r"(\d[\d,.]*)\s*(ms|milliseconds?|s|sec|seconds?)\b", re.IGNORECASE)
_LATENCY_CUE = re.compile(r"\b(?:respon|latenc|answer|within|under|p9\d|load time|below|faster)", re.IGNORECASE)
_PERCENT = re.compile(
    r"(\d{2,3}(?:\.\d+)?)\s*%\s*(?:uptime|availab|of the time)|(?:uptime|availability)\D{0,20}?(\d{2,3}(?:\.\d+)?)\s*%", re.IGNORECASE
)


class SignalReader:
    """Looks for words and numbers, sentence by sentence, after the grammar has read them."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.quality: dict[str, int | float] = {}
        self.integrations: dict[str, str] = {}

    def sentence(self, tokens: list[Token], flags: list[bool]) -> None:
        """Take in one sentence; `flags` mark its negated words."""
        for index, token in enumerate(tokens):
            if not flags[index] or token.low in _OVERLAP or token.low in {"booked", "booking", "bookings"}:
                self._word(tokens, index)
        self._denied(tokens, flags)
        self._rules(tokens)
        self._numbers(tokens)

    def _denied(self, tokens: list[Token], flags: list[bool]) -> None:
        """Every run of negated words is a wish that is honoured by leaving something out."""
        index = 0
        while index < len(tokens):
            end = index
            while end < len(tokens) and flags[end]:
                end += 1
            run = tokens[index:end]
            if len(run) > 1 and not any(t.low in _OVERLAP or t.low == "double" for t in run):
                span = run[0].start, run[-1].end
                self.draft.choices.append(
                    (span, f"left out: {self.draft.text[run[0].start : run[-1].end][:120]}", "Leave the negation out to have it.")
                )
            index = max(end, index + 1)

    def _rules(self, tokens: list[Token]) -> None:
        """Conditions on figures and moments need a rule of their own, which no blueprint derives: they are refused aloud."""
        for index in range(len(tokens) - 1):
            if _is_rule(tokens, index):
                end = next((i for i in range(index + 1, len(tokens)) if tokens[i].low in {",", ";", ".", ")", "!", "?"}), len(tokens))
                span = tokens[index].start, tokens[end - 1].end
                if not _LATENCY.search(self.draft.text[span[0] : span[1]]):
                    self.draft.refuse(span, "needs_model", "A condition on figures or moments is a business rule; it is not built by rule.")
                return

    def _word(self, tokens: list[Token], index: int) -> None:
        token = tokens[index]
        low, span = token.low, (token.start, token.end)
        if low in _UPLOADS:
            self._add(
                "upload files",
                "upload",
                span,
                self._entity_near(tokens, index),
                "Upload files with a size limit and a check of their content",
            )
        elif low in _NOTIFY:
            self._add("send notifications", "notification", span, self._entity_near(tokens, index), "Tell users about events")
        elif low in _EXPORTS or (low in {"download", "downloads"} and index + 1 < len(tokens)):
            self._add("export data", "export", span, "", "Export data")
        elif low in _SEARCH:
            self._add("search", "search", span, "", "Search and filter")
        elif low in _AUDIT:
            self._add("audit log", "custom", span, "", "Record who did what")
        elif low in _REPORT and not any(o.kind == "report" for o in self.draft.operations):
            self._add("report", "report", span, self._entity_near(tokens, index), "Figures over the stored data")
        elif low in _OVERLAP or self._asks_for_room(tokens, index):
            self._no_overlap(tokens, index, span)
        elif low in _PAYMENTS and not any(o.name.startswith("pay") for o in self.draft.operations):
            self.draft.operation(OperationDraft("pay online", "custom", "", span, "Take payments"))
        elif low in _PROVIDERS:
            self.integrations[low] = _PROVIDERS[low]
            self.draft.note(span, "integrations", low)

    def _add(self, name: str, kind: str, span: Span, entity: str, description: str) -> None:
        known = next((o for o in self.draft.operations if o.kind == kind and kind != "custom"), None)
        if known is not None:
            self.draft.note(span, "operations", known.name)
            return
        self.draft.operation(OperationDraft(name, kind, entity, span, description))  # type: ignore[arg-type]

    def _entity_near(self, tokens: list[Token], index: int) -> str:
        """The nearest thing named before the word in its sentence, or the first one behind it."""
        for token in (*reversed(tokens[max(0, index - 40) : index]), *tokens[index + 1 : index + 20]):
            key = singular(token.low)
            if key in self.draft.things and self.draft.things[key].weight and token.shape == "word" and key not in words.ABSTRACT:
                return key
        return ""

    def _no_overlap(self, tokens: list[Token], index: int, span: Span) -> None:
        entity = self._entity_near(tokens, index)
        scheduled = [t.key for t in self.draft.things.values() if t.scheduled]
        booked = next(
            (k for k in reversed(self._things_before(tokens, index)) if k in scheduled or k.endswith(("ing", "tion", "ment"))), entity
        )
        name = f"book {booked}".strip()
        if booked in self.draft.things:
            self.draft.things[booked].scheduled = True
        self.draft.operation(
            OperationDraft(
                name, "booking", booked, span, f"Refuse a {booked or 'booking'} that overlaps another one", (), (("no_overlap", True),)
            )
        )

    def _asks_for_room(self, tokens: list[Token], index: int) -> bool:
        """ "double booked", "free slots", "check availability", "up to the capacity" of something that is booked."""
        low, before = tokens[index].low, {t.low for t in tokens[max(0, index - 3) : index]}
        if low in {"booked", "booking", "bookings"} and index and tokens[index - 1].low == "double":
            return True
        if not any(t.scheduled for t in self.draft.things.values()):
            return False
        if low in _SLOTS and index and tokens[index - 1].low in {"free", "available", "open"}:
            return True
        if low == "capacity":
            return bool(before & {"to", "exceed", "exceeds", "exceeding", "over", "beyond", "within"})
        return low in {"availability", "availabilities"} and not before & {"high", "%"}

    def _things_before(self, tokens: list[Token], index: int) -> list[str]:
        keys = [singular(t.low) for t in tokens[max(0, index - 40) : index]]
        return [k for k in keys if k in self.draft.things]

    def _numbers(self, tokens: list[Token]) -> None:
        start, end = tokens[0].start, min(tokens[-1].end, tokens[0].start + 4000)
        text = self.draft.text[start:end]
        if not any(c.isdigit() for c in text):
            return
        for match in _COUNT.finditer(text):
            factor = {"k": 1000, "thousand": 1000, "m": 1_000_000, "million": 1_000_000}.get((match[2] or "").lower(), 1)
            self._target("users", _number(match[1]) * factor, (start + match.start(), start + match.end()))
        latency = _LATENCY.search(text)
        if latency and _LATENCY_CUE.search(text):
            factor = 1 if latency[2].lower().startswith("m") else 1000
            self._target("latency_ms", _number(latency[1]) * factor, (start + latency.start(), start + latency.end()))
        percent = _PERCENT.search(text)
        if percent:
            self._target("availability", float(percent[1] or percent[2]), (start + percent.start(), start + percent.end()))

    def _target(self, name: str, value: float, span: Span) -> None:
        if value <= 0 or value > 10**12 or (name == "availability" and value > 100):
            return
        self.quality.setdefault(name, value if name == "availability" else int(value))
        self.draft.note(span, "quality", name)

    def result(self) -> Quality:
        """The stated targets."""
        return Quality.model_validate(self.quality)


def _number(text: str) -> float:
    plain = text.replace(",", "").rstrip(".")
    return float(plain) if plain.count(".") <= 1 and plain else 0.0


_BOUND = frozenset(["over", "under", "above", "below", "exceed", "exceeds", "within"])
_ONLY = frozenset(["if", "when", "after", "before", "within", "once"])


def _is_rule(tokens: list[Token], index: int) -> bool:
    """True when a condition begins at `index`: "up to two hours before", "at most 3", "only if", "unless", "over 1000 EUR"."""
    low, following = tokens[index].low, tokens[index + 1].low
    third = tokens[index + 2] if index + 2 < len(tokens) else None
    if low == "unless" or (low == "only" and following in _ONLY):
        return True
    number = third is not None and (third.shape == "number" or third.low in _NUMBERS)
    if (low, following) in {
        ("up", "to"),
        ("at", "most"),
        ("at", "least"),
        ("more", "than"),
        ("less", "than"),
        ("fewer", "than"),
        ("later", "than"),
    }:
        return number and not (third is not None and third.low.endswith("%"))
    return (
        low in _BOUND
        and tokens[index + 1].shape == "number"
        and third is not None
        and not third.low.startswith(("ms", "milli", "sec", "user"))
    )


_NUMBERS = frozenset(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty"])
