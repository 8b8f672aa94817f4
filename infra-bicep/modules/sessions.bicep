// Where generated code is built and tested: one virtual machine per session, no way out, no identity inside.
// The pool needs the runner's image, so it is made by the second provisioning, after the image was built.
param location string
param tags object
param token string
@description('Image of the runner with its digest; empty until it was built.')
param runnerImage string
param registryServer string
param pullIdentityId string
@minValue(1)
param maxSessions int
@minValue(0)
param readySessions int
param workspaceId string

resource environmentForSessions 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: 'cae-sessions-${token}'
  location: location
  tags: tags
  properties: {
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environmentForSessions
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'ContainerAppSystemLogs'
        enabled: true
      }
    ]
  }
}

resource pool 'Microsoft.App/sessionPools@2025-07-01' = if (!empty(runnerImage)) {
  name: 'spfactory${token}'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${pullIdentityId}': {}
    }
  }
  properties: {
    environmentId: environmentForSessions.id
    containerType: 'CustomContainer'
    poolManagementType: 'Dynamic'
    scaleConfiguration: {
      maxConcurrentSessions: maxSessions
      readySessionInstances: readySessions
    }
    dynamicPoolConfiguration: {
      lifecycleConfiguration: {
        // The runner ends after its job, and the session with it; Timed would hold it for five idle minutes more.
        lifecycleType: 'OnContainerExit'
        maxAlivePeriodInSeconds: 3600
      }
    }
    sessionNetworkConfiguration: {
      status: 'EgressDisabled'
    }
    managedIdentitySettings: [
      {
        identity: pullIdentityId
        lifecycle: 'None'
      }
    ]
    customContainerTemplate: {
      registryCredentials: {
        server: registryServer
        identity: pullIdentityId
      }
      containers: [
        {
          name: 'runner'
          image: runnerImage
          resources: {
            cpu: 2
            memory: '4Gi'
          }
        }
      ]
      ingress: {
        targetPort: 8080
      }
    }
  }
}

output poolName string = empty(runnerImage) ? '' : pool.name
output poolEndpoint string = empty(runnerImage) ? '' : pool.properties.poolManagementEndpoint
