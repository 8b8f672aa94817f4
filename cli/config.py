"""Settings of the command line: environment over `QLF_HOME/config.json` over default."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import NamedTuple

from cli.home import Home, replace_private
from shared.model import ConfigError, InputError


class Setting(NamedTuple):
    """A setting's default, the environment variable that overrides it, its allowed words (empty: checked by `check`) and its meaning."""

    default: str
    variable: str
    words: tuple[str, ...]
    help: str


SETTINGS = {
    "endpoint": Setting("", "QLF_ENDPOINT", (), "URL of a service to use instead of the in-process host"),
    "ttl": Setting("1h", "QLF_TTL", (), "how long a preview lives when --ttl is not given"),
    "progress": Setting("auto", "QLF_PROGRESS", ("auto", "none"), "`none` is --no-progress for every call"),
    "accept_assumptions": Setting("no", "QLF_ACCEPT_ASSUMPTIONS", ("yes", "no"), "`yes` is --accept-assumptions for every call"),
}


class Config:
    """The settings in force and where each comes from."""

    def __init__(self, home: Home, stored: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self._home, self._stored, self._environment = home, dict(stored), environment

    @classmethod
    def load(cls, home: Home) -> Config:
        """Read the file, if there is one. Raises ConfigError QLF8016 when it is damaged."""
        try:
            stored = json.loads(home.config_file.read_text("utf-8"))
            if not isinstance(stored, dict) or not all(isinstance(value, str) for value in stored.values()):
                raise ValueError("not a table of texts")
        except FileNotFoundError:
            stored = {}
        except (OSError, ValueError) as error:
            raise ConfigError("QLF8016", f"{home.config_file}: {error}") from error
        return cls(home, {name: value for name, value in stored.items() if name in SETTINGS}, os.environ)

    def get(self, name: str) -> str:
        """The value in force, checked. Raises InputError QLF8017 or QLF6001."""
        return check(name, self.origin(name)[0])

    def origin(self, name: str) -> tuple[str, str]:
        """The value and where it comes from."""
        setting = SETTINGS[name]
        if value := self._environment.get(setting.variable):
            return value, setting.variable
        if name in self._stored:
            return self._stored[name], "config.json"
        return setting.default, "default"

    def set(self, name: str, value: str) -> None:
        """Keep a value for later calls; an empty one returns to the default."""
        if name not in SETTINGS:
            raise InputError("QLF8017", f"there is no setting {name!r}; there are {', '.join(SETTINGS)}")
        if value:
            self._stored[name] = check(name, value)
        else:
            self._stored.pop(name, None)
        self._home.folder()
        replace_private(self._home.config_file, json.dumps(self._stored, indent=2, sort_keys=True).encode() + b"\n")


def check(name: str, value: str) -> str:
    """`value` when the setting takes it."""
    words = SETTINGS[name].words
    if words and value not in words:
        raise InputError("QLF8017", f"{name} takes {' or '.join(words)}, not {value!r}")
    if name == "ttl":
        from shared.preview import parse_ttl

        parse_ttl(value)
    if name == "endpoint" and value and not value.startswith(("http://", "https://")):
        raise InputError("QLF8017", f"endpoint takes a URL that starts with http:// or https://, not {value!r}")
    return value
