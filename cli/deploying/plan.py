"""What every target takes and gives: an app, the owner's choices, and the plan made of both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cli.deploying.steps import Step
from shared.blueprints import label
from shared.model import InputError

SECRETS = ("SECRET_KEY", "DATABASE_URL")
_DNS_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"(?=.{{1,253}}\Z)({_DNS_LABEL}\.)*(?![0-9]+\Z){_DNS_LABEL}\Z")
"""RFC 1123, lower case, as Kubernetes takes it; an address of numbers is none."""


@dataclass(frozen=True)
class Choices:
    """What the owner says: values of the environment (secrets), and names of places."""

    variables: Mapping[str, str] = field(repr=False)
    env_file: str | None = None
    image: str | None = None
    host: str | None = None
    ingress_class: str | None = None
    issuer: str | None = None
    resource_group: str | None = None
    environment: str | None = None
    pull_identity: str | None = None

    def need(self, name: str) -> str:
        """The value of a choice. Raises InputError QLF8072 that names the option."""
        value = getattr(self, name)
        if not value:
            raise InputError("QLF8072", f"{option(name)} is missing")
        return str(value)

    def dns_name(self, name: str) -> str | None:
        """The value of a choice, if there is one. Raises InputError QLF8072 when it is no name of DNS."""
        value: str | None = getattr(self, name)
        if value is not None and not _DNS_NAME.match(value):
            raise InputError("QLF8072", f"{option(name)} is a DNS name in lower case, such as app.example.org: not {value!r}")
        return value

    def secrets(self, names: tuple[str, ...]) -> dict[str, str]:
        """All variables. Raises InputError QLF8073 that names those of `names` that are missing or empty."""
        missing = [name for name in names if not self.variables.get(name)]
        if missing:
            raise InputError("QLF8073", f"missing: {', '.join(missing)}")
        return dict(self.variables)

    def only(self, target: str, names: frozenset[str]) -> None:
        """Nothing that is said is dropped without a word. Raises InputError QLF8072 for a choice that is not of `names`."""
        for choice in fields(self):
            if choice.name not in names | {"variables", "env_file"} and getattr(self, choice.name) is not None:
                raise InputError("QLF8072", f"{option(choice.name)} means nothing to {target}: leave it out")


def option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True)
class App:
    """What is deployed: slug and version of its manifest, the capsule's digest, and its sources (path -> bytes)."""

    slug: str
    version: str
    digest: str
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        return str(label(self.slug))

    def text(self, path: str) -> str:
        """A source file. Raises InputError QLF8074 when the capsule has none: it is of an older blueprint."""
        if path not in self.files:
            raise InputError("QLF8074", path)
        return self.files[path].decode()


@dataclass(frozen=True)
class Plan:
    """The steps, files that are written beside the capsule's, what the owner should know, and what to do when all is done."""

    steps: list[Step]
    then: str
    beside: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_script(self) -> list[str]:
        """Lines: the files as comments, then the calls."""
        files = [line for path, text in self.beside.items() for line in (f"# {path}:", *(f"#   {each}" for each in text.splitlines()))]
        return [*files, *(step.shown() for step in self.steps)]

    def as_json(self) -> dict[str, Any]:
        """Nothing in it is secret: inputs of the steps are left out."""
        steps = [{"why": step.why, "command": step.shown()} for step in self.steps]
        return {"steps": steps, "files": dict(self.beside), "notes": list(self.notes), "next": self.then}


def refuse_a_file(url: str, why: str) -> None:
    """Raises InputError QLF8075 for a database that is a file, where none is kept."""
    if url.strip().lower().startswith("sqlite"):
        raise InputError("QLF8075", why)
