// Fuzzes the watch events of an API server, in pieces of any size, and the code
// that reads the objects in them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shim/cache/core_objects.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"
#include "shim/kube/watch_decoder.h"
#include "shim/node/node_snapshot.h"
#include "shim/reconcile/cluster/network_request.h"

namespace {

using evroc::shim::EvrocClusterObject;

absl::Status Look(const evroc::shim::WatchEvent& event) {
  const EvrocClusterObject cluster =
      evroc::shim::DecodeEvrocCluster(event.object);
  (void)cluster.status.Encode().Dump();
  (void)evroc::shim::MakeNetworkRequest({.cluster = cluster,
                                         .cluster_id = "id",
                                         .cluster_name = "c",
                                         .backends = {},
                                         .inline_groups = {}});
  (void)evroc::shim::DecodeEvrocMachine(event.object).status.Encode().Dump();
  (void)evroc::shim::DecodeMachineTemplate(event.object).status.Dump();
  (void)evroc::shim::DecodeCluster(event.object);
  (void)evroc::shim::DecodeMachine(event.object);
  (void)evroc::shim::ReadNode(event.object);
  return absl::OkStatus();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const evroc::shim::EventSink sink = Look;
  evroc::shim::WatchDecoder decoder("Watch", evroc::shim::Disclosure::kFull,
                                    sink);
  // The first byte is the length of the pieces.
  const size_t piece = size == 0 ? 1 : data[0] + size_t{1};
  for (size_t begin = 1; begin < size; begin += piece) {
    const size_t length = std::min(piece, size - begin);
    if (!decoder.Feed({reinterpret_cast<const char*>(data) + begin, length})
             .ok()) {
      break;
    }
  }
  return 0;
}
