#!/bin/sh
# Fill the offline caches of the toolchains from the manifests and locks in caches/, where there is a network; link-tools.sh then takes it away.
# With arguments, only the caches of these languages: fill-caches.sh node. PREFIX and OPT are set by the tests only.
set -eu
OPT=${OPT:-/opt}
CACHE=$OPT/runner/cache
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
umask 022  # the user that generated code runs as reads what root has written

fill_node() {
    npm=$OPT/node/lib/node_modules/npm/bin/npm-cli.js
    (cd "$WORK/node" && "$OPT/node/bin/node" "$npm" ci --cache "$CACHE/npm" --ignore-scripts --no-audit --no-fund --no-update-notifier)
    rm -rf "$CACHE/npm/_logs"
}

# `tidy -diff` fetches what a later `tidy` without a network reads, and ends with 1 when the manifest and the lock do not agree.
fill_go() {
    (cd "$WORK/go" && export GOMODCACHE="$CACHE/go" GOCACHE="$WORK/go-build" GOFLAGS='' GOTOOLCHAIN=local \
        && "$OPT/go/bin/go" mod download && "$OPT/go/bin/go" mod tidy -diff)
}

fill_rust() {
    for rust in "$OPT"/rust/*/bin; do PATH=$rust:$PATH; done
    (cd "$WORK/rust" && CARGO_HOME="$WORK/cargo" cargo vendor --locked --versioned-dirs "$CACHE/cargo" > /dev/null)
}

# A real build: only one fetches what plugins ask for while they run, such as surefire's runner. A repository that names where its files
# came from (_remote.repositories) refuses them to a build without that place, so the names go.
fill_maven() {
    JAVA_HOME=$OPT/java "$OPT/maven/bin/mvn" --batch-mode --no-transfer-progress --file "$WORK/maven" -Dmaven.repo.local="$CACHE/maven" clean verify
    find "$CACHE/maven" \( -name _remote.repositories -o -name '*.lastUpdated' \) -delete
}

[ $# -gt 0 ] || set -- node go rust maven
mkdir -p "$CACHE"
for language; do
    cp -R "$HERE/caches/$language" "$WORK"
    "fill_$language"
done
chmod -R a+rX "$CACHE"
