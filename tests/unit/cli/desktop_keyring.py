"""The Secret Service of a Linux desktop, as PyGObject shows it: the few calls that msal-extensions makes, over a store in memory.

What it cannot show: the service itself, and the keyrings of macOS and Windows, which need their systems.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Key = tuple[str, tuple[tuple[str, str], ...]]


class LockedError(RuntimeError):
    """`GLib.Error`."""


@dataclass
class Keyring:
    """What is kept, by schema and attributes. `locked`: every call fails, as without a desktop session."""

    kept: dict[Key, str] = field(default_factory=dict)
    locked: bool = False

    def at(self, schema: str, attributes: dict[str, str]) -> Key:
        if self.locked:
            raise LockedError("org.freedesktop.DBus.Error.ServiceUnknown")
        return schema, tuple(sorted(attributes.items()))

    def store(self, schema: str, attributes: dict[str, str], _: None, __: str, text: str, ___: None) -> bool:
        self.kept[self.at(schema, attributes)] = text
        return True

    def lookup(self, schema: str, attributes: dict[str, str], _: None) -> str | None:
        return self.kept.get(self.at(schema, attributes))

    def clear(self, schema: str, attributes: dict[str, str], _: None) -> bool:
        return self.kept.pop(self.at(schema, attributes), None) is not None


@contextmanager
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    """This process sees a desktop with a keyring."""
    made = Keyring()
    gi: Any = ModuleType("gi")
    gi.require_version = lambda *_: None
    gi.repository = ModuleType("gi.repository")
    gi.repository.GLib = SimpleNamespace(Error=LockedError)
    gi.repository.Secret = SimpleNamespace(
        Schema=SimpleNamespace(new=lambda name, _, __: name),
        SchemaFlags=SimpleNamespace(NONE=0),
        SchemaAttributeType=SimpleNamespace(STRING=0),
        password_store_sync=made.store,
        password_lookup_sync=made.lookup,
        password_clear_sync=made.clear,
    )
    with monkeypatch.context() as patched:
        for name, module in (("gi", gi), ("gi.repository", gi.repository)):
            patched.setitem(sys.modules, name, module)
        patched.delitem(sys.modules, "msal_extensions.libsecret", raising=False)
        yield made
        patched.delitem(sys.modules, "msal_extensions.libsecret", raising=False)
