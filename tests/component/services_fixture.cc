#include "tests/component/services_fixture.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_grpc.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "grpcpp/create_channel.h"

namespace evroc {
namespace {

constexpr char kNetworkProgram[] = "services/network/network-service";
constexpr char kComputeProgram[] = "services/compute/compute-service";
// Far longer than anything takes; a test that waits so long has failed.
constexpr absl::Duration kTestTimeout = absl::Seconds(60);

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kTestTimeout));
}

// Calls `step` now and after each event of a Watch, until it returns that it is
// done or the stream ends.
template <typename Stub, typename Request>
bool OnEvents(Stub& stub, const Request& request,
              const std::function<bool()>& step) {
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stream = stub.Watch(&context, request);
  bool done = step();
  std::decay_t<decltype(*stream)>* const events = stream.get();
  if constexpr (std::is_same_v<Request, network::v1::WatchRequest>) {
    network::v1::WatchResponse event;
    while (!done && events->Read(&event)) done = step();
  } else {
    compute::v1::WatchResponse event;
    while (!done && events->Read(&event)) done = step();
  }
  context.TryCancel();
  stream->Finish();
  return done;
}

}  // namespace

absl::Status ToStatus(const grpc::Status& status) {
  return FromGrpcStatus(status);
}

ServicesFixture::ServicesFixture(const Options& options) : options_(options) {
  sim::SimulatorOptions simulated;
  simulated.settings = *Json::Parse(options.settings);
  auto simulator = sim::Simulator::Start(simulated);
  CHECK(simulator.ok()) << simulator.status();
  simulator_ = *std::move(simulator);
  StartNetwork();
  StartCompute();
}

std::vector<std::string> ServicesFixture::Flags() const {
  std::vector<std::string> flags = {"--listen=127.0.0.1:0", "--insecure",
                                    "--poll-interval=200ms",
                                    "--cloud-rate=1000", "--cloud-burst=1000"};
  flags.insert(flags.end(), options_.flags.begin(), options_.flags.end());
  return flags;
}

void ServicesFixture::StartNetwork() {
  network_program_ =
      std::make_unique<Program>(kNetworkProgram, Flags(), options_.log);
  network_ = network::v1::NetworkService::NewStub(grpc::CreateChannel(
      network_program_->address(), grpc::InsecureChannelCredentials()));
}

void ServicesFixture::StartCompute() {
  compute_program_ =
      std::make_unique<Program>(kComputeProgram, Flags(), options_.log);
  compute_ = compute::v1::ComputeService::NewStub(grpc::CreateChannel(
      compute_program_->address(), grpc::InsecureChannelCredentials()));
}

void ServicesFixture::RestartNetwork() {
  network_program_->Kill();
  StartNetwork();
}

void ServicesFixture::RestartCompute() {
  compute_program_->Kill();
  StartCompute();
}

Json ServicesFixture::Control(const std::string& method,
                              const std::string& path,
                              const std::string& body) {
  const auto response =
      http_.Send({}, {.method = method,
                      .url = simulator_->url() + path,
                      .headers = {{"Content-Type", "application/json"}},
                      .body = body});
  CHECK(response.ok()) << response.status();
  CHECK_LT(response->status, 300) << response->body;
  return Json::Parse(response->body).value_or(Json());
}

int ServicesFixture::Calls(const std::string& method, const std::string& part) {
  int count = 0;
  const Json answer = Control("GET", "/sim/v1/calls");
  const JsonView calls = answer["calls"];
  for (size_t i = 0; i < calls.size(); ++i) {
    if (!method.empty() && calls[i]["method"].String() != method) continue;
    if (!absl::StrContains(calls[i]["route"].String(), part)) continue;
    count += static_cast<int>(calls[i]["count"].Integer());
  }
  return count;
}

common::v1::CloudScope ServicesFixture::Scope() const {
  common::v1::CloudScope scope;
  scope.set_project("demo");
  scope.mutable_credentials()->set_content(
      simulator_->Credential(options_.credential));
  return scope;
}

network::v1::ClusterNetwork ServicesFixture::DesiredNetwork(
    const std::string& cluster) const {
  network::v1::ClusterNetwork desired;
  desired.mutable_owner()->set_cluster_id(cluster);
  desired.mutable_owner()->set_cluster_name(cluster);
  desired.mutable_vpc()->set_name(absl::StrCat(cluster, "-net"));
  network::v1::Subnet* subnet = desired.add_subnets();
  subnet->set_name(absl::StrCat(cluster, "-a"));
  subnet->set_ipv4_cidr_block("10.0.8.0/22");
  if (options_.credential != "kubeconfig.yaml") subnet->set_zone("a");
  return desired;
}

compute::v1::VirtualMachine ServicesFixture::DesiredMachine(
    const std::string& cluster, const std::string& machine,
    const network::v1::ClusterNetwork* network) const {
  compute::v1::VirtualMachine desired;
  desired.mutable_owner()->set_cluster_id(cluster);
  desired.mutable_owner()->set_cluster_name(cluster);
  desired.mutable_owner()->set_machine_id(machine);
  desired.mutable_owner()->set_machine_name(machine);
  desired.set_compute_profile("a1a.s");
  desired.mutable_boot_disk()->set_image("ubuntu.24-04.1");
  desired.mutable_boot_disk()->set_size_gb(20);
  desired.set_user_data("#cloud-config\n");
  if (options_.credential != "kubeconfig.yaml") {
    desired.set_zone("a");
    desired.set_subnet_id(network == nullptr ? "default-se-sto-a"
                                             : absl::StrCat(cluster, "-a"));
  }
  if (network != nullptr) {
    for (const std::string& id : network->security_group_ids().common()) {
      desired.add_security_group_ids(id);
    }
  }
  return desired;
}

absl::StatusOr<network::v1::ClusterNetwork> ServicesFixture::Apply(
    const network::v1::ClusterNetwork& desired) {
  grpc::ClientContext context;
  SetDeadline(context);
  network::v1::ApplyClusterNetworkRequest request;
  *request.mutable_scope() = Scope();
  *request.mutable_cluster_network() = desired;
  network::v1::ApplyClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(
      ToStatus(network_->ApplyClusterNetwork(&context, request, &response)));
  return response.cluster_network();
}

absl::StatusOr<compute::v1::VirtualMachine> ServicesFixture::Apply(
    const compute::v1::VirtualMachine& desired, bool provisioned_before) {
  grpc::ClientContext context;
  SetDeadline(context);
  compute::v1::ApplyVirtualMachineRequest request;
  *request.mutable_scope() = Scope();
  *request.mutable_virtual_machine() = desired;
  request.set_provisioned_before(provisioned_before);
  compute::v1::ApplyVirtualMachineResponse response;
  EVROC_RETURN_IF_ERROR(
      ToStatus(compute_->ApplyVirtualMachine(&context, request, &response)));
  return response.virtual_machine();
}

absl::StatusOr<int> ServicesFixture::DeleteNetworkOnce(
    const std::string& cluster) {
  grpc::ClientContext context;
  SetDeadline(context);
  network::v1::DeleteClusterNetworkRequest request;
  *request.mutable_scope() = Scope();
  request.set_cluster_id(cluster);
  network::v1::DeleteClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(
      ToStatus(network_->DeleteClusterNetwork(&context, request, &response)));
  return response.remaining_size();
}

absl::StatusOr<int> ServicesFixture::DeleteMachineOnce(
    const std::string& cluster, const std::string& machine) {
  grpc::ClientContext context;
  SetDeadline(context);
  if (machine.empty()) {
    compute::v1::DeleteClusterVirtualMachinesRequest request;
    *request.mutable_scope() = Scope();
    request.set_cluster_id(cluster);
    compute::v1::DeleteClusterVirtualMachinesResponse response;
    EVROC_RETURN_IF_ERROR(ToStatus(
        compute_->DeleteClusterVirtualMachines(&context, request, &response)));
    return response.remaining_size();
  }
  compute::v1::DeleteVirtualMachineRequest request;
  *request.mutable_scope() = Scope();
  request.mutable_owner()->set_cluster_id(cluster);
  request.mutable_owner()->set_machine_id(machine);
  compute::v1::DeleteVirtualMachineResponse response;
  EVROC_RETURN_IF_ERROR(
      ToStatus(compute_->DeleteVirtualMachine(&context, request, &response)));
  return response.remaining_size();
}

network::v1::ClusterNetwork ServicesFixture::MakeNetwork(
    const network::v1::ClusterNetwork& desired) {
  network::v1::ClusterNetwork made;
  network::v1::WatchRequest request;
  *request.mutable_scope() = Scope();
  request.set_cluster_id(desired.owner().cluster_id());
  const bool done = OnEvents(*network_, request, [&] {
    const auto applied = Apply(desired);
    if (!applied.ok()) {
      LOG(ERROR) << applied.status();
      return true;
    }
    made = *applied;
    return made.state() == network::v1::ClusterNetwork::STATE_READY;
  });
  LOG_IF(ERROR, !done) << "Network did not become ready";
  return made;
}

compute::v1::VirtualMachine ServicesFixture::MakeMachine(
    const compute::v1::VirtualMachine& desired) {
  compute::v1::VirtualMachine made;
  compute::v1::WatchRequest request;
  *request.mutable_scope() = Scope();
  request.set_cluster_id(desired.owner().cluster_id());
  const bool done = OnEvents(*compute_, request, [&] {
    const auto applied = Apply(desired);
    if (!applied.ok()) {
      LOG(ERROR) << applied.status();
      return true;
    }
    made = *applied;
    return !made.conditions().empty() && made.conditions().rbegin()->status() ==
                                             common::v1::Condition::STATUS_TRUE;
  });
  LOG_IF(ERROR, !done) << "Machine did not become ready";
  return made;
}

bool ServicesFixture::DeleteNetwork(const std::string& cluster) {
  network::v1::WatchRequest request;
  *request.mutable_scope() = Scope();
  request.set_cluster_id(cluster);
  return OnEvents(*network_, request, [&] {
    const absl::StatusOr<int> remaining = DeleteNetworkOnce(cluster);
    LOG_IF(ERROR, !remaining.ok()) << remaining.status();
    return remaining.ok() && *remaining == 0;
  });
}

bool ServicesFixture::DeleteMachine(const std::string& cluster,
                                    const std::string& machine) {
  compute::v1::WatchRequest request;
  *request.mutable_scope() = Scope();
  request.set_cluster_id(cluster);
  return OnEvents(*compute_, request, [&] {
    const absl::StatusOr<int> remaining = DeleteMachineOnce(cluster, machine);
    LOG_IF(ERROR, !remaining.ok()) << remaining.status();
    return remaining.ok() && *remaining == 0;
  });
}

std::vector<sim::ObjectPtr> ServicesFixture::ObjectsOf(
    sim::Kind kind, const std::string& cluster) {
  const auto selector = LabelSelector::ForAll({{"capi-cluster-id", cluster}});
  return cloud().List(kind, "demo", "se-sto", selector);
}

int ServicesFixture::CountAll(const std::string& cluster) {
  int count = 0;
  for (const sim::Kind kind :
       {sim::Kind::kVpc, sim::Kind::kSubnet, sim::Kind::kSecurityGroup,
        sim::Kind::kPublicIp, sim::Kind::kLoadBalancer, sim::Kind::kBackendPool,
        sim::Kind::kBackendService, sim::Kind::kL4Route,
        sim::Kind::kVirtualMachine, sim::Kind::kDisk,
        sim::Kind::kHotswapAttachment, sim::Kind::kPlacementGroup}) {
    count += CountOf(kind, cluster);
  }
  return count;
}

}  // namespace evroc
