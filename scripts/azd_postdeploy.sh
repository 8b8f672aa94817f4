#!/bin/sh
# After `azd deploy`: "succeeded" proves nothing. The caller needs the app role Operator, which azd_preprovision.sh gives in dev.
# Arguments go to check_deployment.py.
set -eu
cd "$(dirname "$0")/.."
azure_cli=04b07795-8ddb-461a-bbee-02f9e1bf7b46 # the client id of the Azure CLI, the same in every tenant

if [ "${SESSION_POOL_READY:-false}" != true ]; then
    echo "azd: there is no session pool yet, so nothing may run generated code. Build the runner's image, name it with" >&2
    echo "     azd env set FACTORY_RUNNER_IMAGE <registry>/runner@sha256:…  and run azd provision again; see docs/azure/deploy.md." >&2
    exit 0
fi
if [ "${SIGNING_KEY_READY:-false}" != true ]; then
    echo "azd: there is no key to sign capsules with. Run scripts/signing_key.sh, say azd env set FACTORY_SIGNING_KEY true, and run azd" >&2
    echo "     provision again; see docs/azure/deploy.md." >&2
    exit 0
fi
case ${FACTORY_AUTOMATION_CLIENT_IDS:-} in
*"$azure_cli"*) ;;
*)
    echo "azd: App Service lets no token of the Azure CLI through, so this deployment is not proved from here. The pipeline proves it, or name" >&2
    echo "     the CLI in FACTORY_AUTOMATION_CLIENT_IDS; see docs/azure/deploy.md." >&2
    exit 0
    ;;
esac
make --silent setup
exec .venv/bin/python scripts/check_deployment.py \
    --url "${SERVICE_API_URI:?}" --site-id "${SERVICE_API_ID:?}" --client-id "${ENTRA_CLIENT_ID:?}" "$@"
