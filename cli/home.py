"""Where `qlf` keeps its data, and who may read it. Reads `QLF_HOME`; makes folders and the token owner-only on first use."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shared.model import ConfigError

OWNER_FOLDER, OWNER_FILE = 0o700, 0o600


class Home:
    """The data folder. Nothing is created before it is needed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def from_environment(cls) -> Home:
        """`QLF_HOME`, or the platform's folder for user data."""
        if named := os.environ.get("QLF_HOME"):
            return cls(Path(named).expanduser().absolute())
        from platformdirs import user_data_dir

        return cls(Path(user_data_dir("quantumlayer-factory", appauthor=False)))

    @property
    def hubs(self) -> Path:
        return self.root / "hubs"

    @property
    def config_file(self) -> Path:
        return self.root / "config.json"

    def folder(self, name: str = "") -> Path:
        """A folder below the root, made owner-only. Raises ConfigError QLF8016."""
        path = self.root / name if name else self.root
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
            path.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
            if not os.access(path, os.W_OK | os.X_OK):
                raise PermissionError(13, "not writable", str(path))
        except OSError as error:
            raise ConfigError("QLF8016", f"{path}: {error.strerror}") from error
        return path

    def token(self) -> str:
        """The bearer token of this home: 43 URL-safe characters (32 random bytes), made once whoever asks first."""
        path = self.folder() / "token"
        for _ in range(2):
            try:
                if text := path.read_text("ascii").strip():
                    return text
            except FileNotFoundError:
                pass
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError("QLF8016", f"{path} cannot be read") from error
            write_once(path, secrets.token_urlsafe(32).encode())
        raise ConfigError("QLF8016", f"{path} is empty; remove it")


def write_once(path: Path, data: bytes) -> None:
    """Create `path` whole and owner-only, unless it is there already: of many writers the first one wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_private(draft, data)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def write_private(path: Path, data: bytes) -> None:
    """Write an owner-only file through to the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_private(path: Path, data: bytes) -> None:
    """Replace `path` atomically: a reader sees the old bytes or the new ones, also after a crash."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        write_private(draft, data)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigError("QLF8016", f"{path}: {error.strerror}") from error
