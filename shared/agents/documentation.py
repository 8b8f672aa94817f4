"""The agent `documentation`: a README that works when it is followed, and what an operator and a client need to know."""

from __future__ import annotations

from dataclasses import dataclass

from shared.agents.columns import FieldDesign
from shared.agents.design import AppDesign, EntityDesign, design
from shared.agents.proofs import NUMBERS, limits
from shared.blueprints import Code, doc, path, render_tree
from shared.model import AgentRequest, AgentResult

NOTHING = Code("nothing")
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
        bounds = [f"from {low}" if low is not None else "", f"to {high}" if high is not None else ""] if field.ir.type in NUMBERS else []
        return Code(", ".join([words, " ".join(b for b in bounds if b)]).rstrip(", "))

    def rules(self, field: FieldDesign) -> Code:
        """What else holds for a field."""
        found = ["required" if field.required and field.default is None else "optional"]
        found += ["unique"] * field.unique + ["write only"] * field.secret + ["changed by transitions only"] * field.state
        return Code(", ".join(found))

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
