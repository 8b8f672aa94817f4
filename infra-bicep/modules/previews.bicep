// Where previews live: a resource group, a network and an environment of their own. The network lets a preview be called,
// lets out what the platform needs to pull its image and write its logs, and nothing else. A rule knows no difference between the platform and
// the generated code beside it: what both can reach is told in docs/azure/previews.md.
param location string
param tags object
param token string
param workspaceId string
param zoneRedundant bool
@description('Registry that images are pulled from through a private endpoint, for which it must be Premium. Empty: through its public door.')
param registryId string

resource rules 'Microsoft.Network/networkSecurityGroups@2025-01-01' = {
  name: 'nsg-previews-${token}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'in-web'
        properties: {
          description: 'Callers of previews; the ingress ends TLS and each preview has a door of its own'
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: previewRange
          destinationPortRanges: [
            '443'
            '31443'
          ]
        }
      }
      {
        name: 'in-probes'
        properties: {
          description: 'Health probes of the platform load balancer'
          priority: 110
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'AzureLoadBalancer'
          sourcePortRange: '*'
          destinationAddressPrefix: previewRange
          destinationPortRange: '30000-32767'
        }
      }
      {
        name: 'out-own-subnet'
        properties: {
          description: 'The environment talks to its own parts'
          priority: 100
          direction: 'Outbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: previewRange
          destinationPortRange: '*'
        }
      }
      {
        name: 'out-dns'
        properties: {
          description: 'Name resolution of the platform'
          priority: 110
          direction: 'Outbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzurePlatformDNS'
          destinationPortRange: '53'
        }
      }
      {
        name: 'out-platform-images'
        properties: {
          description: 'Images of the platform'
          priority: 120
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: 'MicrosoftContainerRegistry'
          destinationPortRange: '443'
        }
      }
      {
        name: 'out-platform-images-edge'
        properties: {
          description: 'Where the images of the platform are served from'
          priority: 130
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureFrontDoor.FirstParty'
          destinationPortRange: '443'
        }
      }
      {
        name: 'out-registry'
        properties: {
          description: 'The registry of this installation, by its private endpoint or among all of the region'
          priority: 140
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: empty(registryId) ? 'AzureContainerRegistry.${location}' : endpointRange
          destinationPortRange: '443'
        }
      }
      {
        name: 'out-registry-layers'
        properties: {
          description: 'Where the layers of the registry are kept: behind the same private endpoint, or in any account of the region'
          priority: 150
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: empty(registryId) ? 'Storage.${location}' : endpointRange
          destinationPortRange: '443'
        }
      }
      {
        name: 'out-sign-in'
        properties: {
          description: 'The pull identity signs in'
          priority: 160
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureActiveDirectory'
          destinationPortRange: '443'
        }
      }
      {
        name: 'out-logs'
        properties: {
          description: 'Console logs of previews'
          priority: 170
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: previewRange
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureMonitor'
          destinationPortRange: '443'
        }
      }
      {
        name: 'out-no-metadata'
        properties: {
          description: 'The metadata service is denied by its tag: a rule for all addresses does not reach it'
          priority: 3900
          direction: 'Outbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzurePlatformIMDS'
          destinationPortRange: '*'
        }
      }
      {
        name: 'out-nothing-else'
        properties: {
          description: 'Nothing else; what the rules above let out, generated code reaches too: docs/azure/previews.md'
          priority: 4000
          direction: 'Outbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

var previewRange = '10.90.0.0/23'
var endpointRange = '10.90.2.0/27'

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' = {
  name: 'vnet-previews-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        previewRange
        endpointRange
      ]
    }
    subnets: [
      {
        name: 'previews'
        properties: {
          addressPrefix: previewRange
          networkSecurityGroup: {
            id: rules.id
          }
          delegations: [
            {
              name: 'container-apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointRange
          networkSecurityGroup: {
            id: rules.id
          }
        }
      }
    ]
  }
}

resource registryDoor 'Microsoft.Network/privateEndpoints@2025-01-01' = if (!empty(registryId)) {
  name: 'pe-registry'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: '${network.id}/subnets/endpoints'
    }
    privateLinkServiceConnections: [
      {
        name: 'registry'
        properties: {
          privateLinkServiceId: registryId
          groupIds: [
            'registry'
          ]
        }
      }
    ]
  }
}

// Private DNS zones have no published type in the checked set; this module is an ARM template. It asks the endpoint which network it is in.
module registryZone '../network/registry-dns.json' = if (!empty(registryId)) {
  name: 'registry-dns'
  dependsOn: [
    registryDoor
  ]
}

resource registryName 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-01-01' = if (!empty(registryId)) {
  parent: registryDoor
  name: 'default'
  dependsOn: [
    registryZone
  ]
  properties: {
    privateDnsZoneConfigs: [
      {
        name: 'registry'
        properties: {
          privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', 'privatelink${environment().suffixes.acrLoginServer}')
        }
      }
    ]
  }
}

resource environmentForPreviews 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: 'cae-previews-${token}'
  location: location
  tags: tags
  properties: {
    vnetConfiguration: {
      internal: false
      infrastructureSubnetId: '${network.id}/subnets/previews'
    }
    zoneRedundant: zoneRedundant
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
    peerTrafficConfiguration: {
      encryption: {
        enabled: true
      }
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environmentForPreviews
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'ContainerAppConsoleLogs'
        enabled: true
      }
      {
        category: 'ContainerAppSystemLogs'
        enabled: true
      }
    ]
  }
}

output environmentId string = environmentForPreviews.id
