// Fuzzes objects and lists from the cloud: parsed, decoded by every codec,
// encoded again.

#include <cstddef>
#include <cstdint>

#include "common/json/json.h"
#include "common/json/json_list_stream.h"
#include "services/evroc/codec/fields.h"
#include "services/evroc/kcp/kcp_codec.h"
#include "services/evroc/rest/catalogue_codec.h"
#include "services/evroc/rest/rest_compute_codec.h"
#include "services/evroc/rest/rest_load_balancer_codec.h"
#include "services/evroc/rest/rest_network_codec.h"

namespace evroc::cloud {
namespace {

const RestScope& Scope() {
  static const auto* const scope = new RestScope{"p", "se-sto"};
  return *scope;
}

template <typename T>
void ReadRestKind(JsonView json) {
  T object;
  (void)ReadMetadata(json["metadata"], kRestMetadata, object.metadata);
  ReadRest(Scope(), json, object);
  RestSpec(Scope(), object).Dump();
}

template <typename T>
void ReadKcpKind(JsonView json) {
  T object;
  (void)ReadMetadata(json["metadata"], kKcpMetadata, object.metadata);
  ReadKcp(json, object);
  KcpSpec(object).Dump();
}

void ReadEverything(JsonView json) {
  ReadRestKind<Vpc>(json);
  ReadRestKind<Subnet>(json);
  ReadRestKind<SecurityGroup>(json);
  ReadRestKind<PublicIp>(json);
  ReadRestKind<LoadBalancer>(json);
  ReadRestKind<BackendPool>(json);
  ReadRestKind<BackendService>(json);
  ReadRestKind<L4Route>(json);
  ReadRestKind<VirtualMachine>(json);
  ReadRestKind<Disk>(json);
  ReadRestKind<PlacementGroup>(json);
  ReadRestKind<HotswapAttachment>(json);
  ReadKcpKind<Vpc>(json);
  ReadKcpKind<Subnet>(json);
  ReadKcpKind<SecurityGroup>(json);
  ReadKcpKind<PublicIp>(json);
  ReadKcpKind<VirtualMachine>(json);
  ReadKcpKind<Disk>(json);
  ReadKcpKind<PlacementGroup>(json);
  ReadKcpKind<HotswapAttachment>(json);
  ReadComputeProfiles(json);
  ReadDiskImages(json);
  ReadCustomImages(json);
}

}  // namespace
}  // namespace evroc::cloud

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto json = evroc::Json::Parse(bytes);
  if (json.ok()) evroc::cloud::ReadEverything(*json);
  evroc::JsonListStream stream("cloudInitUserData",
                               [](const evroc::Json& element) {
                                 evroc::cloud::ReadEverything(element);
                                 return absl::OkStatus();
                               });
  const size_t half = size / 2;
  if (stream.Feed(bytes.substr(0, half)).ok() &&
      stream.Feed(bytes.substr(half)).ok()) {
    (void)stream.Finish(evroc::ListForm::kBare);
  }
  return 0;
}
