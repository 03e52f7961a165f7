// The gRPC clients against an in-process server that answers through the fake
// clients.

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/status/error_details.h"
#include "common/status/status_grpc.h"
#include "evroc/compute/v1/compute_service.grpc.pb.h"
#include "evroc/network/v1/network_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "shim/rpc/cloud_watcher.h"
#include "shim/rpc/grpc_compute_service_client.h"
#include "shim/rpc/grpc_network_service_client.h"
#include "shim/rpc/testing/desired_resources.h"
#include "shim/rpc/testing/fake_compute_service_client.h"
#include "shim/rpc/testing/fake_network_service_client.h"
#include "shim/rpc/testing/recording_listener.h"
#include "shim/rpc/testing/recording_observer.h"

namespace evroc::shim {
namespace {

constexpr char kMine[] = "65e2bb15-5dea-4db4-919c-ebe15a25751a";

using compute::v1::ComputeService;
using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using network::v1::NetworkService;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::string_view kRequestId = "x-request-id";

// Writes the stream of a fake service to a gRPC client.
template <typename Response>
class WatchWriter : public WatchObserver<Response> {
 public:
  explicit WatchWriter(grpc::ServerWriter<Response>& writer)
      : writer_(writer) {}
  void OnEvent(const Response& response) override {
    absl::MutexLock lock(&mutex_);
    writer_.Write(response);
  }
  void OnEnd(const absl::Status& status) override {
    end_ = status;
    ended_.Notify();
  }
  // Returns once the stream has ended, or its client has cancelled.
  grpc::Status Serve(const grpc::ServerContext& context) {
    while (!ended_.WaitForNotificationWithTimeout(absl::Milliseconds(2))) {
      if (context.IsCancelled()) return grpc::Status::CANCELLED;
    }
    return ToGrpcStatus(end_);
  }

 private:
  grpc::ServerWriter<Response>& writer_;
  absl::Mutex mutex_;
  absl::Status end_;
  absl::Notification ended_;
};

// The call as the server sees it.
CallContext ContextOf(const grpc::ServerContext& context) {
  CallContext call;
  call.deadline = absl::FromChrono(context.deadline());
  const auto& sent = context.client_metadata();
  const auto id = sent.find({kRequestId.data(), kRequestId.size()});
  if (id != sent.end()) {
    call.request_id = {id->second.data(), id->second.size()};
  }
  return call;
}

template <typename T, typename Set>
grpc::Status Answer(const absl::StatusOr<T>& answer, const Set& set) {
  if (answer.ok()) set(*answer);
  return ToGrpcStatus(WithMetadata(answer.status(), "request_id", "served"));
}

class TestComputeService : public ComputeService::Service {
 public:
  explicit TestComputeService(FakeComputeServiceClient& service)
      : client_(service) {}

  grpc::Status ApplyVirtualMachine(
      grpc::ServerContext* context,
      const compute::v1::ApplyVirtualMachineRequest* request,
      compute::v1::ApplyVirtualMachineResponse* response) override {
    last_call = ContextOf(*context);
    if (hold != nullptr) {
      reached.Notify();
      while (!context->IsCancelled()) std::this_thread::yield();
    }
    return Answer(client_.ApplyVirtualMachine({}, request->scope(),
                                              request->virtual_machine(),
                                              request->provisioned_before()),
                  [&](const VirtualMachine& machine) {
                    *response->mutable_virtual_machine() = machine;
                  });
  }
  grpc::Status DeleteVirtualMachine(
      grpc::ServerContext* /*context*/,
      const compute::v1::DeleteVirtualMachineRequest* request,
      compute::v1::DeleteVirtualMachineResponse* response) override {
    last_deletion = *request;
    return Answer(
        client_.DeleteVirtualMachine({}, request->scope(),
                                     {.owner = request->owner()}),
        [&](const auto& remaining) {
          *response->mutable_remaining() = {remaining.begin(), remaining.end()};
        });
  }
  grpc::Status DeleteClusterVirtualMachines(
      grpc::ServerContext* /*context*/,
      const compute::v1::DeleteClusterVirtualMachinesRequest* request,
      compute::v1::DeleteClusterVirtualMachinesResponse* response) override {
    return Answer(
        client_.DeleteClusterMachines(
            {}, request->scope(),
            {.cluster_id = request->cluster_id(),
             .workload_identifier = request->workload_identifier(),
             .with_workload_disks = request->delete_workload_disks()}),
        [&](const auto& remaining) {
          *response->mutable_remaining() = {remaining.begin(), remaining.end()};
        });
  }
  grpc::Status TakeOverVirtualMachine(
      grpc::ServerContext* /*context*/,
      const compute::v1::TakeOverVirtualMachineRequest* request,
      compute::v1::TakeOverVirtualMachineResponse* response) override {
    return Answer(client_.TakeOverVirtualMachine(
                      {}, request->scope(),
                      {.owner = request->owner(),
                       .previous_owner = request->previous_owner(),
                       .action = request->action()}),
                  [&](const auto& answer) { *response = answer; });
  }
  grpc::Status PlanVirtualMachine(
      grpc::ServerContext* /*context*/,
      const compute::v1::PlanVirtualMachineRequest* request,
      compute::v1::PlanVirtualMachineResponse* response) override {
    return Answer(client_.PlanVirtualMachine({}, request->scope(),
                                             request->previous_owner(),
                                             request->virtual_machine(),
                                             request->provisioned_before()),
                  [&](const auto& answer) { *response = answer; });
  }
  grpc::Status ListComputeProfiles(
      grpc::ServerContext* /*context*/,
      const compute::v1::ListComputeProfilesRequest* request,
      compute::v1::ListComputeProfilesResponse* response) override {
    return Answer(client_.ListComputeProfiles({}, request->scope()),
                  [&](const auto& profiles) {
                    // One on a page.
                    const size_t at = request->page_token().size();
                    *response->add_compute_profiles() = profiles[at];
                    response->set_next_page_token(std::string(
                        at + 1 < profiles.size() ? at + 1 : 0, 'x'));
                  });
  }
  grpc::Status Watch(
      grpc::ServerContext* context, const compute::v1::WatchRequest* request,
      grpc::ServerWriter<compute::v1::WatchResponse>* writer) override {
    WatchWriter<compute::v1::WatchResponse> observer(*writer);
    const auto stream =
        client_.Watch(request->scope(), request->cursor(), observer);
    return observer.Serve(*context);
  }

  CallContext last_call;
  compute::v1::DeleteVirtualMachineRequest last_deletion;
  // If set, Apply waits until its caller cancels.
  const char* hold = nullptr;
  absl::Notification reached;

 private:
  FakeComputeServiceClient& client_;
};

template <typename Request>
TakeOverInput InputOf(const Request& request) {
  return {.owner = request.owner(),
          .previous_owner = request.previous_owner(),
          .action = request.action()};
}

class TestNetworkService : public NetworkService::Service {
 public:
  explicit TestNetworkService(FakeNetworkServiceClient& service)
      : client_(service) {}

  grpc::Status ApplyClusterNetwork(
      grpc::ServerContext* /*context*/,
      const network::v1::ApplyClusterNetworkRequest* request,
      network::v1::ApplyClusterNetworkResponse* response) override {
    return Answer(client_.ApplyClusterNetwork({}, request->scope(),
                                              request->cluster_network()),
                  [&](const ClusterNetwork& network) {
                    *response->mutable_cluster_network() = network;
                  });
  }
  static NetworkServiceClient::WholeNetwork NetworkOf(
      const network::v1::DeleteClusterNetworkRequest& request) {
    NetworkServiceClient::WholeNetwork network{
        .workload_identifier = request.workload_identifier(),
        .load_balancer_id = request.load_balancer_id()};
    network.owner.set_cluster_id(request.cluster_id());
    network.owner.set_cluster_name(request.cluster_name());
    return network;
  }
  grpc::Status DeleteClusterNetwork(
      grpc::ServerContext* /*context*/,
      const network::v1::DeleteClusterNetworkRequest* request,
      network::v1::DeleteClusterNetworkResponse* response) override {
    return Answer(
        client_.DeleteClusterNetwork({}, request->scope(), NetworkOf(*request)),
        [&](const auto& remaining) {
          *response->mutable_remaining() = {remaining.begin(), remaining.end()};
        });
  }
  grpc::Status ApplyPublicIp(
      grpc::ServerContext* /*context*/,
      const network::v1::ApplyPublicIpRequest* request,
      network::v1::ApplyPublicIpResponse* response) override {
    return Answer(
        client_.ApplyPublicIp({}, request->scope(), request->public_ip()),
        [&](const auto& address) { *response->mutable_public_ip() = address; });
  }
  grpc::Status DeletePublicIp(
      grpc::ServerContext* /*context*/,
      const network::v1::DeletePublicIpRequest* request,
      network::v1::DeletePublicIpResponse* response) override {
    return Answer(
        client_.DeletePublicIp({}, request->scope(), request->owner()),
        [&](const auto& remaining) {
          *response->mutable_remaining() = {remaining.begin(), remaining.end()};
        });
  }
  grpc::Status TakeOverClusterNetwork(
      grpc::ServerContext* /*context*/,
      const network::v1::TakeOverClusterNetworkRequest* request,
      network::v1::TakeOverClusterNetworkResponse* response) override {
    return Answer(
        client_.TakeOverClusterNetwork({}, request->scope(), InputOf(*request)),
        [&](const auto& objects) {
          *response->mutable_objects() = {objects.begin(), objects.end()};
        });
  }
  grpc::Status TakeOverPublicIp(
      grpc::ServerContext* /*context*/,
      const network::v1::TakeOverPublicIpRequest* request,
      network::v1::TakeOverPublicIpResponse* response) override {
    return Answer(
        client_.TakeOverPublicIp({}, request->scope(), InputOf(*request)),
        [&](const auto& objects) {
          *response->mutable_objects() = {objects.begin(), objects.end()};
        });
  }
  grpc::Status PlanClusterNetwork(
      grpc::ServerContext* /*context*/,
      const network::v1::PlanClusterNetworkRequest* request,
      network::v1::PlanClusterNetworkResponse* response) override {
    return Answer(client_.PlanClusterNetwork({}, request->scope(),
                                             request->previous_owner(),
                                             request->cluster_network()),
                  [&](const auto& answer) { *response = answer; });
  }
  grpc::Status PlanPublicIp(
      grpc::ServerContext* /*context*/,
      const network::v1::PlanPublicIpRequest* request,
      network::v1::PlanPublicIpResponse* response) override {
    return Answer(
        client_.PlanPublicIp({}, request->scope(), request->previous_owner(),
                             request->public_ip(), request->deleted()),
        [&](const auto& answer) { *response = answer; });
  }
  grpc::Status CheckCredentials(
      grpc::ServerContext* /*context*/,
      const network::v1::CheckCredentialsRequest* request,
      network::v1::CheckCredentialsResponse* response) override {
    return Answer(
        client_.CheckCredentials({}, request->scope()),
        [&](const auto& check) { *response->mutable_check() = check; });
  }
  grpc::Status Watch(
      grpc::ServerContext* context, const network::v1::WatchRequest* request,
      grpc::ServerWriter<network::v1::WatchResponse>* writer) override {
    WatchWriter<network::v1::WatchResponse> observer(*writer);
    const auto stream =
        client_.Watch(request->scope(), request->cursor(), observer);
    return observer.Serve(*context);
  }

 private:
  FakeNetworkServiceClient& client_;
};

class GrpcServiceClientsTest : public ::testing::Test {
 protected:
  GrpcServiceClientsTest() { Start(0); }
  ~GrpcServiceClientsTest() override { Stop(); }

  void Start(int port) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port),
                             grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&network_service_);
    builder.RegisterService(&compute_service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  const common::v1::CloudScope scope_ = TestScope("key");
  FakeNetworkServiceClient network_fake_;
  FakeComputeServiceClient compute_fake_;
  TestNetworkService network_service_{network_fake_};
  TestComputeService compute_service_{compute_fake_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(GrpcServiceClientsTest, TellsWhetherAServiceServes) {
  GrpcNetworkServiceClient network(address());
  GrpcComputeServiceClient compute(address());
  const CallContext soon{.deadline = absl::Now() + absl::Seconds(20)};
  EXPECT_TRUE(network.CheckServing(soon).ok());
  EXPECT_TRUE(compute.CheckServing(soon).ok());
  server_->GetHealthCheckService()->SetServingStatus("", false);
  EXPECT_TRUE(absl::IsUnavailable(network.CheckServing(soon)));
  EXPECT_TRUE(absl::IsUnavailable(compute.CheckServing(soon)));
  Stop();
  EXPECT_EQ(DetailsOf(network.CheckServing(soon)).reason, kServiceUnreachable);
}

TEST_F(GrpcServiceClientsTest, CallsEveryMethodOfTheNetworkService) {
  GrpcNetworkServiceClient service(address());
  network_fake_.SetInstant(true);
  const auto network =
      service.ApplyClusterNetwork({}, scope_, TestNetwork("c1"));
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->state(), ClusterNetwork::STATE_READY);
  const common::v1::Owner owner = TestOwner("c1", "m1");
  EXPECT_THAT(*service.DeletePublicIp({}, scope_, owner), IsEmpty());
  const auto made = service.ApplyPublicIp({}, scope_, TestAddress("c1", "m1"));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_FALSE(made->address().empty());
  TakeOverInput input{.owner = TestOwner("c1"),
                      .action = common::v1::TAKE_OVER_ACTION_TAKE};
  input.owner.set_resource_prefix("prod-0123abcd");
  input.previous_owner.add_cluster_names("prod");
  network_fake_.official().Leave("c1", "LoadBalancer", "lb");
  EXPECT_EQ(service.TakeOverClusterNetwork({}, scope_, input)->at(0).verdict(),
            common::v1::TakeOverObject::TAKEN);
  EXPECT_TRUE(network_fake_.official().IsTaken("c1", "lb"));
  input.owner.MergeFrom(owner);
  network_fake_.official().Leave("m1", "PublicIP", "ip");
  EXPECT_EQ(service.TakeOverPublicIp({}, scope_, input)->at(0).id(), "ip");
  ClusterNetwork planned = TestNetwork("c1");
  planned.mutable_owner()->set_resource_prefix("prod-0123abcd");
  network_fake_.official().Plan("c1", {"makes L4Route a"}, "no room");
  const auto plan =
      service.PlanClusterNetwork({}, scope_, input.previous_owner, planned);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->changes(), ElementsAre("makes L4Route a"));
  EXPECT_EQ(plan->failure(), "no room");
  network::v1::PublicIp address = TestAddress("c1", "m1");
  address.mutable_owner()->set_resource_prefix("node-0");
  EXPECT_THAT(service
                  .PlanPublicIp({}, scope_, input.previous_owner, address,
                                /*deleted=*/true)
                  ->changes(),
              SizeIs(1));
  EXPECT_TRUE(service.CheckCredentials({}, scope_)->load_balancers());
  network_fake_.SetInstant(false);
  EXPECT_THAT(*service.DeletePublicIp({}, scope_, owner), SizeIs(1));
  network_fake_.workload().Leave("PublicIP", kMine);
  NetworkServiceClient::WholeNetwork whole{.owner = TestOwner("c1"),
                                           .workload_identifier = kMine,
                                           .load_balancer_id = "lb"};
  EXPECT_EQ(service.DeleteClusterNetwork({}, scope_, whole)->at(0).kind(),
            "PublicIP");
  EXPECT_EQ(network_fake_.last_deletion().load_balancer_id, "lb");
  whole.workload_identifier.clear();
  EXPECT_THAT(*service.DeleteClusterNetwork({}, scope_, whole), SizeIs(1));
}

TEST_F(GrpcServiceClientsTest, CallsEveryMethodOfTheComputeService) {
  GrpcComputeServiceClient service(address());
  VirtualMachine desired = TestMachine("c1", "m1");
  const auto made = service.ApplyVirtualMachine({}, scope_, desired, false);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->state(), VirtualMachine::STATE_PROVISIONING);
  EXPECT_EQ(compute_fake_.Machine("m1")->user_data(), desired.user_data());
  EXPECT_EQ(
      service.ApplyVirtualMachine({}, scope_, TestMachine("c1", "m2"), true)
          ->state(),
      VirtualMachine::STATE_LOST);
  EXPECT_THAT(*service.ListComputeProfiles({}, scope_), SizeIs(2));
  VirtualMachine official = TestMachine("c1", "m3");
  official.mutable_owner()->set_resource_prefix("worker-0");
  common::v1::PreviousOwner previous;
  previous.add_cluster_names("prod");
  compute_fake_.PutOfficial({official, previous, {"makes Disk a"}});
  const auto plan = service.PlanVirtualMachine({}, scope_, previous, official,
                                               /*provisioned_before=*/true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->changes(), ElementsAre("makes Disk a"));
  const auto taken = service.TakeOverVirtualMachine(
      {}, scope_,
      {official.owner(), previous, common::v1::TAKE_OVER_ACTION_TAKE});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->objects(), SizeIs(2));
  EXPECT_TRUE(compute_fake_.Machine("m3").has_value());
  EXPECT_THAT(*service.DeleteVirtualMachine({}, scope_,
                                            {.owner = TestOwner("c1", "m1"),
                                             .vm_uid = "uid",
                                             .data_disks = {"data"}}),
              SizeIs(1));
  EXPECT_EQ(compute_service_.last_deletion.vm_uid(), "uid");
  EXPECT_THAT(compute_service_.last_deletion.data_disks(),
              testing::ElementsAre("data"));
  compute_fake_.SetInstant(true);
  compute_fake_.workload().Leave("Disk", kMine);
  compute_fake_.workload().Leave("HotswapDiskAttachment", kMine);
  const auto remaining =
      service.DeleteClusterMachines({}, scope_,
                                    {.cluster_id = "c1",
                                     .workload_identifier = kMine,
                                     .with_workload_disks = true});
  EXPECT_THAT(*remaining, IsEmpty());
  EXPECT_FALSE(compute_fake_.workload().Has("Disk", kMine));
  EXPECT_FALSE(compute_fake_.Machine("m1").has_value());
}

TEST_F(GrpcServiceClientsTest, ErrorsKeepTheirDetailsAndNameTheService) {
  GrpcComputeServiceClient service(address());
  compute_fake_.faults().Fail(
      "ApplyVirtualMachine",
      MakeError(absl::StatusCode::kResourceExhausted, "no CPUs left",
                {.reason = std::string(kQuotaExceeded),
                 .metadata = {{"quota", "cpu"}},
                 .retry_after = absl::Seconds(7)}));
  const absl::Status status =
      service.ApplyVirtualMachine({}, scope_, TestMachine("c1", "m1"), false)
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "compute-service: no CPUs left");
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, kQuotaExceeded);
  EXPECT_EQ(details.metadata.at("quota"), "cpu");
  EXPECT_EQ(details.retry_after, absl::Seconds(7));
}

TEST_F(GrpcServiceClientsTest, SendsDeadlineAndRequestId) {
  GrpcComputeServiceClient service(address());
  CallContext context{.request_id = "reconcile-17"};
  const absl::Time before = absl::Now();
  ASSERT_TRUE(
      service
          .ApplyVirtualMachine(context, scope_, TestMachine("c1", "m1"), false)
          .ok());
  EXPECT_EQ(compute_service_.last_call.request_id, "reconcile-17");
  EXPECT_GT(compute_service_.last_call.deadline, before);
  EXPECT_LT(compute_service_.last_call.deadline, before + absl::Minutes(10));
  context.deadline = before - absl::Seconds(1);
  EXPECT_EQ(
      service
          .ApplyVirtualMachine(context, scope_, TestMachine("c1", "m1"), false)
          .status()
          .code(),
      absl::StatusCode::kDeadlineExceeded);
}

TEST_F(GrpcServiceClientsTest, StopsWhenItsCallerDoes) {
  compute_service_.hold = "until the caller goes";
  GrpcComputeServiceClient service(address());
  std::stop_source cancel;
  std::thread canceller([&] {
    compute_service_.reached.WaitForNotification();
    cancel.request_stop();
  });
  EXPECT_EQ(service
                .ApplyVirtualMachine({.cancel = cancel.get_token()}, scope_,
                                     TestMachine("c1", "m1"), false)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  canceller.join();
}

TEST_F(GrpcServiceClientsTest, ReportsEachCall) {
  std::vector<std::string> calls;
  GrpcComputeServiceClient service(address(), [&](absl::string_view method,
                                                  absl::StatusCode code,
                                                  absl::Duration took) {
    calls.push_back(absl::StrCat(method, " ", absl::StatusCodeToString(code)));
    EXPECT_GT(took, absl::ZeroDuration());
  });
  compute_fake_.access().Refuse("key");
  EXPECT_FALSE(service.ListComputeProfiles({}, scope_).ok());
  compute_fake_.access().Accept("key");
  EXPECT_TRUE(service.ListComputeProfiles({}, scope_).ok());
  EXPECT_THAT(calls,
              ElementsAre("ListComputeProfiles UNAUTHENTICATED",
                          "ListComputeProfiles OK", "ListComputeProfiles OK"))
      << "a call for each page";
}

TEST_F(GrpcServiceClientsTest, AnUnreachableServiceGivesTheSameErrorEachTime) {
  GrpcNetworkServiceClient service(address());
  Stop();
  const absl::Status first = service.CheckCredentials({}, scope_).status();
  EXPECT_EQ(first.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(first.message(), "network-service can't be reached");
  EXPECT_EQ(DetailsOf(first).reason, kServiceUnreachable);
  EXPECT_EQ(service.CheckCredentials({}, scope_).status(), first);
}

TEST_F(GrpcServiceClientsTest, WatchesAndCancels) {
  GrpcComputeServiceClient service(address());
  RecordingObserver<compute::v1::WatchResponse> seen;
  auto stream = service.Watch(scope_, "", seen);
  EXPECT_THAT(seen.Await(1), ElementsAre("SYNCED"));
  ASSERT_TRUE(
      compute_fake_
          .ApplyVirtualMachine({}, scope_, TestMachine("c1", "m1"), false)
          .ok());
  EXPECT_THAT(seen.Await(1), ElementsAre("CHANGED m1"));
  stream.reset();
  compute_fake_.streams().AwaitOpen(0);
  EXPECT_EQ(seen.end()->code(), absl::StatusCode::kCancelled);
  // The second stream resumes at the cursor of the first.
  compute_fake_.Run("m1");
  RecordingObserver<compute::v1::WatchResponse> again;
  stream = service.Watch(scope_, seen.cursor(), again);
  EXPECT_THAT(again.Await(2), ElementsAre("CHANGED m1", "SYNCED"));
  stream.reset();
}

TEST_F(GrpcServiceClientsTest, AWatchEndsWithTheServicesError) {
  GrpcNetworkServiceClient service(address());
  RecordingObserver<network::v1::WatchResponse> refused;
  network_fake_.access().Refuse("key");
  const auto stream = service.Watch(scope_, "", refused);
  EXPECT_EQ(refused.AwaitEnd().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(refused.AwaitEnd().message(),
            "network-service: the cloud refuses the credentials");
}

TEST_F(GrpcServiceClientsTest, AWatchOfAnUnreachableServiceEnds) {
  GrpcNetworkServiceClient service(address());
  Stop();
  RecordingObserver<network::v1::WatchResponse> seen;
  const auto stream = service.Watch(scope_, "", seen);
  EXPECT_EQ(seen.AwaitEnd().code(), absl::StatusCode::kUnavailable);
}

// More watches than a service allows on one connection.
TEST_F(GrpcServiceClientsTest, OpensManyWatchesAtATime) {
  GrpcComputeServiceClient service(address());
  std::vector<std::unique_ptr<RecordingObserver<compute::v1::WatchResponse>>>
      observers;
  std::vector<std::unique_ptr<WatchCall>> streams;
  for (int i = 0; i < 220; ++i) {
    observers.push_back(
        std::make_unique<RecordingObserver<compute::v1::WatchResponse>>());
    streams.push_back(service.Watch(scope_, "", *observers.back()));
  }
  compute_fake_.streams().AwaitOpen(220);
  EXPECT_TRUE(service.ListComputeProfiles({}, scope_).ok());
  streams.clear();
  compute_fake_.streams().AwaitOpen(0);
}

TEST_F(GrpcServiceClientsTest, TheWatcherResumesAfterTheServicesRestart) {
  GrpcNetworkServiceClient network(address());
  GrpcComputeServiceClient compute(address());
  CloudView view;
  RecordingListener listener;
  StreamPolicy policy;
  policy.backoff = {.initial = absl::Milliseconds(5),
                    .max = absl::Milliseconds(20)};
  CloudWatcher watcher(network, compute, view, Clock::Real(), listener,
                       {.policy = policy});
  const VirtualMachine desired = TestMachine("c1", "m1");
  ASSERT_TRUE(
      compute_fake_.ApplyVirtualMachine({}, scope_, desired, false).ok());
  watcher.Hold("c1", std::make_shared<Scope>(scope_));
  while (!watcher.Synced("c1")) listener.Await("c1/");
  listener.Take();
  Stop();
  compute_fake_.streams().AwaitOpen(0);
  compute_fake_.Run("m1");
  compute_fake_.streams().ForgetCursors();
  Start(port_);
  listener.Await("c1/m1");
  EXPECT_EQ(view.Machine("c1", "m1")->state, VirtualMachine::STATE_RUNNING);
}

}  // namespace
}  // namespace evroc::shim
