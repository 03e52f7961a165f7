// Codecs for objects of the Kubernetes-style API (evroc-api.md A.3): references
// are short names; zones and a machine's subnet can't be expressed.
//
// KcpSpec encodes the `spec` of an object; ReadKcp decodes spec and status
// members from a whole object, leaving metadata alone. Pure functions.

#ifndef SERVICES_EVROC_KCP_KCP_CODEC_H_
#define SERVICES_EVROC_KCP_KCP_CODEC_H_

#include "common/json/json.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {

Json KcpSpec(const Vpc& vpc);
void ReadKcp(JsonView object, Vpc& vpc);

Json KcpSpec(const Subnet& subnet);
void ReadKcp(JsonView object, Subnet& subnet);

// A remote VPC can't be expressed: such a rule is sent without a remote, which
// the server refuses.
Json KcpSpec(const SecurityGroup& group);
void ReadKcp(JsonView object, SecurityGroup& group);

Json KcpSpec(const PublicIp& address);
void ReadKcp(JsonView object, PublicIp& address);

Json KcpSpec(const VirtualMachine& machine);
void ReadKcp(JsonView object, VirtualMachine& machine);

// The form of the spec that updates are computed from: without osSettings, and
// with the public IP and the groups even if empty, since an empty name means
// none.
Json KcpPatchForm(const VirtualMachine& machine);

Json KcpSpec(const Disk& disk);
void ReadKcp(JsonView object, Disk& disk);

Json KcpSpec(const PlacementGroup& group);
void ReadKcp(JsonView object, PlacementGroup& group);

Json KcpSpec(const HotswapAttachment& attachment);
void ReadKcp(JsonView object, HotswapAttachment& attachment);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_KCP_KCP_CODEC_H_
