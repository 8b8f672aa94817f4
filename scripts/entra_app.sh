#!/bin/sh
# Make, or bring up to date, the Entra registration of the API: app roles, the scope of users, the public client of `qlf login`.
#
#   scripts/entra_app.sh NAME [--operator OBJECT_ID]...
#
# NAME is the display name; an installation has one. --operator gives the app role Operator to a service principal or managed identity
# (the pipeline that checks deployments). Running it again changes nothing that is as it should be. Prints the application id.
# Needs the Azure CLI, signed in as somebody who may register applications.
set -eu

say() { printf 'entra_app: %s\n' "$*" >&2; }
usage() { say "usage: scripts/entra_app.sh NAME [--operator OBJECT_ID]..."; exit 2; }

[ $# -ge 1 ] || usage
name=$1
shift
case $name in -* | "" | *\'*) usage ;; esac
operators=
while [ $# -gt 0 ]; do
    [ "$1" = --operator ] && [ $# -ge 2 ] || usage
    case $2 in *[!0-9a-fA-F-]* | "") usage ;; esac
    operators="$operators $2"
    shift 2
done

# Fixed ids: the same role is the same role in every installation, and an update replaces nothing.
scope=8f0c0f0e-2f0b-4a56-9a35-0d1c6d3f7a10
reader=8f0c0f0e-2f0b-4a56-9a35-0d1c6d3f7a11
operator=8f0c0f0e-2f0b-4a56-9a35-0d1c6d3f7a12
approver=8f0c0f0e-2f0b-4a56-9a35-0d1c6d3f7a13
admin=8f0c0f0e-2f0b-4a56-9a35-0d1c6d3f7a14
azure_cli=04b07795-8ddb-461a-bbee-02f9e1bf7b46 # the client id of the Azure CLI, the same in every tenant

graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
graph=${graph%/}/v1.0

ids=$(az ad app list --filter "displayName eq '$name'" --query "[].appId" --output tsv)
case $ids in
*[!0-9a-fA-F-]*)
    say "more than one registration is named '$name'; rename or remove the others"
    exit 1
    ;;
"")
    app=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv)
    say "registered '$name'"
    ;;
*) app=$ids ;;
esac
object=$(az ad app show --id "$app" --query id --output tsv)

role() {
    printf '{"id": "%s", "value": "%s", "displayName": "%s", "description": "%s", "allowedMemberTypes": ["User", "Application"], "isEnabled": true}' \
        "$1" "$2" "$2" "$3"
}

az rest --method PATCH --url "$graph/applications/$object" --headers Content-Type=application/json --body "{
  \"identifierUris\": [\"api://$app\"],
  \"isFallbackPublicClient\": true,
  \"publicClient\": {\"redirectUris\": [\"http://localhost\"]},
  \"api\": {
    \"requestedAccessTokenVersion\": 2,
    \"oauth2PermissionScopes\": [{
      \"id\": \"$scope\", \"value\": \"access_as_user\", \"type\": \"User\", \"isEnabled\": true,
      \"adminConsentDisplayName\": \"Use the factory\", \"adminConsentDescription\": \"Use the factory as the signed-in user, with that user's role.\",
      \"userConsentDisplayName\": \"Use the factory\", \"userConsentDescription\": \"Use the factory as you, with your role.\"
    }]
  },
  \"appRoles\": [
    $(role $reader Reader 'May see runs, capsules and previews.'),
    $(role $operator Operator 'May also start and command runs and previews.'),
    $(role $approver Approver 'May also decide what a run asks.'),
    $(role $admin Admin 'May do everything, in every project.')
  ]
}" --output none
# The scope must exist before a client can be trusted with it.
az rest --method PATCH --url "$graph/applications/$object" --headers Content-Type=application/json --body "{
  \"api\": {\"preAuthorizedApplications\": [
    {\"appId\": \"$azure_cli\", \"delegatedPermissionIds\": [\"$scope\"]},
    {\"appId\": \"$app\", \"delegatedPermissionIds\": [\"$scope\"]}
  ]}
}" --output none

service=$(az ad sp list --filter "appId eq '$app'" --query "[0].id" --output tsv)
if [ -z "$service" ]; then
    service=$(az ad sp create --id "$app" --query id --output tsv)
    say "made its service principal"
fi

for who in $operators; do
    held=$(az rest --method GET --url "$graph/servicePrincipals/$service/appRoleAssignedTo?\$top=999" \
        --query "value[?principalId=='$who' && appRoleId=='$operator'].id" --output tsv)
    [ -z "$held" ] || continue
    az rest --method POST --url "$graph/servicePrincipals/$service/appRoleAssignedTo" --headers Content-Type=application/json \
        --body "{\"principalId\": \"$who\", \"resourceId\": \"$service\", \"appRoleId\": \"$operator\"}" --output none
    say "gave Operator to $who"
done

printf '%s\n' "$app"
