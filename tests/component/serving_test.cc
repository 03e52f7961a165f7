// How the programs serve: health by name, pages of lists, and that nothing that
// a client leaves open holds up their end.

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health_service.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

std::shared_ptr<grpc::Channel> ChannelTo(const Program& program) {
  return grpc::CreateChannel(program.address(),
                             grpc::InsecureChannelCredentials());
}

class ServingTest : public testing::Test {
 protected:
  static grpc::Status Check(const Program& program, const std::string& name) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(name);
    HealthCheckResponse response;
    grpc::Status status = Health::NewStub(ChannelTo(program))
                              ->Check(&context, request, &response);
    if (status.ok()) EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
    return status;
  }

  ServicesFixture services_;
};

TEST_F(ServingTest, HealthIsToldByName) {
  for (const char* name :
       {"", "readiness", "liveness", "evroc.network.v1.NetworkService"}) {
    EXPECT_TRUE(Check(services_.network_program(), name).ok()) << name;
  }
  for (const char* name :
       {"", "readiness", "liveness", "evroc.compute.v1.ComputeService"}) {
    EXPECT_TRUE(Check(services_.compute_program(), name).ok()) << name;
  }
  EXPECT_EQ(
      Check(services_.network_program(), "evroc.compute.v1.ComputeService")
          .error_code(),
      grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServingTest, OpenStreamsHoldUpNoEnd) {
  grpc::ClientContext health_context;
  const auto health = Health::NewStub(ChannelTo(services_.network_program()));
  const auto checks = health->Watch(&health_context, HealthCheckRequest());
  HealthCheckResponse status;
  ASSERT_TRUE(checks->Read(&status));

  grpc::ClientContext watch_context;
  network::v1::WatchRequest request;
  *request.mutable_scope() = services_.Scope();
  const auto events = services_.network().Watch(&watch_context, request);
  network::v1::WatchResponse event;
  while (events->Read(&event) &&
         event.type() != network::v1::WatchResponse::TYPE_SYNCED) {
  }

  const absl::Time began = absl::Now();
  EXPECT_EQ(services_.network_program().Terminate(), 0);
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));
  EXPECT_TRUE(checks->Read(&status));
  EXPECT_EQ(status.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(checks->Read(&status));
  while (events->Read(&event)) continue;
  EXPECT_EQ(events->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// A VPC that another cluster makes, in a project whose objects are all known.
TEST(ReferencesTest, WhatIsMadeLaterIsToldToTheClusterThatRefersToIt) {
  ServicesFixture services({.flags = {"--reference-interval=1s"}});
  network::v1::WatchRequest request;
  *request.mutable_scope() = services.Scope();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(60));
  const auto events = services.network().Watch(&context, request);
  network::v1::WatchResponse event;
  while (events->Read(&event) &&
         event.type() != network::v1::WatchResponse::TYPE_SYNCED) {
  }
  network::v1::ClusterNetwork user = services.DesiredNetwork("user");
  user.mutable_vpc()->set_name("shared");
  user.mutable_vpc()->set_existing(true);
  user.mutable_vpc()->clear_ipv4_cidr_blocks();
  ASSERT_TRUE(services.Apply(user).ok());
  network::v1::ClusterNetwork maker = services.DesiredNetwork("maker");
  maker.mutable_vpc()->set_name("shared");
  ASSERT_TRUE(services.Apply(maker).ok());
  const auto is_found = [](const network::v1::ClusterNetwork& network) {
    return network.owner().cluster_id() == "user" &&
           std::any_of(network.conditions().begin(), network.conditions().end(),
                       [](const auto& condition) {
                         return condition.type() == "VPCReady" &&
                                condition.reason() != "VPCNotFound";
                       });
  };
  bool found = false;
  while (!found && events->Read(&event)) {
    found = is_found(event.cluster_network());
  }
  EXPECT_TRUE(found);
  context.TryCancel();
  while (events->Read(&event)) continue;
  events->Finish();
}

TEST_F(ServingTest, ListsAreAnsweredInPages) {
  for (int i = 0; i < 5; ++i) {
    network::v1::ApplyPublicIpRequest request;
    *request.mutable_scope() = services_.Scope();
    auto& owner = *request.mutable_public_ip()->mutable_owner();
    owner.set_cluster_id("c");
    owner.set_cluster_name("c");
    owner.set_machine_id(absl::StrCat("m", i));
    owner.set_machine_name(absl::StrCat("m", i));
    grpc::ClientContext context;
    network::v1::ApplyPublicIpResponse response;
    ASSERT_TRUE(
        services_.network().ApplyPublicIp(&context, request, &response).ok());
  }
  network::v1::ListPublicIpsRequest request;
  *request.mutable_scope() = services_.Scope();
  request.set_page_size(2);
  std::set<std::string> machines;
  int pages = 0;
  do {
    grpc::ClientContext context;
    network::v1::ListPublicIpsResponse response;
    ASSERT_TRUE(
        services_.network().ListPublicIps(&context, request, &response).ok());
    EXPECT_LE(response.public_ips_size(), 2);
    for (const auto& address : response.public_ips()) {
      machines.insert(address.owner().machine_id());
    }
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(machines.size(), 5u);
  EXPECT_EQ(pages, 3);
  request.set_page_token("nonsense");
  grpc::ClientContext context;
  network::v1::ListPublicIpsResponse response;
  EXPECT_EQ(services_.network()
                .ListPublicIps(&context, request, &response)
                .error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace evroc
