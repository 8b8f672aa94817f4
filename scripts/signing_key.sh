#!/bin/sh
# Make the key that signs capsules, once, and put it into the Key Vault as the secret signing-key. Prints its public half, to verify with.
#
#   scripts/signing_key.sh VAULT [--renew]
#
# A key that is there stays; its public half is printed again. --renew replaces it: the app takes the new one at its next start, and
# capsules signed before verify with the public half from before: keep it, see docs/azure/recovery.md. Needs openssl, and the Azure CLI signed in as
# somebody with the role Key Vault Secrets Officer on the vault. The private half touches no command line and no file that stays.
set -eu

say() { printf 'signing_key: %s\n' "$*" >&2; }
usage() { say "usage: scripts/signing_key.sh VAULT [--renew]"; exit 2; }

[ $# -ge 1 ] && [ $# -le 2 ] || usage
vault=$1
case $vault in *[!0-9A-Za-z-]* | "" | -*) usage ;; esac
[ $# -eq 1 ] || [ "$2" = --renew ] || usage

umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM

there=$(az keyvault secret list --vault-name "$vault" --query "[?name=='signing-key'].name" --output tsv)
if [ -n "$there" ] && [ $# -eq 1 ]; then
    az keyvault secret show --vault-name "$vault" --name signing-key --query value --output tsv > "$folder/text"
    say "the key is there and stays"
else
    # One line of base64: an app setting may lose line breaks.
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folder/new.pem" 2> /dev/null
    openssl base64 -A -in "$folder/new.pem" > "$folder/text"
    az keyvault secret set --vault-name "$vault" --name signing-key --file "$folder/text" --encoding utf-8 \
        --content-type "PKCS#8 PEM, base64" --output none
    say "a new key is in the vault"
fi
case $(head -n 1 "$folder/text") in
-----BEGIN*) mv "$folder/text" "$folder/key.pem" ;;
*) openssl base64 -d -A -in "$folder/text" -out "$folder/key.pem" ;;
esac
openssl pkey -in "$folder/key.pem" -pubout
