#!/bin/sh
# After `azd deploy`: "succeeded" proves nothing. The caller needs the app role Operator.
set -eu
cd "$(dirname "$0")/.."

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
make --silent setup
exec .venv/bin/python scripts/check_deployment.py --url "${SERVICE_API_URI:?}" --site-id "${SERVICE_API_ID:?}" --client-id "${ENTRA_CLIENT_ID:?}"
