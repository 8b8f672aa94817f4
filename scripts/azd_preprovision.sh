#!/bin/sh
# Before `azd provision`: what the template cannot make, or cannot guess. Values end up in the azd environment, once.
set -eu
cd "$(dirname "$0")/.."
azure_cli=04b07795-8ddb-461a-bbee-02f9e1bf7b46 # the client id of the Azure CLI, the same in every tenant
profile=${FACTORY_PROFILE:-dev}

if [ -z "${FACTORY_CONTACT_EMAIL:-}" ]; then
    echo "azd: say who hears of alerts and budgets: azd env set FACTORY_CONTACT_EMAIL you@example.com" >&2
    exit 2
fi
if [ -z "${FACTORY_BUDGET_START:-}" ]; then
    azd env set FACTORY_BUDGET_START "$(date -u +%Y-%m)-01" # a budget keeps the month it was made with
fi
allowed=${FACTORY_AUTOMATION_CLIENT_IDS:-}
if [ -z "$allowed" ] && [ "$profile" = dev ]; then
    allowed="[\"$azure_cli\"]" # azd_postdeploy.sh proves the deployment with a token of the Azure CLI
    azd env set FACTORY_AUTOMATION_CLIENT_IDS "$allowed"
fi

python=$(sh scripts/find_python.sh)
set -- "QuantumLayer Factory ${AZURE_ENV_NAME:?}"
case $allowed in *"$azure_cli"*) set -- "$@" --operator me ;; esac
if [ -z "${ENTRA_CLIENT_ID:-}" ]; then
    made=$("$python" scripts/entra_app.py "$@")
    azd env set ENTRA_CLIENT_ID "$made"
elif ! "$python" scripts/entra_app.py "$@" --app "$ENTRA_CLIENT_ID" > /dev/null; then
    echo "azd: the registration $ENTRA_CLIENT_ID is used as it is; somebody who may change it can run scripts/entra_app.py" >&2
fi
