#include "tests/contract/services/test_services.h"

#include <chrono>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "glog/logging.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "services/compute/compute_service.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/network/network_service.h"
#include "services/rpc/service_flags.h"
#include "services/rpc/service_runtime.h"
#include "shim/rpc/grpc_compute_service_client.h"
#include "shim/rpc/grpc_network_service_client.h"
#include "shim/rpc/testing/fake_compute_service_client.h"
#include "shim/rpc/testing/fake_network_service_client.h"

namespace evroc::shim {
namespace {

using cloud::FakeDialect;
using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using network::v1::PublicIp;

constexpr char kCredential[] =
    "formatVersion: v1\n"
    "currentProfile: main\n"
    "profiles:\n"
    "  main:\n"
    "    project: project\n"
    "    user: {username: ada, refreshToken: token}\n";

class FakeServices : public TestServices {
 public:
  explicit FakeServices(FakeDialect dialect) {
    network_.SetRest(dialect == FakeDialect::kRest);
  }

  NetworkServiceClient& network() override { return network_; }
  ComputeServiceClient& compute() override { return compute_; }

  void Settle() override {
    for (const char* cluster : {"c1", "c2"}) SettleNetwork(cluster);
    for (const char* machine : {"m1", "m2"}) {
      SettleAddress(machine);
      SettleMachine(machine);
    }
    network_.workload().FinishDeletions();
    compute_.workload().FinishDeletions();
  }
  void RefuseCredentials() override {
    network_.access().Refuse(kCredential);
    compute_.access().Refuse(kCredential);
  }
  void LoseVpc(const ClusterNetwork& network) override {
    network_.FailNetwork(network.owner().cluster_id(), "VPCReady",
                         "VPCNotFound", "it does not exist");
  }
  void Stop(const VirtualMachine& machine) override {
    compute_.Stop(machine.owner().machine_id());
  }
  void Fail(const VirtualMachine& machine) override {
    compute_.Fail(machine.owner().machine_id(), "ProvisioningFailed",
                  "no capacity");
  }
  void RefuseRoom(const VirtualMachine& machine) override {
    compute_.AwaitRoom(machine.owner().machine_id(), absl::Now());
  }
  void Lose(const VirtualMachine& machine) override {
    compute_.Vanish(machine.owner().machine_id());
  }
  void MakeOfficialMachine(const VirtualMachine& machine,
                           const common::v1::PreviousOwner& labels) override {
    compute_.PutOfficial({machine, labels});
  }
  void MakeWorkloadObjects(const std::string& identifier) override {
    network_.workload().Leave("PublicIP", identifier);
    compute_.workload().Leave("Disk", identifier);
    compute_.workload().Leave("HotswapDiskAttachment", identifier);
  }
  void MakeOfficialNetwork(bool proven) override {
    using Object = common::v1::TakeOverObject;
    FakeOfficialObjects& official = network_.official();
    official.Leave("c1", "PublicIP", "prod-0123abcd-cp-lb-ip",
                   proven ? Object::PROVEN : Object::NOT_PROVEN);
    official.Leave("c1", "SecurityGroup", "prod-0123abcd-nodes");
    official.Leave("m1", "PublicIP", "node-0-public-ip");
  }

 private:
  void SettleNetwork(const std::string& cluster) {
    const auto network = network_.Network(cluster);
    if (!network.has_value()) return;
    if (network->state() == ClusterNetwork::STATE_PROVISIONING) {
      network_.FinishNetwork(cluster);
    } else if (network->state() == ClusterNetwork::STATE_DELETING) {
      network_.FinishDeletion(cluster);
    }
  }
  void SettleAddress(const std::string& machine) {
    const auto address = network_.Address(machine);
    if (!address.has_value()) return;
    if (address->state() == PublicIp::STATE_PROVISIONING) {
      network_.GiveAddress(machine);
    } else if (address->state() == PublicIp::STATE_DELETING) {
      network_.FinishAddressDeletion(machine);
    }
  }
  void SettleMachine(const std::string& id) {
    const auto machine = compute_.Machine(id);
    if (!machine.has_value()) return;
    if (machine->state() == VirtualMachine::STATE_PROVISIONING) {
      compute_.Run(id);
    } else if (machine->state() == VirtualMachine::STATE_DELETING) {
      compute_.FinishDeletion(id);
    }
  }

  FakeNetworkServiceClient network_;
  FakeComputeServiceClient compute_;
};

class RealServices : public TestServices {
 public:
  explicit RealServices(FakeDialect dialect) {
    auto network = std::make_unique<cloud::FakeNetworkApi>(dialect, clock_);
    network_api_ = network.get();
    network_api_->AddDefaultNetwork();
    auto compute =
        std::make_unique<cloud::FakeComputeApi>(*network, dialect, clock_);
    compute_api_ = compute.get();
    connection_->dialect = dialect == FakeDialect::kRest ? cloud::Dialect::kRest
                                                         : cloud::Dialect::kKcp;
    connection_->project = "project";
    connection_->region = "se-sto";
    connection_->network = std::move(network);
    connection_->compute = std::move(compute);
    Serve();
  }
  ~RealServices() override {
    network_.reset();
    compute_.reset();
    network_service_.EndWatches();
    compute_service_.EndWatches();
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    runtime_.executor().Drain();
  }

  NetworkServiceClient& network() override { return *network_; }
  ComputeServiceClient& compute() override { return *compute_; }

  // Also makes the services read, poll or watch the cloud again.
  void Settle() override {
    compute_api_->Settle();
    if (refused_) ForEach([](auto& each) { each.EndWatches(); });
    clock_.Advance(absl::Seconds(6));
  }
  void RefuseCredentials() override {
    refused_ = true;
    ForEach([](auto& each) { Refuse(each.faults()); });
    Refuse(compute_api_->catalogue_faults());
  }
  void LoseVpc(const ClusterNetwork& network) override {
    network_api_->vpcs().Vanish(cloud::Id<cloud::Vpc>(network.vpc_id()));
    Settle();
  }
  void Stop(const VirtualMachine& machine) override {
    compute_api_->Stop(IdOf(machine));
    Settle();
  }
  void Fail(const VirtualMachine& machine) override {
    compute_api_->FailProvisioning(IdOf(machine));
    Settle();
  }
  void RefuseRoom(const VirtualMachine& machine) override {
    compute_api_->RefuseRoom(IdOf(machine));
    Settle();
  }
  void Lose(const VirtualMachine& machine) override {
    compute_api_->virtual_machines().Vanish(IdOf(machine));
    Settle();
  }
  void MakeOfficialMachine(const VirtualMachine& machine,
                           const common::v1::PreviousOwner& labels) override {
    const std::string& prefix = machine.owner().resource_prefix();
    cloud::Disk disk;
    disk.metadata.id = cloud::Id<cloud::Disk>(prefix + "-boot-disk");
    disk.metadata.labels = {{"capi_managed-by", "cluster-api-provider-evroc"},
                            {"capi_cluster-name", labels.cluster_names(0)},
                            {"capi_cluster-id", labels.cluster_id()},
                            {"capi_machine-id", labels.machine_id()}};
    disk.image = machine.boot_disk().image();
    disk.size = cloud::DiskSize{machine.boot_disk().size_gb(), "GB"};
    disk.zone = machine.zone();
    compute_api_->disks().Put(disk);
    cloud::VirtualMachine vm;
    vm.metadata.id = cloud::Id<cloud::VirtualMachine>(prefix);
    vm.metadata.uid = machine.uid();
    vm.metadata.labels = {{"capi_cluster-name", labels.cluster_names(0)},
                          {"capi_provider", "evroc"}};
    vm.compute_profile = machine.compute_profile();
    vm.disks = {{disk.metadata.id, true}};
    vm.zone = machine.zone();
    vm.subnet = cloud::Id<cloud::Subnet>(machine.subnet_id());
    compute_api_->virtual_machines().Put(vm);
    Settle();
  }
  void MakeWorkloadObjects(const std::string& identifier) override {
    const cloud::Labels labels = {{"managed-by", identifier}};
    cloud::PublicIp address;
    address.metadata.id = cloud::Id<cloud::PublicIp>("service-ip");
    address.metadata.labels = labels;
    network_api_->public_ips().Put(address);
    cloud::Disk disk;
    disk.metadata.id = cloud::Id<cloud::Disk>("pvc-1");
    disk.metadata.labels = labels;
    compute_api_->disks().Put(disk);
    cloud::HotswapAttachment attachment;
    attachment.metadata.id = cloud::Id<cloud::HotswapAttachment>("pvc-1-to-vm");
    attachment.metadata.labels = labels;
    attachment.disk = disk.metadata.id;
    compute_api_->hotswap_attachments().Put(attachment);
    Settle();
  }
  void MakeOfficialNetwork(bool proven) override {
    cloud::Labels labels = {{"capi_managed-by", "cluster-api-provider-evroc"},
                            {"capi_cluster-id", "c1"},
                            {"capi_cluster-name", "prod"}};
    cloud::SecurityGroup group;
    group.metadata.id = cloud::Id<cloud::SecurityGroup>("prod-0123abcd-nodes");
    group.metadata.labels = labels;
    network_api_->security_groups().Put(group);
    cloud::PublicIp address;
    address.metadata.id = cloud::Id<cloud::PublicIp>("prod-0123abcd-cp-lb-ip");
    if (proven) address.metadata.labels = labels;
    network_api_->public_ips().Put(address);
    address.metadata.id = cloud::Id<cloud::PublicIp>("node-0-public-ip");
    address.metadata.labels = labels;
    address.metadata.labels["capi_machine-id"] = "m1";
    network_api_->public_ips().Put(address);
    Settle();
  }

 private:
  static void Refuse(cloud::FakeFaults& faults) {
    for (const auto verb :
         {cloud::Verb::kGet, cloud::Verb::kList, cloud::Verb::kCreate,
          cloud::Verb::kUpdate, cloud::Verb::kDelete, cloud::Verb::kWatch}) {
      faults.Fail(verb, absl::UnauthenticatedError("refused"),
                  cloud::FakeFaults::kForever);
    }
  }

  // Calls `work` with the collections that both dialects have.
  template <typename Work>
  void ForEach(const Work& work) {
    work(network_api_->vpcs());
    work(network_api_->subnets());
    work(network_api_->security_groups());
    work(network_api_->public_ips());
    work(compute_api_->virtual_machines());
    work(compute_api_->disks());
    work(compute_api_->hotswap_attachments());
  }

  static cloud::Id<cloud::VirtualMachine> IdOf(const VirtualMachine& machine) {
    return cloud::Id<cloud::VirtualMachine>(machine.id());
  }

  void Serve() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&network_service_);
    builder.RegisterService(&compute_service_);
    server_ = builder.BuildAndStart();
    CHECK(server_ != nullptr);
    const std::string address = absl::StrCat("127.0.0.1:", port);
    network_ = std::make_unique<GrpcNetworkServiceClient>(address);
    compute_ = std::make_unique<GrpcComputeServiceClient>(address);
  }

  // Far behind the machine's clock, by which the clients set their deadlines.
  FakeClock clock_{absl::UnixEpoch()};
  const std::shared_ptr<cloud::Connection> connection_ =
      std::make_shared<cloud::Connection>();
  cloud::FakeNetworkApi* network_api_ = nullptr;
  cloud::FakeComputeApi* compute_api_ = nullptr;
  bool refused_ = false;
  cloud::ServiceRuntime runtime_{
      cloud::ServiceFlags(), clock_,
      [this](const std::string& /*key*/, const cloud::Target& /*target*/) {
        return connection_;
      }};
  network::NetworkServiceImpl network_service_{runtime_};
  compute::ComputeServiceImpl compute_service_{runtime_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GrpcNetworkServiceClient> network_;
  std::unique_ptr<GrpcComputeServiceClient> compute_;
};

template <typename Services>
std::unique_ptr<TestServices> Make(FakeDialect dialect) {
  return std::make_unique<Services>(dialect);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Setup& setup) {
  return out << setup.name;
}

std::vector<Setup> SetupsOf(FakeDialect dialect) {
  const bool is_rest = dialect == FakeDialect::kRest;
  return {{is_rest ? "FakeRest" : "FakeKcp", dialect, Make<FakeServices>},
          {is_rest ? "RealRest" : "RealKcp", dialect, Make<RealServices>}};
}

common::v1::CloudScope TestedScope() {
  common::v1::CloudScope scope;
  scope.set_project("project");
  scope.mutable_credentials()->set_content(kCredential);
  return scope;
}

std::string Summary(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  std::vector<std::string> words = {absl::StatusCodeToString(status.code())};
  if (!details.reason.empty()) words.push_back(details.reason);
  const auto condition = details.metadata.find("condition");
  if (condition != details.metadata.end()) words.push_back(condition->second);
  for (const FieldViolation& violation : details.field_violations) {
    words.push_back(violation.field);
  }
  return absl::StrJoin(words, " ");
}

std::vector<std::string> Summary(
    const google::protobuf::RepeatedPtrField<common::v1::Condition>& all) {
  std::vector<std::string> words;
  for (const common::v1::Condition& each : all) {
    const bool holds = each.status() == common::v1::Condition::STATUS_TRUE;
    words.push_back(absl::StrCat(each.type(), "=", holds ? "True" : "False",
                                 "/", each.reason()));
  }
  return words;
}

std::string Summary(const std::vector<common::v1::RemainingObject>& remaining) {
  std::set<std::string> kinds;
  for (const common::v1::RemainingObject& object : remaining) {
    CHECK(!object.id().empty() && !object.reason().empty());
    kinds.insert(object.kind());
  }
  return absl::StrJoin(kinds, ", ");
}

}  // namespace evroc::shim
