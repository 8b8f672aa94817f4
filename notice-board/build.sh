#!/bin/sh
# Builds what runs in production into a folder: build.sh TARGET makes TARGET/venv and TARGET/app.
# The Dockerfile calls this script, and so can you: it needs Python 3.11 or newer and a package registry, no container engine.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
target=${1:-"$root/build"}
python=${PYTHON:-python3}

mkdir -p "$target"
target=$(CDPATH= cd -- "$target" && pwd)
rm -rf "$target/venv" "$target/app"

echo "[1/4] virtual environment in $target/venv"
"$python" -m venv "$target/venv"

echo "[2/4] packages of requirements.txt, checked by hash"
"$target/venv/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r "$root/requirements.txt"

echo "[3/4] application into $target/app"
mkdir -p "$target/app"
cp -R "$root/src" "$root/migrations" "$root/alembic.ini" "$target/app/"
find "$target/app" -type d -name __pycache__ -prune -exec rm -rf {} +
"$target/venv/bin/python" -m compileall -q -j 0 "$target/app/src"

echo "[4/4] import check"
cd "$target/app"
PYTHONPATH="$target/app/src" "$target/venv/bin/python" -c "import notice_board.main"
echo "built: $target"
