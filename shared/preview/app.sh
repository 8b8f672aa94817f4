#!/bin/sh
# What the platform does with a capsule's app to show it: `app.sh install TARGET` makes a virtual environment of the lock in this folder,
# `app.sh start PYTHON [OPTION...]` migrates and serves the package that PACKAGE names; the options are uvicorn's. Exit code 3: the
# migrations failed.
set -eu

deed=$1
shift

case "$deed" in
install)
    python -m venv "$1"
    "$1/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements.txt
    ;;
start)
    python=$1
    shift
    if [ -f alembic.ini ]; then "$python" -m alembic upgrade head || exit 3; fi
    exec "$python" -m uvicorn "$PACKAGE.main:app" "$@"
    ;;
*)
    echo "app.sh install TARGET | start PYTHON [OPTION...]" >&2
    exit 2
    ;;
esac
