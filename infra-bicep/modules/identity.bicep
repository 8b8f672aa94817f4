// Who the app is, and who may pull images. Neither identity is handed to generated code.
param location string
param tags object
param token string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-factory-${token}'
  location: location
  tags: tags
}

// Pulls the images of previews and sessions; attached with lifecycle None, so the containers cannot ask for its tokens.
resource pull 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-pull-${token}'
  location: location
  tags: tags
}

output appName string = app.name
output appId string = app.id
output appClientId string = app.properties.clientId
output appPrincipalId string = app.properties.principalId
output pullName string = pull.name
output pullId string = pull.id
output pullPrincipalId string = pull.properties.principalId
