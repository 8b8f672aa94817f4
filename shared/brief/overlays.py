"""Which compliance and industry overlays a brief calls for, by words, with the spans that say so."""

from __future__ import annotations

from shared.brief.draft import Draft, Span
from shared.brief.lexicon.bag import bag
from shared.brief.text import Token
from shared.model import OverlayChoice

# name -> (words that name it, words that hint at it); a hint counts only beside another one.
_NAMED: dict[str, frozenset[str]] = {
    "hipaa": frozenset({"hipaa", "phi", "ephi", "protected health information"}),
    "gdpr": frozenset({"gdpr", "dsgvo", "general data protection regulation", "right to be forgotten", "data subject", "data subjects"}),
    "pci": frozenset({"pci", "pci-dss", "pci dss", "cardholder data", "cardholder"}),
    "healthcare": frozenset(
        {"healthcare", "health care", "hospital", "hospitals", "medical records", "medical record", "health records", "telemedicine"}
    ),
    "fintech": frozenset(
        {
            "fintech",
            "banking",
            "online banking",
            "neobank",
            "brokerage",
            "money transfer",
            "payment processing",
            "payment gateway",
            "stock trading",
        }
    ),
    "ecommerce": frozenset(
        {"ecommerce", "e-commerce", "online store", "online shop", "webshop", "web shop", "shopping cart", "marketplace", "storefront"}
    ),
}
_HINTS: dict[str, frozenset[str]] = {
    "healthcare": bag(
        """medical clinical physician physicians surgeon surgeons nurse nurses diagnosis diagnoses medication medications clinic clinics
    ward wards vaccination"""
    ),
    "fintech": bag(
        """bank banks loan loans lending mortgage mortgages trading investment investments portfolio portfolios transactions iban kyc
    aml remittance fraud credit"""
    ),
    "ecommerce": bag("""cart carts checkout products product orders order catalog catalogue shipping sku retail shoppers discounts"""),
    "gdpr": frozenset(),
    "hipaa": frozenset(),
    "pci": frozenset(),
}
_BLOCK = {"healthcare": bag("veterinary vet vets animal animals pet pets plant plants")}
_NEEDS = {"hipaa": "healthcare", "pci": "fintech"}
_COMPLIANCE = frozenset({"hipaa", "gdpr", "pci"})
_UNKNOWN = bag("sox soc2 soc-2 ferpa coppa fedramp mifid ccpa iso27001 iso-27001 nist glba nis2 dora")
THRESHOLD = 0.5


def _by_first() -> dict[str, list[tuple[list[str], str]]]:
    table: dict[str, list[tuple[list[str], str]]] = {}
    for name in sorted(_NAMED):
        for phrase in sorted(_NAMED[name]):
            table.setdefault(phrase.split()[0].split("-")[0], []).append((phrase.split(), name))
    return table


_BY_FIRST = _by_first()
_HINT_OF = {word: name for name, known in _HINTS.items() for word in known}


class OverlayReader:
    """Collects the evidence sentence by sentence."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.named: dict[str, list[Span]] = {}
        self.hints: dict[str, dict[str, Span]] = {}
        self.denied: dict[str, list[Span]] = {}
        self.blocked: set[str] = set()

    def sentence(self, tokens: list[Token], flags: list[bool]) -> None:
        """Take in one sentence; `flags` mark its negated words."""
        lows = [t.low for t in tokens]
        for index, token in enumerate(tokens):
            self._phrases(tokens, lows, index, flags[index])
            hinted = _HINT_OF.get(token.low)
            if hinted and not flags[index]:
                self.hints.setdefault(hinted, {}).setdefault(token.low.rstrip("s"), (token.start, token.end))
            for name, words in _BLOCK.items():
                if token.low in words:
                    self.blocked.add(name)
            if token.low in _UNKNOWN and not flags[index]:
                self.draft.refuse(
                    (token.start, token.end), "unsupported_compliance", f"There is no overlay for {token.text}; its controls are not built."
                )

    def _phrases(self, tokens: list[Token], lows: list[str], index: int, negative: bool) -> None:
        for phrase, name in _BY_FIRST.get(lows[index].split("-")[0], ()):
            count = len(phrase)
            spoken = lows[index : index + count] == phrase or (
                count == 1 and lows[index].startswith(f"{phrase[0]}-") and name in _COMPLIANCE
            )
            if spoken:
                span = tokens[index].start, tokens[index + count - 1].end
                found = (self.denied if negative else self.named).setdefault(name, [])
                if span not in found[-1:]:
                    found.append(span)

    def result(self) -> list[OverlayChoice]:
        """The overlays by name, with what they need; a denied one is kept as ignored."""
        found = {name: choice for name in sorted(_NAMED) if (choice := self._choice(name))}
        for name, needed in _NEEDS.items():
            if name in found and found[name].decision != "ignored" and needed not in found and needed not in self.denied:
                found[needed] = OverlayChoice(name=needed, confidence=0.8, decision="required", evidence=found[name].evidence)
        for name, choice in sorted(found.items()):
            for span in choice.evidence:
                if choice.decision == "ignored":
                    self.draft.choices.append((span, f"{name} left out", f"Ask for {name} to have its controls."))
                else:
                    self.draft.note(span, "overlays", name)
        return [found[name] for name in sorted(found)]

    def _choice(self, name: str) -> OverlayChoice | None:
        named, hints = self.named.get(name, []), self.hints.get(name, {})
        if name in self.denied and not named:
            return OverlayChoice(name=name, confidence=0.9, decision="ignored", evidence=self.denied[name][:8])
        if named:
            confidence = 0.95 if name in _COMPLIANCE else min(0.9, 0.7 + 0.05 * len(hints))
            return OverlayChoice(
                name=name, confidence=round(confidence, 2), decision="required" if name in _COMPLIANCE else "suggested", evidence=named[:8]
            )
        if len(hints) < 3 or name in self.blocked:
            return None
        confidence = min(0.7, 0.35 + 0.07 * len(hints))
        return (
            OverlayChoice(name=name, confidence=round(confidence, 2), decision="suggested", evidence=sorted(hints.values())[:8])
            if confidence >= THRESHOLD
            else None
        )
