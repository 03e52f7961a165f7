// shim: reconciles Kubernetes objects by calls to the network and the compute
// service, and records the results in the objects.

#include <iostream>
#include <memory>

#include "absl/status/statusor.h"
#include "common/server/flag_set.h"
#include "common/server/program.h"
#include "glog/logging.h"
#include "shim/app/shim_app.h"
#include "shim/app/shim_flags.h"

namespace {

constexpr char kProgram[] = "shim";

}  // namespace

int main(int argc, char** argv) {
  evroc::InitProgram(kProgram);
  evroc::shim::ShimFlags flags;
  evroc::FlagSet set(kProgram,
                     "Runs Evroc clusters for Cluster API: watches Kubernetes "
                     "and calls network-service and compute-service.");
  flags.AddTo(set);
  set.ParseOrExit(argc, argv, [&] { return flags.Check(); });
  FLAGS_v = flags.verbosity;
  absl::StatusOr<std::unique_ptr<evroc::shim::ShimApp>> app =
      evroc::shim::ShimApp::Make(flags);
  if (!app.ok()) {
    std::cerr << kProgram << ": " << app.status().message() << "\n";
    return 1;
  }
  (*app)->Start();
  evroc::AnnounceReady(kProgram, (*app)->address());
  evroc::WaitForTermination();
  const bool lost = (*app)->lost();
  app->reset();
  return lost ? 1 : 0;
}
