"""What the tests of `qlf deploy` share: words of the command line, and the tool that stands in for docker, kubectl and az."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SECRET = "s3cret-value-of-the-test"
DIGEST = f"sha256:{'d' * 64}"
URL = "postgresql://u:p@h/db"
OPTIONS = {
    "compose": [],
    "kubernetes": ["--image", "registry.example.com/team/clinic:1.2"],
    "container-apps": [
        "--image", "reg.azurecr.io/team/clinic:1.2", "--resource-group", "rg", "--environment", "/e/env", "--pull-identity", "/i/pull",
    ],
}  # fmt: skip
TOOL = """#!{python}
import json, os, pathlib, sys
log, says = pathlib.Path({log!r}), json.loads({says!r})
tree = [p for p in pathlib.Path().rglob("*") if p.is_file()]
note = {{"argv": sys.argv[1:], "cwd": os.getcwd(), "files": {{str(p): p.read_text() for p in tree}}}}
note["stdin"] = sys.stdin.read()
line = " ".join(sys.argv[1:])
known = next((words for words in says if words in line), "")
before = log.read_text().splitlines() if log.exists() else []
turn = sum(known in " ".join(json.loads(one)["argv"]) for one in before)
with log.open("a") as file:
    file.write(json.dumps(note) + "\\n")
print(says[known][min(turn, len(says[known]) - 1)] if known else "the tool speaks")
print("and warns", file=sys.stderr)
sys.exit({code})
"""
Call = dict[str, Any]
Calls = Callable[[], list[Call]]
Tools = Callable[..., Calls]
Capsules = Callable[..., str]
