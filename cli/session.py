"""What a command is handed: the streams, the data folder, the settings and the switches every command has."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cli.output import Output

if TYPE_CHECKING:
    from cli.config import Config
    from cli.home import Home


@dataclass
class Session:
    """One call of `qlf`. `command` and `run_id` are filled in as they become known, for the result line and the resume line."""

    output: Output
    verbose: bool = False
    command: str = ""
    run_id: str | None = None
    resumable: bool = False
    arguments: list[str] = field(default_factory=list)

    @cached_property
    def home(self) -> Home:
        """The data folder."""
        from cli.home import Home

        return Home.from_environment()

    @cached_property
    def config(self) -> Config:
        """Settings: environment over file over default."""
        from cli.config import Config

        return Config.load(self.home)
