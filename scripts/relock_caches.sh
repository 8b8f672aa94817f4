#!/bin/sh
# Renew the locks of the runner image's caches from their manifests: `make relock` calls this. Maven has no lock.
set -eu
cd "$(dirname "$0")/../infra-bicep/runner/caches"

relock() { # folder, tool, arguments
    if command -v "$2" > /dev/null; then
        echo "relock: infra-bicep/runner/caches/$1" >&2
        folder=$1
        shift
        (cd "$folder" && "$@")
    else
        echo "relock: infra-bicep/runner/caches/$1 stays as it is, $2 is not installed" >&2
    fi
}

relock node npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund
relock go go mod tidy
relock rust cargo update --workspace
