#!/bin/sh
# Before `azd provision`: what the template cannot make, or cannot guess. Values end up in the azd environment.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${FACTORY_CONTACT_EMAIL:-}" ]; then
    echo "azd: say who hears of alerts and budgets: azd env set FACTORY_CONTACT_EMAIL you@example.com" >&2
    exit 2
fi
if [ -z "${ENTRA_CLIENT_ID:-}" ]; then
    azd env set ENTRA_CLIENT_ID "$(scripts/entra_app.sh "QuantumLayer Factory ${AZURE_ENV_NAME:?}")"
fi
