// Rows of traps.md about the whole system: many machines, many calls, slow
// clouds. The others have tests next to the code.

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using sim::Kind;
using testing::ElementsAre;

TEST(TrapsTest, A3SeveralControlPlaneMachinesShareTheEndpoint) {
  ServicesFixture services;
  ClusterNetwork desired = services.DesiredNetwork("c");
  ClusterNetwork network = services.MakeNetwork(desired);
  std::vector<std::string> ids;
  for (const char* name : {"cp-0", "cp-1", "cp-2"}) {
    const VirtualMachine machine =
        services.MakeMachine(services.DesiredMachine("c", name, &network));
    ids.push_back(machine.id());
    desired.mutable_control_plane_endpoint()->add_member_ids(machine.id());
  }
  network = services.MakeNetwork(desired);
  EXPECT_EQ(network.control_plane_endpoint_status().member_ids_size(), 3);
  EXPECT_EQ(network.control_plane_endpoint_status().type(),
            network::v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
  EXPECT_EQ(services.CountOf(Kind::kPublicIp, "c"), 1);
}

TEST(TrapsTest, A5OneTokenServesManyCalls) {
  ServicesFixture services;
  services.ForgetCalls();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(
        services
            .Apply(services.DesiredMachine("c", absl::StrCat("m", i), nullptr))
            .ok());
  }
  EXPECT_EQ(services.Calls("POST", "token"), 1);
}

TEST(TrapsTest, A5AnExpiredTokenIsReplacedUnseen) {
  ServicesFixture services;
  ASSERT_TRUE(services.Apply(services.DesiredMachine("c", "m0", nullptr)).ok());
  services.AddFault(R"({"expire_tokens": true})");
  const auto applied =
      services.Apply(services.DesiredMachine("c", "m1", nullptr));
  EXPECT_TRUE(applied.ok()) << applied.status();
}

TEST(TrapsTest, A9AMachineIsDeletedWithNothingButItsIds) {
  ServicesFixture services;
  services.MakeMachine(services.DesiredMachine("c", "m", nullptr));
  // The cluster has no network and no names, and the service no memory.
  services.RestartCompute();
  EXPECT_TRUE(services.DeleteMachine("c", "m"));
  EXPECT_EQ(services.CountAll("c"), 0);
}

TEST(TrapsTest, B4AGroupInUseIsReleasedBeforeItIsDeleted) {
  ServicesFixture services;
  ClusterNetwork desired = services.DesiredNetwork("c");
  desired.mutable_security_groups()->add_additional()->set_name("extra");
  const ClusterNetwork network = services.MakeNetwork(desired);
  const std::string extra =
      network.security_group_ids().additional().at("extra");
  VirtualMachine machine = services.DesiredMachine("c", "m", &network);
  machine.add_security_group_ids(extra);
  services.MakeMachine(machine);
  // The group is no longer requested, but the machine still has it.
  ASSERT_TRUE(services.Apply(services.DesiredNetwork("c")).ok());
  EXPECT_EQ(services.CountOf(Kind::kSecurityGroup, "c"), 4);
  services.MakeMachine(services.DesiredMachine("c", "m", &network));
  services.RestartNetwork();
  services.MakeNetwork(services.DesiredNetwork("c"));
  while (services.CountOf(Kind::kSecurityGroup, "c") == 4) {
    ASSERT_TRUE(services.Apply(services.DesiredNetwork("c")).ok());
  }
  EXPECT_EQ(services.CountOf(Kind::kSecurityGroup, "c"), 3);
}

TEST(TrapsTest, B9ASlowCloudHoldsNobodyElseUp) {
  ServicesFixture services;
  ASSERT_TRUE(services.Apply(services.DesiredMachine("c", "m0", nullptr)).ok());
  services.AddFault(
      R"({"method": "POST", "path": "disks", "count": 1, "delay_ms": 60000})");
  grpc::ClientContext slow;
  std::atomic<bool> answered = false;
  std::thread stuck([&] {
    compute::v1::ApplyVirtualMachineRequest request;
    *request.mutable_scope() = services.Scope();
    *request.mutable_virtual_machine() =
        services.DesiredMachine("c", "stuck", nullptr);
    compute::v1::ApplyVirtualMachineResponse response;
    const grpc::Status status =
        services.compute().ApplyVirtualMachine(&slow, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
    answered = true;
  });
  while (services.Control("GET", "/sim/v1/faults").Dump().find("60000") !=
         std::string::npos) {
  }
  EXPECT_TRUE(services.Apply(services.DesiredMachine("c", "m1", nullptr)).ok());
  EXPECT_FALSE(answered);
  slow.TryCancel();
  stuck.join();
}

TEST(TrapsTest, B10AnIdleClusterCostsNothingWhileItIsWatched) {
  ServicesFixture services;
  const ClusterNetwork desired = services.DesiredNetwork("c");
  const VirtualMachine desired_machine =
      services.DesiredMachine("c", "m", nullptr);
  services.MakeNetwork(desired);
  services.MakeMachine(desired_machine);
  grpc::ClientContext networks;
  network::v1::WatchRequest network_request;
  *network_request.mutable_scope() = services.Scope();
  const auto network_events =
      services.network().Watch(&networks, network_request);
  network::v1::WatchResponse network_event;
  while (network_events->Read(&network_event) &&
         network_event.type() != network::v1::WatchResponse::TYPE_SYNCED) {
  }
  grpc::ClientContext machines;
  compute::v1::WatchRequest machine_request;
  *machine_request.mutable_scope() = services.Scope();
  const auto machine_events =
      services.compute().Watch(&machines, machine_request);
  compute::v1::WatchResponse machine_event;
  while (machine_events->Read(&machine_event) &&
         machine_event.type() != compute::v1::WatchResponse::TYPE_SYNCED) {
  }
  services.ForgetCalls();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(services.Apply(desired).ok());
    ASSERT_TRUE(services.Apply(desired_machine).ok());
  }
  EXPECT_EQ(services.Calls("", "projects"), 0);
  networks.TryCancel();
  machines.TryCancel();
}

// A shim that restarts or takes over.
TEST(TrapsTest, B10AClientThatComesBackCostsNothing) {
  ServicesFixture services;
  const VirtualMachine desired = services.DesiredMachine("c", "m", nullptr);
  services.MakeMachine(desired);
  compute::v1::WatchRequest request;
  *request.mutable_scope() = services.Scope();
  const auto watch = [&] {
    grpc::ClientContext context;
    const auto events = services.compute().Watch(&context, request);
    compute::v1::WatchResponse event;
    while (events->Read(&event) &&
           event.type() != compute::v1::WatchResponse::TYPE_SYNCED) {
    }
    context.TryCancel();
    return event.type();
  };
  EXPECT_EQ(watch(), compute::v1::WatchResponse::TYPE_SYNCED);
  services.ForgetCalls();
  // Long enough for the service to notice that the client has left.
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(services.Apply(desired).ok());
  EXPECT_EQ(watch(), compute::v1::WatchResponse::TYPE_SYNCED);
  EXPECT_EQ(services.Calls("", "projects"), 0);
}

TEST(TrapsTest, B11AMachineThatStopsIsToldByTheWatch) {
  ServicesFixture services{{.flags = {"--drift-interval=1s"}}};
  const VirtualMachine machine =
      services.MakeMachine(services.DesiredMachine("c", "m", nullptr));
  grpc::ClientContext context;
  compute::v1::WatchRequest request;
  *request.mutable_scope() = services.Scope();
  const auto events = services.compute().Watch(&context, request);
  compute::v1::WatchResponse event;
  while (events->Read(&event) &&
         event.type() != compute::v1::WatchResponse::TYPE_SYNCED) {
  }
  services.Control("POST",
                   absl::StrCat("/sim/v1/vms/demo/", machine.id(), "/stop"));
  while (events->Read(&event) &&
         event.virtual_machine().state() != VirtualMachine::STATE_STOPPED) {
  }
  EXPECT_EQ(event.virtual_machine().state(), VirtualMachine::STATE_STOPPED);
  EXPECT_EQ(event.virtual_machine().conditions().rbegin()->status(),
            common::v1::Condition::STATUS_FALSE);
  context.TryCancel();
}

TEST(TrapsTest, B21RewrittenSiblingsAreNoFailure) {
  ServicesFixture services{
      {.settings = R"({"choices": {"load_balancer_rewrites": "yes"}})"}};
  ClusterNetwork desired = services.DesiredNetwork("c");
  EXPECT_EQ(services.MakeNetwork(desired).state(), ClusterNetwork::STATE_READY);
  for (const int port : {443, 8443, 9345}) {
    desired.mutable_control_plane_endpoint()->clear_ports();
    desired.mutable_control_plane_endpoint()->add_ports()->set_port(port);
    EXPECT_EQ(services.MakeNetwork(desired).state(),
              ClusterNetwork::STATE_READY)
        << port;
  }
}

TEST(TrapsTest, AnUnreachableCloudIsUnavailableAndComesBack) {
  ServicesFixture services;
  ASSERT_TRUE(services.Apply(services.DesiredMachine("c", "m0", nullptr)).ok());
  services.AddFault(R"({"path": "projects", "count": 100000, "status": 503})");
  const absl::Status down =
      services.Apply(services.DesiredMachine("c", "m1", nullptr)).status();
  EXPECT_TRUE(absl::IsUnavailable(down)) << down;
  services.ClearFaults();
  EXPECT_TRUE(services.Apply(services.DesiredMachine("c", "m1", nullptr)).ok());
}

TEST(TrapsTest, AWatchResumesFromItsCursor) {
  ServicesFixture services;
  services.MakeMachine(services.DesiredMachine("c", "m", nullptr));
  grpc::ClientContext keep;
  compute::v1::WatchRequest request;
  *request.mutable_scope() = services.Scope();
  const auto kept = services.compute().Watch(&keep, request);
  compute::v1::WatchResponse event;
  std::string cursor;
  while (kept->Read(&event) &&
         event.type() != compute::v1::WatchResponse::TYPE_SYNCED) {
  }
  cursor = event.cursor();
  const auto resumed_types = [&](const std::string& from) {
    std::vector<int> types;
    grpc::ClientContext context;
    request.set_cursor(from);
    const auto events = services.compute().Watch(&context, request);
    compute::v1::WatchResponse each;
    while (events->Read(&each)) {
      types.push_back(each.type());
      if (each.type() == compute::v1::WatchResponse::TYPE_SYNCED) break;
    }
    context.TryCancel();
    return types;
  };
  using Response = compute::v1::WatchResponse;
  EXPECT_THAT(resumed_types(cursor), ElementsAre(Response::TYPE_SYNCED));
  EXPECT_THAT(resumed_types("1.2"),
              ElementsAre(Response::TYPE_RESET, Response::TYPE_CHANGED,
                          Response::TYPE_SYNCED));
  keep.TryCancel();
}

TEST(TrapsTest, AWatchWithRefusedCredentialsEndsUnauthenticated) {
  ServicesFixture services;
  grpc::ClientContext context;
  compute::v1::WatchRequest request;
  request.mutable_scope()->set_project("demo");
  request.mutable_scope()->mutable_credentials()->set_content(absl::StrCat(
      "auth: {refresh_token: wrong, token_url: '", services.simulator().url(),
      "/realms/evroc-customer/protocol/openid-connect/token'}\n"
      "api: {base_url: '",
      services.simulator().url(), "'}\n"));
  const auto events = services.compute().Watch(&context, request);
  compute::v1::WatchResponse event;
  EXPECT_FALSE(events->Read(&event));
  EXPECT_EQ(events->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST(TrapsTest, SigtermEndsWatchesAndExitsWithZero) {
  ServicesFixture services;
  grpc::ClientContext context;
  network::v1::WatchRequest request;
  *request.mutable_scope() = services.Scope();
  const auto events = services.network().Watch(&context, request);
  network::v1::WatchResponse event;
  ASSERT_TRUE(events->Read(&event));
  EXPECT_EQ(services.network_program().Terminate(), 0);
  while (events->Read(&event)) {
  }
  EXPECT_EQ(events->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace evroc
