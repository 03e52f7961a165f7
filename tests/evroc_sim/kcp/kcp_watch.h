// A Kubernetes watch of one collection: the changes after a version as lines of
// JSON. A value; runs on its connection's thread.

#ifndef TESTS_EVROC_SIM_KCP_KCP_WATCH_H_
#define TESTS_EVROC_SIM_KCP_KCP_WATCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/labels/label_selector.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/kcp/kcp_kind.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

struct WatchOptions {
  const KcpKind* kind = nullptr;
  std::string project;
  std::string region;
  LabelSelector selector;
  std::string name;  // of the only object to watch; empty: all
  // The version to start after; absent: existing objects come first, as ADDED.
  std::optional<int64_t> since;
  bool bookmarks = false;
  absl::Duration timeout;
};

// Writes events until the client disconnects, the timeout has passed, or the
// version has been dropped, which is an ERROR event with code 410.
void RunWatch(Cloud& cloud, const WatchOptions& options,
              const CallContext& context, const Response::Write& write);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_KCP_KCP_WATCH_H_
