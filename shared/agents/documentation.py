"""The agent `documentation`: a README that works when it is followed, and what an operator and a client need to know."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from shared.agents.columns import FieldDesign
from shared.agents.design import AppDesign, EntityDesign, design
from shared.agents.examples import create_example
from shared.agents.links import LinkDesign
from shared.agents.proofs import NUMBERS, limits
from shared.agents.references import ParentDesign
from shared.agents.wording import article
from shared.blueprints import Code, doc, path, render_tree
from shared.model import AgentRequest, AgentResult

NOTHING = Code("nothing")
_PLAIN_BODY = re.compile(r"\{[\w \"{}:,.@/+-]+\}", re.ASCII)
TYPES = {
    "string": "text", "text": "long text", "integer": "whole number", "decimal": "decimal, as text", "money": "amount, as text",
    "boolean": "true or false", "date": "date", "datetime": "date and time with offset", "time": "time of day", "uuid": "UUID",
    "email": "e-mail address", "phone": "telephone number", "url": "URL", "json": "JSON object",
}  # fmt: skip


@dataclass(frozen=True)
class Pages:
    """What the pages say about the design, as Markdown that no text of a brief can break."""

    app: AppDesign

    def may(self, role: str, entity: EntityDesign) -> Code:
        """What a role may do with an entity: `read, update (own rows)`."""
        rights = self.app.rights.get(role, {}).get(str(entity.cls), {})
        if role == "admin":
            return Code("everything")
        return Code(", ".join(o if scope == "all" else f"{o} (own rows)" for o, scope in rights.items())) or NOTHING

    def roles(self, names: tuple[str, ...]) -> Code:
        """Role names in a row; none named: whoever may update."""
        return Code(", ".join(doc(n) for n in names)) if names else Code("whoever may update")

    def kind(self, field: FieldDesign) -> Code:
        """A field's type and limits in words."""
        if field.enum is not None:
            return Code("one of: " + ", ".join(doc(v, 70) for v in field.enum.values))
        low, high = limits(field)
        words = TYPES.get(field.ir.type, field.ir.type)
        if field.ir.type in ("string", "text"):
            return Code(f"{words}, {low} to {high} characters")
        bounds = (
            [f"from {_plain(low)}" if low is not None else "", f"to {_plain(high)}" if high is not None else ""]
            if field.ir.type in NUMBERS
            else []
        )
        return Code(", ".join([words, " ".join(b for b in bounds if b)]).rstrip(", "))

    def rules(self, field: FieldDesign) -> Code:
        """What else holds for a field."""
        found = ["required" if field.required and field.default is None else "optional"]
        found += ["unique"] * field.unique + ["write only"] * field.secret + ["changed by transitions only"] * field.state
        return Code(", ".join(found))

    def belongs(self, entity: EntityDesign, parent: ParentDesign) -> Code:
        """To what each row belongs, and what becomes of it when that is deleted."""
        other = self.app.entity(parent.target)
        what = f"Each {entity.title} {'belongs' if parent.required else 'may belong'} to {article(other.title)}"
        gone = {
            "cascade": f"deleting {article(other.title)} deletes its {entity.titles} too",
            "set_null": f"deleting {article(other.title)} leaves its {entity.titles} without one",
        }.get(parent.on_delete, f"{article(other.title)} that still has {entity.titles} cannot be deleted")
        return Code(f"{doc(what)} (`{parent.column}`); {doc(gone, 120)}.")

    def linked(self, link: LinkDesign) -> Code:
        """Both ends of a many-to-many relation."""
        left, right = self.app.entity(link.left), self.app.entity(link.right)
        return Code(f"{doc(f'Each {left.title} is linked to any number of {right.titles}, and the other way round', 150)}.")

    @property
    def sample(self) -> EntityDesign | None:
        """The first entity of which a row can be made at once, with a body that is plain enough for a shell and a page."""
        able = [e for e in self.app.entities if not any(p.required for p in e.parents)]
        return next((e for e in able if _PLAIN_BODY.fullmatch(_example(e))), None)

    @property
    def sample_body(self) -> Code:
        """Its example as an argument of a shell command."""
        return Code(f"'{_example(self.sample)}'" if self.sample else "")

    def title(self, cls: Code) -> Code:
        """An entity's name in words."""
        return doc(self.app.entity(cls).title)

    def nested(self, entity: EntityDesign) -> list[Code]:
        """Routes below a row: what refers to it, and what is linked to it."""
        return [path(f"{entity.path}/{{id}}{n.path}") for n in entity.nested]

    def links(self, entity: EntityDesign) -> list[Code]:
        """Routes that link and unlink rows."""
        return [path(f"{entity.path}/{{id}}{n.path}/{{other_id}}") for n in entity.nested if n.link is not None and n.forward]


def generate(request: AgentRequest) -> AgentResult:
    """README and docs."""
    app = design(request.ir)
    return AgentResult(files=render_tree("fastapi/documentation", {"app": app, "package": app.package, "pages": Pages(app)}))


def _example(entity: EntityDesign) -> str:
    return json.dumps(create_example(entity) or "")


def _plain(number: float) -> str:
    return f"{number:.0f}" if float(number).is_integer() else str(number)
