// HealthService in a gRPC server in this process.

#include "services/rpc/health_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kName[] = "evroc.network.v1.NetworkService";

HealthCheckRequest Of(const std::string& name) {
  HealthCheckRequest request;
  request.set_service(name);
  return request;
}

// One Watch of one name.
class Watch {
 public:
  Watch(Health::Stub& stub, const std::string& name)
      : reader_(stub.Watch(&context_, Of(name))) {}

  // The next status; nothing at the end of the stream.
  std::optional<HealthCheckResponse::ServingStatus> Read() {
    HealthCheckResponse response;
    if (!reader_->Read(&response)) return std::nullopt;
    return response.status();
  }
  grpc::StatusCode Finish() { return reader_->Finish().error_code(); }
  void Cancel() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader_;
};

class HealthServiceTest : public testing::Test {
 protected:
  HealthServiceTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&health_);
    server_ = builder.BuildAndStart();
    stub_ = Health::NewStub(server_->InProcessChannel({}));
  }
  // Without a deadline: what is open would hold it for ever.
  ~HealthServiceTest() override {
    health_.Stop();
    server_->Shutdown();
    server_->Wait();
  }

  std::pair<grpc::StatusCode, HealthCheckResponse::ServingStatus> Check(
      const std::string& name) {
    grpc::ClientContext context;
    HealthCheckResponse response;
    const grpc::Status status = stub_->Check(&context, Of(name), &response);
    return {status.error_code(), response.status()};
  }

  HealthService health_{kName};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthServiceTest, AnswersByTheServicesNameAndByProbe) {
  for (const char* name : {"", kName, "readiness", "liveness"}) {
    EXPECT_EQ(Check(name),
              std::pair(grpc::StatusCode::OK, HealthCheckResponse::SERVING))
        << name;
    EXPECT_EQ(Watch(*stub_, name).Read(), HealthCheckResponse::SERVING) << name;
  }
  EXPECT_EQ(Check("another").first, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Watch(*stub_, "another").Read(),
            HealthCheckResponse::SERVICE_UNKNOWN);
}

TEST_F(HealthServiceTest, OpenWatchesAreToldOfTheEndAndEnd) {
  std::vector<std::unique_ptr<Watch>> watches;
  for (const char* name : {"", kName, "readiness"}) {
    watches.push_back(std::make_unique<Watch>(*stub_, name));
    EXPECT_EQ(watches.back()->Read(), HealthCheckResponse::SERVING);
  }
  Watch liveness(*stub_, "liveness");
  EXPECT_EQ(liveness.Read(), HealthCheckResponse::SERVING);
  health_.Stop();
  for (const auto& watch : watches) {
    EXPECT_EQ(watch->Read(), HealthCheckResponse::NOT_SERVING);
    EXPECT_EQ(watch->Read(), std::nullopt);
    EXPECT_EQ(watch->Finish(), grpc::StatusCode::UNAVAILABLE);
  }
  EXPECT_EQ(liveness.Read(), std::nullopt);
}

TEST_F(HealthServiceTest, WhatIsAskedAfterTheEndIsTold) {
  health_.Stop();
  EXPECT_EQ(Check(kName).second, HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Check("liveness").second, HealthCheckResponse::SERVING);
  Watch late(*stub_, kName);
  EXPECT_EQ(late.Read(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(late.Read(), std::nullopt);
}

TEST_F(HealthServiceTest, AClientThatLeavesIsForgotten) {
  for (int i = 0; i < 20; ++i) {
    Watch watch(*stub_, kName);
    EXPECT_EQ(watch.Read(), HealthCheckResponse::SERVING);
    watch.Cancel();
    EXPECT_EQ(watch.Finish(), grpc::StatusCode::CANCELLED);
  }
}

}  // namespace
}  // namespace evroc::cloud
