"""The two documents that a person opens first: what was built, and how to check it.

Text from the brief is data: it is cut, joined to one line and escaped, so it cannot become a heading, a link or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.capsule.records import CapsuleInputs
from shared.model import Clause, Entity, Fate, Verdict

_INLINE = re.compile(r"([\\`*_\[\]<>|~&@!$])|(?<=www)(?=\.)|(?<=:)(?=//)")
_BLOCK = re.compile(r"^(?=[#+=-])|^(\d+)(?=[.)](?: |$))")
# Written out, because Python releases disagree on which characters are printable.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_LONGEST = 300


def summary(inputs: CapsuleInputs) -> str:
    """`docs/SUMMARY.md`: what was built, assumed and refused, and which gates looked at it."""
    counts = inputs.ledger.counts()
    parts = [
        f"# {escaped(inputs.name)} {escaped(inputs.version)}",
        escaped(inputs.ir.summary) if inputs.ir.summary else "",
        f"Of {sum(counts.values())} clauses of the brief, {counts['built']} were built, {counts['assumed']} assumed, "
        f"{counts['refused']} refused and {counts['context']} ask for nothing.",
        "## What was built",
        _table(("thing", "fields", "states"), (_entity_row(entity) for entity in inputs.ir.entities)),
        _names("Roles", (role.name for role in inputs.ir.roles)),
        _names("Operations", (operation.name for operation in inputs.ir.operations)),
        _list(inputs.ledger.clauses, "built"),
        "## What was assumed",
        _list(inputs.ledger.clauses, "assumed", *(_assumption(a.ir_path, a.default, a.advice) for a in inputs.ledger.assumptions)),
        "## What was refused",
        _list(inputs.ledger.clauses, "refused"),
        "## Gates",
        _table(
            ("gate", "outcome", "required", "tool"),
            ((v.gate, v.outcome, "yes" if v.required else "no", f"{v.tool} {v.tool_version}") for v in _by_gate(inputs)),
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def how_to_verify(inputs: CapsuleInputs) -> str:
    """`docs/VERIFY.md`: the commands that check this capsule, offline."""
    stem = f"{inputs.slug}-{inputs.version}"
    return f"""# How to verify this capsule

Keep `{stem}.qlcapsule` and the files `{stem}.*.sigstore.json` in one folder, then:

```
qlf verify {stem}.qlcapsule
```

It works offline. It checks that the archive is in its canonical form, that every file is the one `manifest.json` lists, that every
required gate passed, and that provenance, every gate's result and the summary are signed, by a key you know, for exactly these bytes.
With `--key PUBLIC.pem` the signer is that key; without it, one of the keys in your own data folder.

The identity of the capsule is the SHA-256 of the tar inside the gzip member:

```
gunzip -c < {stem}.qlcapsule | sha256sum
```

Every bundle names that digest under `subject`. To read what a bundle says, without checking it:

```
python3 - {stem}.provenance.sigstore.json <<'END'
import base64, json, sys
print(base64.b64decode(json.load(open(sys.argv[1]))["dsseEnvelope"]["payload"]).decode())
END
```
"""


def escaped(text: str) -> str:
    """`text` as one line of inert Markdown, at most 300 characters."""
    line = " ".join(_INVISIBLE.sub(" ", text).split())
    cut = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    inert = _INLINE.sub(lambda match: "\\" + (match[1] or ""), cut)
    return _BLOCK.sub(lambda match: (match[1] or "") + "\\", inert)


def _by_gate(inputs: CapsuleInputs) -> list[Verdict]:
    return sorted(inputs.verdicts, key=lambda verdict: verdict.gate)


def _entity_row(entity: Entity) -> tuple[str, ...]:
    states = [entity.states.initial, *(t.to for t in entity.states.transitions)] if entity.states else []
    return entity.name, ", ".join(f.name for f in entity.fields), ", ".join(dict.fromkeys(states))


def _names(title: str, names: Iterable[str]) -> str:
    said = ", ".join(escaped(name) for name in names)
    return f"{title}: {said}." if said else ""


def _list(clauses: Iterable[Clause], fate: Fate, *more: str) -> str:
    lines = [_clause(clause) for clause in clauses if clause.fate == fate]
    return "\n".join([*lines, *more]) or "Nothing."


def _clause(clause: Clause) -> str:
    notes = [clause.reason, f"taken: {clause.default}" if clause.default else "", clause.advice]
    said = " ".join(escaped(note) for note in notes if note)
    return f"- {escaped(clause.text)}" + (f" — {said}" if said else "")


def _assumption(path: str, default: str, advice: str) -> str:
    return f"- {escaped(path)}: {escaped(default)}. {escaped(advice)}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    body = ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *body]) if body else ""
