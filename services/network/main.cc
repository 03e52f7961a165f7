// network-service: manages networks in Evroc Cloud through gRPC.

#include <memory>

#include "common/server/flag_set.h"
#include "common/server/program.h"
#include "glog/logging.h"
#include "services/network/network_service.h"
#include "services/rpc/scope_collector.h"
#include "services/rpc/service_flags.h"
#include "services/rpc/service_runtime.h"

namespace {

constexpr char kProgram[] = "network-service";

}  // namespace

int main(int argc, char** argv) {
  evroc::InitProgram(kProgram);
  evroc::cloud::ServiceFlags flags;
  evroc::FlagSet set(kProgram,
                     "Owns VPCs, subnets, security groups, public IPs and load "
                     "balancers in Evroc Cloud.");
  flags.AddTo(set);
  set.ParseOrExit(argc, argv, [&] { return flags.Check(); });
  FLAGS_v = flags.verbosity;
  evroc::cloud::ServiceRuntime runtime(flags);
  evroc::network::NetworkServiceImpl service(runtime);
  return runtime.Run(
      {.program = kProgram,
       .name = evroc::network::v1::NetworkService::service_full_name(),
       .service = service,
       .end_watches = [&] { service.EndWatches(); },
       .scopes = std::make_shared<evroc::cloud::ScopeCollector>(
           [&] { return service.ConfirmedTimes(); }, runtime.clock())});
}
