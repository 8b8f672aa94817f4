"""What the runner image's offline caches are filled from: manifests and locks that agree, are exact and name no registry."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

PLACE = Path(__file__).resolve().parents[3] / "infra-bicep" / "runner"
CACHES = PLACE / "caches"
EXACT = r"\d+\.\d+\.\d+(-[\w.-]+)?"
POM = "{http://maven.apache.org/POM/4.0.0}"
ADDRESSES = ("http://maven.apache.org/", "http://www.w3.org/", "https://github.com/rust-lang/crates.io-index")
"""Names that look like addresses: of XML's own, and cargo's of its default source, which it never asks for anything."""


def node(folder: Path) -> list[str]:
    """What is wrong with package.json and package-lock.json."""
    manifest, lock = (json.loads((folder / name).read_text()) for name in ("package.json", "package-lock.json"))
    root = lock["packages"][""]
    wrong = [] if lock["lockfileVersion"] == 3 else ["not version 3"]
    for kind in ("dependencies", "devDependencies"):
        wrong += [f"{kind} differ"] if manifest[kind] != root.get(kind) else []
        for name, version in manifest[kind].items():
            wrong += [] if re.fullmatch(EXACT, version) else [f"{name} {version} is not exact"]
            locked = lock["packages"].get(f"node_modules/{name}", {}).get("version")
            wrong += [] if locked == version else [f"{name} {version} is locked as {locked}"]
    for path, entry in lock["packages"].items():
        wrong += [f"{path} says where it is from"] if "resolved" in entry else []
        wrong += [f"{path} has no digest"] if path and not entry.get("integrity", "").startswith("sha512-") else []
    return wrong


def go(folder: Path) -> list[str]:
    """What is wrong with go.mod, go.sum and deps.go."""
    text, imports = (folder / "go.mod").read_text(), (folder / "deps.go").read_text()
    sums = {tuple(line.split()[:2]) for line in (folder / "go.sum").read_text().splitlines() if re.search(r" h1:[\w+/]{43}=$", line)}
    tools = re.findall(r"^tool (\S+)$", text, re.M)
    needed = re.findall(r'^\t_ "(\S+)"$', imports, re.M) + tools
    wrong = [f"{word} is not allowed" for word in ("replace", "exclude", "retract", "toolchain") if re.search(rf"^{word}\b", text, re.M)]
    required = re.findall(r"^\t(\S+) (\S+)( // indirect)?$", text, re.M)
    for name, version, indirect in required:
        wrong += [] if re.fullmatch(rf"v{EXACT}", version) else [f"{name} {version} is not exact"]
        wrong += [f"{name} {version} has no digest" for kind in ("", "/go.mod") if (name, version + kind) not in sums]
        wrong += [] if indirect or any(path.startswith(name) for path in needed) else [f"{name} is not imported"]
    names = [name for name, _, _ in required]
    return wrong + [f"{path} is not required" for path in needed if not any(path.startswith(name) for name in names)]


def rust(folder: Path) -> list[str]:
    """What is wrong with Cargo.toml and Cargo.lock."""
    manifest, lock = (tomllib.loads((folder / name).read_text()) for name in ("Cargo.toml", "Cargo.lock"))
    locked = {(entry["name"], entry["version"]): entry for entry in lock["package"]}
    wrong = []
    for name, asked in (manifest["dependencies"] | manifest["dev-dependencies"]).items():
        version = asked if isinstance(asked, str) else asked["version"]
        wrong += [] if re.fullmatch(f"={EXACT}", version) else [f"{name} {version} is not exact"]
        wrong += [] if (name, version.removeprefix("=")) in locked else [f"{name} {version} is not locked"]
    for (name, _), entry in locked.items():
        own = name == manifest["package"]["name"]
        wrong += [f"{name} is from elsewhere"] if entry.get("source") != (None if own else f"registry+{ADDRESSES[2]}") else []
        wrong += [] if own or re.fullmatch("[0-9a-f]{64}", entry.get("checksum", "")) else [f"{name} has no digest"]
    return wrong


def maven(folder: Path) -> list[str]:
    """What is wrong with pom.xml. What names no version takes that of the parent, which is one of Spring Boot's or one of its choice."""
    project = ElementTree.parse(folder / "pom.xml").getroot()
    wrong = [f"{kind} are not allowed" for kind in ("repositories", "pluginRepositories") if project.find(f"{POM}{kind}") is not None]
    for entry in project.iter():
        name, version = entry.findtext(f"{POM}artifactId"), entry.findtext(f"{POM}version")
        wrong += [] if version in (None, "1") or re.fullmatch(EXACT, version) else [f"{name} {version} is not exact"]
    for entry in [*project.iterfind(f"{POM}parent"), *project.iter(f"{POM}plugin"), *project.iterfind(f".//{POM}plugin//{POM}dependency")]:
        name, version, group = (entry.findtext(f"{POM}{tag}") for tag in ("artifactId", "version", "groupId"))
        managed = entry.tag == f"{POM}plugin" and group == "org.springframework.boot"
        wrong += [] if version or managed else [f"{name} has no version"]
    return wrong


CHECKS: dict[str, Callable[[Path], list[str]]] = {"node": node, "go": go, "rust": rust, "maven": maven}


def test_every_language_has_a_check_and_is_filled() -> None:
    default = re.search(r"set -- (.+)", (PLACE / "fill-caches.sh").read_text())
    assert default
    assert {path.name for path in CACHES.iterdir() if path.is_dir()} == CHECKS.keys() == set(default[1].split())


@pytest.mark.parametrize("language", CHECKS)
def test_manifest_and_lock_agree_and_are_exact(language: str) -> None:
    assert CHECKS[language](CACHES / language) == []


PLANTED = {
    "node range": ("node/package.json", '"express": "', '"express": "^', "is not exact"),
    "node other": ("node/package.json", '"express": "5.3.0"', '"express": "5.2.1"', "express 5.2.1 is locked as 5.3.0"),
    "node address": ("node/package-lock.json", '"integrity": "', '"resolved": "x", "integrity": "', "says where it is from"),
    "node digest": ("node/package-lock.json", '"integrity": "sha512-', '"integrity": "sha1-', "has no digest"),
    "go other": ("go/go.mod", "gin v1.12.0", "gin v1.11.0", "github.com/gin-gonic/gin v1.11.0 has no digest"),
    "go digest": ("go/go.sum", "github.com/gin-gonic/gin v1.12.0 h1:", "github.com/gin-gonic/gin v1.12.0 h2:", "gin v1.12.0 has no digest"),
    "go replace": ("go/go.mod", "\nrequire", "\nreplace a => ../a\n\nrequire", "replace is not allowed"),
    "go import": ("go/deps.go", '_ "github.com/jackc', '_ "example.invalid/jackc', "is not required"),
    "rust range": ("rust/Cargo.toml", 'axum = "=', 'axum = "', "is not exact"),
    "rust other": ("rust/Cargo.toml", 'axum = "=0.8.9"', 'axum = "=0.8.8"', "axum =0.8.8 is not locked"),
    "rust source": ("rust/Cargo.lock", 'source = "registry+', 'source = "git+', "is from elsewhere"),
    "rust digest": ("rust/Cargo.lock", 'checksum = "', 'checksum = "-', "has no digest"),
    "maven range": ("maven/pom.xml", "<version>4.0.7</version>", "<version>[4.0,5)</version>", "starter-parent [4.0,5) is not exact"),
    "maven snapshot": ("maven/pom.xml", "<version>0.8.15</version>", "<version>LATEST</version>", "is not exact"),
    "maven missing": ("maven/pom.xml", "<version>3.6.0</version>", "", "maven-checkstyle-plugin has no version"),
    "maven place": ("maven/pom.xml", "<properties>", "<repositories/><properties>", "repositories are not allowed"),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(tmp_path: Path, fault: str) -> None:
    name, before, after, said = PLANTED[fault]
    language = name.split("/")[0]
    shutil.copytree(CACHES / language, tmp_path / language)
    text = (tmp_path / name).read_text()
    assert before in text
    (tmp_path / name).write_text(text.replace(before, after))
    assert any(said in wrong for wrong in CHECKS[language](tmp_path / language))


def direct() -> dict[str, set[str]]:
    """What each manifest names by itself."""
    package = json.loads((CACHES / "node" / "package.json").read_text())
    crates = tomllib.loads((CACHES / "rust" / "Cargo.toml").read_text())
    modules = (CACHES / "go" / "go.mod").read_text()
    tools = re.findall(r"^tool (\S+?)/cmd/", modules, re.M)
    artifacts = {entry.text or "" for entry in ElementTree.parse(CACHES / "maven" / "pom.xml").iter(f"{POM}artifactId")}
    return {
        "node": {*package["dependencies"], *package["devDependencies"]},
        "go": {*re.findall(r"^\t(\S+) v\S+$", modules, re.M), *tools},
        "rust": {*crates["dependencies"], *crates["dev-dependencies"]},
        "maven": artifacts - {"runner-cache"},
    }


def test_every_entry_has_its_reason() -> None:
    parts = re.split(r"^## (\w+)$", (CACHES / "README.md").read_text(), flags=re.M)
    rows = {
        language: {name for row in re.findall(r"^\| (`.+?) \|", text, re.M) for name in re.findall("`(.+?)`", row)}
        for language, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    assert rows == direct()


def without_gifts(text: str) -> str:
    """An npm lock without the pages where authors take gifts, which npm copies into it."""
    lock = json.loads(text)
    for entry in lock["packages"].values():
        entry.pop("funding", None)
    return json.dumps(lock)


def test_no_file_names_a_registry() -> None:
    for path in [*(path for path in CACHES.rglob("*") if path.is_file()), PLACE / "fill-caches.sh"]:
        text = without_gifts(path.read_text()) if path.name == "package-lock.json" else path.read_text()
        assert [address for address in re.findall(r"https?://[^\s\"'<>]+", text) if not address.startswith(ADDRESSES)] == [], path


def test_the_versions_are_for_the_toolchains_of_the_image() -> None:
    bases = dict(re.findall(r"^FROM (\w+):([\d.]+)", (PLACE / "Dockerfile").read_text(), re.M))
    assert tomllib.loads((CACHES / "rust" / "Cargo.toml").read_text())["package"]["rust-version"] == bases["rust"]
    assert re.search(rf"^go {re.escape(bases['golang'])}(\.\d+)?$", (CACHES / "go" / "go.mod").read_text(), re.M)
    assert json.loads((CACHES / "node" / "package.json").read_text())["devDependencies"]["@types/node"].split(".")[0] == bases["node"]


def test_caches_are_filled_before_the_network_goes() -> None:
    lines = (PLACE / "Dockerfile").read_text().splitlines()
    assert lines.index("RUN sh /opt/runner/fill-caches.sh") < lines.index("RUN sh /opt/runner/link-tools.sh")


TOOLS = {"node": "node/bin/node", "go": "go/bin/go", "rust": "rust/1.91/bin/cargo", "maven": "maven/bin/mvn"}


def fill(opt: Path, *languages: str, fails: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script over tools that write down how they were called, and a file that only its owner reads into the cache."""
    for language, name in TOOLS.items():
        (opt / name).parent.mkdir(parents=True, exist_ok=True)
        place = opt / "runner" / "cache" / language
        content = f'echo "{language} $*" >> "{opt}/calls"; umask 077; mkdir -p "{place}"; echo > "{place}/kept"\n'
        (opt / name).write_text(f"#!/bin/sh\n{content}exit {int(language == fails)}\n")
        (opt / name).chmod(0o755)
    env = {"PATH": os.environ["PATH"], "OPT": str(opt)}
    return subprocess.run(
        ["sh", str(PLACE / "fill-caches.sh"), *languages], env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_it_fills_all_caches_for_every_reader(tmp_path: Path) -> None:
    assert fill(tmp_path).returncode == 0
    assert {line.split()[0] for line in (tmp_path / "calls").read_text().splitlines()} == CHECKS.keys()
    for language in CHECKS:
        kept = tmp_path / "runner" / "cache" / language / "kept"
        assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o644, 0o755), language


def test_it_fills_those_that_are_named(tmp_path: Path) -> None:
    assert fill(tmp_path, "rust").returncode == 0
    assert [line.split()[:2] for line in (tmp_path / "calls").read_text().splitlines()] == [["rust", "vendor"]]


@pytest.mark.parametrize("language", CHECKS)
def test_it_fails_with_its_tool(tmp_path: Path, language: str) -> None:
    assert fill(tmp_path, fails=language).returncode != 0
