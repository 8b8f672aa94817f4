"""The ten lines of the README, served and called exactly as they stand there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.funchost.hosting import ROOT, Host, write_app


def test_the_ten_line_app_of_the_readme(tmp_path: Path) -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("## The host, a tool of its own")[2].partition("\n## ")[0]
    source, commands = re.findall(r"```(?:python|sh)\n(.*?)```", section, re.S)
    serve, curl = shlex.split(commands.partition("curl")[0]), shlex.split("curl" + commands.partition("curl")[2])
    assert len([line for line in source.splitlines() if line]) <= 10
    arguments = serve[serve.index("7071") + 1 :]
    app = write_app(tmp_path / serve[3], source, header="")
    with Host(app, tmp_path / "home", *arguments) as host:
        at, body = curl[-1].replace("http://127.0.0.1:7071", host.url), curl[curl.index("-d") + 1]
        script = (
            "import sys, urllib.request as r; "
            "print(r.urlopen(r.Request(sys.argv[1], sys.argv[2].encode(), {'Content-Type': 'application/json'})).read().decode())"
        )
        answered = subprocess.run([sys.executable, "-c", script, at, body], capture_output=True, text=True, check=True, timeout=60)
        said = re.search(r'It answers `"([^`]*)"`', section)
        assert said is not None
        assert answered.stdout.strip() == f'"{said[1]}"'
