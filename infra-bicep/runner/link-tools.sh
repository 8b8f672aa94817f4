#!/bin/sh
# Put the toolchains where sandboxed code finds them (its PATH is /usr/local/bin:/usr/bin:/bin and it has no other variables), and tell each
# one in a file of its own, not by a variable, that there is no network. PREFIX and OPT are set by the test only.
set -eu
PREFIX=${PREFIX:-/usr/local}
OPT=${OPT:-/opt}
CACHE=$OPT/runner/cache

mkdir -p "$PREFIX/bin" "$CACHE/npm/_cacache/content-v2" "$CACHE/npm/_cacache/index-v5" "$CACHE/go" "$CACHE/maven" "$CACHE/cargo" "$OPT/node/etc"
ln -sf "$OPT/node/bin/node" "$PREFIX/bin/node"
# npm writes to the index of its cache even to read it (cacache compacts it), so each HOME gets an index of its own over the content that all share.
rm -f "$PREFIX/bin/npm"
cat > "$PREFIX/bin/npm" << END
#!/bin/sh
set -eu
mine=\$HOME/.npm/_cacache
if [ ! -d "\$mine" ]; then
    mkdir -p "\$mine"
    ln -s "$CACHE/npm/_cacache/content-v2" "\$mine/content-v2"
    cp -R "$CACHE/npm/_cacache/index-v5" "\$mine"
fi
exec "$OPT/node/bin/node" "$OPT/node/lib/node_modules/npm/bin/npm-cli.js" "\$@"
END
ln -sf "$OPT/go/bin/go" "$PREFIX/bin/go"
ln -sf "$OPT/java/bin/java" "$PREFIX/bin/java"
# Maven asks the network all the same when only its settings say <offline>.
rm -f "$PREFIX/bin/mvn"
printf '#!/bin/sh\nexec "%s" --offline "$@"\n' "$OPT/maven/bin/mvn" > "$PREFIX/bin/mvn"
chmod 755 "$PREFIX/bin/npm" "$PREFIX/bin/mvn"
for tool in "$OPT"/rust/*/bin/*; do
    ln -sf "$tool" "$PREFIX/bin/$(basename "$tool")"
done

# https://docs.npmjs.com/cli/configuring-npm/npmrc: the built-in file of npm itself
printf 'offline=true\naudit=false\nfund=false\nupdate-notifier=false\nnode-options=--disable-wasm-trap-handler\n' \
    > "$OPT/node/lib/node_modules/npm/npmrc"
# https://go.dev/doc/toolchain#config: $GOROOT/go.env
printf 'GOPROXY=off\nGOSUMDB=off\nGOTOOLCHAIN=local\nGOMODCACHE=%s\n' "$CACHE/go" > "$OPT/go/go.env"
# https://maven.apache.org/settings.html: the installation's settings
printf '<settings>\n  <localRepository>%s</localRepository>\n</settings>\n' "$CACHE/maven" > "$OPT/maven/conf/settings.xml"
# https://doc.rust-lang.org/cargo/reference/config.html: every parent of the working folder is searched, so the root's is found
mkdir -p "${CARGO_ROOT:-/.cargo}"
printf '[net]\noffline = true\n\n[source.crates-io]\nreplace-with = "image"\n\n[source.image]\ndirectory = "%s"\n' "$CACHE/cargo" \
    > "${CARGO_ROOT:-/.cargo}/config.toml"
