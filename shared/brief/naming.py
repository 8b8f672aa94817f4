"""What the app is called and which field of work it is in."""

from __future__ import annotations

import re

from shared.brief.draft import Draft
from shared.brief.lexicon import stackwords, words
from shared.brief.lexicon.bag import bag
from shared.brief.text import Token
from shared.brief.words import ascii_fold, title
from shared.model import OverlayChoice

_CALLED = re.compile(r"\b(?:called|named|titled)\s+[\"“'*`]?([A-Z][\w&-]*(?:\s+[A-Z0-9][\w&-]*){0,4})")
_DROP = words.ADJECTIVES | words.DETERMINERS | bag("rest restful api graphql compliant pci-dss hipaa gdpr pci please")
_EDGES = frozenset({"for", "in", "with", "of", "and", "to", "using", "on", "by", "go"})
_DOMAINS: dict[str, frozenset[str]] = {
    "education": bag("school university course courses curriculum classroom education pupils lecture lectures"),
    "logistics": bag("logistics shipment shipments freight warehouse warehouses parcels"),
    "hr": bag("hr payroll recruiting recruitment onboarding"),
    "real_estate": bag("real-estate realtor landlord landlords tenancy"),
    "government": bag("government municipal municipality citizens permits"),
    "insurance": frozenset(["insurance", "insurer", "policyholder", "policyholders"]),
    "hospitality": frozenset(["hotel", "hotels", "restaurant", "restaurants"]),
}


def app_name(draft: Draft, first_entity: str) -> str:
    """The name: as stated ("called X"), else the phrase that says what to build, else after the first entity."""
    called = _CALLED.search(draft.text)
    if called:
        return called[1][:60]
    parts = [w for w in re.findall(r"[^\W_][\w'’&-]*", draft.title) if w.lower() not in _DROP and w.lower() not in stackwords.CERTAIN]
    while parts and parts[0].lower() in _EDGES:
        parts.pop(0)
    while parts and parts[-1].lower() in _EDGES:
        parts.pop()
    while parts and parts[-1].lower() in {"app", "application", "system", "software"} and len(parts) > 1:
        parts.pop()
    name = title(" ".join(parts[:6]))
    if not name or (len(parts) == 1 and parts[0].lower() in words.APP_NOUNS and not parts[0].isupper()) or not ascii_fold(name):
        return f"{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', ' ', first_entity)} App"
    return name[:60].strip()


def slug_of(name: str) -> str:
    """The name in lower-case ASCII words joined by hyphens, at most 40 characters, starting with a letter."""
    slug = "-".join(ascii_fold(name).lower().split())[:40].strip("-")
    return slug if slug[:1].isalpha() else f"app-{slug}".strip("-")


def domain_of(overlays: list[OverlayChoice], sentences: list[list[Token]]) -> str:
    """The field of work: of an industry overlay, else the one with the most words, else `general`."""
    for choice in overlays:
        if choice.name in {"healthcare", "fintech", "ecommerce"} and choice.decision != "ignored":
            return choice.name
    counts = {name: sum((2 - (n > 0)) * (t.low in known) for n, s in enumerate(sentences) for t in s) for name, known in _DOMAINS.items()}
    best = max(sorted(counts), key=lambda n: counts[n])
    return best if counts[best] > 1 else "general"
