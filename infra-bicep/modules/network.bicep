// The option "private networking": the app reaches its stores through private endpoints, and their public doors are shut.
param location string
param tags object
param token string
@description('[{ name, id, group, zone }]: what gets a private endpoint, and the private DNS zone that names it.')
param targets array

resource rules 'Microsoft.Network/networkSecurityGroups@2025-01-01' = {
  name: 'nsg-factory-${token}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'in-nothing-from-outside'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' = {
  name: 'vnet-factory'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.91.0.0/23'
      ]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.91.0.0/24'
          networkSecurityGroup: {
            id: rules.id
          }
          delegations: [
            {
              name: 'flex'
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
          addressPrefix: '10.91.1.0/24'
          networkSecurityGroup: {
            id: rules.id
          }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}

// Private DNS zones have no published type in the checked set; this module is an ARM template. It finds the network by its name.
module zones '../network/private-dns.json' = {
  name: 'private-dns'
  dependsOn: [
    network
  ]
}

resource endpoints 'Microsoft.Network/privateEndpoints@2025-01-01' = [
  for target in targets: {
    name: 'pe-${target.name}-${token}'
    location: location
    tags: tags
    properties: {
      subnet: {
        id: '${network.id}/subnets/endpoints'
      }
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            privateLinkServiceId: target.id
            groupIds: [
              target.group
            ]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-01-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    dependsOn: [
      zones
    ]
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.name
          properties: {
            privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', target.zone)
          }
        }
      ]
    }
  }
]

output appSubnetId string = '${network.id}/subnets/app'
