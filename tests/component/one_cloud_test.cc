// Calls that expect a cloud do nothing in another one (ADR 28).

#include <string>

#include "common/cloud/cloud_identity.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using common::v1::CloudScope;
using common::v1::CredentialCheck;
using ::testing::HasSubstr;

CredentialCheck Check(ServicesFixture& services, const CloudScope& scope) {
  network::v1::CheckCredentialsRequest request;
  *request.mutable_scope() = scope;
  network::v1::CheckCredentialsResponse response;
  grpc::ClientContext context;
  EXPECT_TRUE(
      services.network().CheckCredentials(&context, request, &response).ok());
  return response.check();
}

absl::StatusOr<network::v1::ApplyClusterNetworkResponse> ApplyIn(
    ServicesFixture& services, const CloudScope& scope) {
  network::v1::ApplyClusterNetworkRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_cluster_network() = services.DesiredNetwork("c");
  network::v1::ApplyClusterNetworkResponse response;
  grpc::ClientContext context;
  const absl::Status status = ToStatus(
      services.network().ApplyClusterNetwork(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

common::v1::Owner OwnerIn(ServicesFixture& services) {
  return services.DesiredMachine("c", "m", nullptr).owner();
}

absl::StatusOr<compute::v1::DeleteVirtualMachineResponse> DeleteMachineIn(
    ServicesFixture& services, const CloudScope& scope) {
  compute::v1::DeleteVirtualMachineRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_owner() = OwnerIn(services);
  compute::v1::DeleteVirtualMachineResponse response;
  grpc::ClientContext context;
  const absl::Status status = ToStatus(
      services.compute().DeleteVirtualMachine(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<compute::v1::DeleteClusterVirtualMachinesResponse>
DeleteMachinesIn(ServicesFixture& services, const CloudScope& scope) {
  compute::v1::DeleteClusterVirtualMachinesRequest request;
  *request.mutable_scope() = scope;
  request.set_cluster_id(OwnerIn(services).cluster_id());
  compute::v1::DeleteClusterVirtualMachinesResponse response;
  grpc::ClientContext context;
  const absl::Status status =
      ToStatus(services.compute().DeleteClusterVirtualMachines(
          &context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<network::v1::DeletePublicIpResponse> DeletePublicIpIn(
    ServicesFixture& services, const CloudScope& scope) {
  network::v1::DeletePublicIpRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_owner() = OwnerIn(services);
  network::v1::DeletePublicIpResponse response;
  grpc::ClientContext context;
  const absl::Status status =
      ToStatus(services.network().DeletePublicIp(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<network::v1::DeleteClusterNetworkResponse> DeleteNetworkIn(
    ServicesFixture& services, const CloudScope& scope) {
  network::v1::DeleteClusterNetworkRequest request;
  *request.mutable_scope() = scope;
  request.set_cluster_id(OwnerIn(services).cluster_id());
  network::v1::DeleteClusterNetworkResponse response;
  grpc::ClientContext context;
  const absl::Status status = ToStatus(
      services.network().DeleteClusterNetwork(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

TEST(OneCloudTest, AnAnswerSaysWhereItIsFromAndIsExpectedLater) {
  ServicesFixture services;
  CloudScope scope = services.Scope();
  const CredentialCheck check = Check(services, scope);
  EXPECT_EQ(check.identity().project(), "demo");
  EXPECT_EQ(check.identity().project_uid().size(), 36);
  EXPECT_EQ(check.identity().principal().size(), 32);
  EXPECT_EQ(check.proof(), common::v1::CLOUD_PROOF_UNSPECIFIED);
  *scope.mutable_expected()->mutable_identity() = check.identity();
  const auto applied = ApplyIn(services, scope);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(PlaceName(applied->cloud()), PlaceName(check.identity()));
  EXPECT_EQ(Check(services, scope).proof(), common::v1::CLOUD_PROOF_PRINCIPAL);
}

TEST(OneCloudTest, NothingIsMadeInAnotherCloud) {
  ServicesFixture services;
  const CredentialCheck check = Check(services, services.Scope());
  CloudScope region = services.Scope();
  *region.mutable_expected()->mutable_identity() = check.identity();
  region.set_region("se-got");
  CloudScope project = services.Scope();
  *project.mutable_expected()->mutable_identity() = check.identity();
  project.set_project("another");
  CloudScope reused = services.Scope();
  *reused.mutable_expected()->mutable_identity() = check.identity();
  reused.mutable_expected()->mutable_identity()->set_project_uid("another");
  for (const CloudScope& scope : {region, project, reused}) {
    const absl::Status refused = ApplyIn(services, scope).status();
    EXPECT_TRUE(IsOtherCloud(refused)) << refused;
    EXPECT_THAT(refused.message(),
                HasSubstr(PlaceName(scope.expected().identity())));
  }
  EXPECT_EQ(services.CountAll("c"), 0);
}

TEST(OneCloudTest, NothingIsDeletedInAnotherCloud) {
  ServicesFixture services;
  services.MakeMachine(services.DesiredMachine("c", "m", nullptr));
  CloudScope scope = services.Scope();
  auto& identity = *scope.mutable_expected()->mutable_identity();
  identity = Check(services, scope).identity();
  identity.set_project_uid("another");
  for (const absl::Status& refused :
       {DeleteMachineIn(services, scope).status(),
        DeleteMachinesIn(services, scope).status(),
        DeletePublicIpIn(services, scope).status(),
        DeleteNetworkIn(services, scope).status()}) {
    EXPECT_TRUE(IsOtherCloud(refused)) << refused;
  }
  EXPECT_EQ(services.CountOf(sim::Kind::kVirtualMachine, "c"), 1);
}

// Also one that finds nothing: a caller that believes it knows where.
TEST(OneCloudTest, TheAnswerOfADeletionSaysWhereItIsFrom) {
  ServicesFixture services;
  services.MakeMachine(services.DesiredMachine("c", "m", nullptr));
  CloudScope scope = services.Scope();
  auto& home = *scope.mutable_expected()->mutable_identity();
  home = Check(services, scope).identity();
  const auto check = [&](const auto& answer) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->cloud().SerializeAsString(), home.SerializeAsString());
  };
  for (int i = 0; i < 2; ++i) {
    check(DeletePublicIpIn(services, scope));
    check(DeleteMachineIn(services, scope));
    check(DeleteMachinesIn(services, scope));
    check(DeleteNetworkIn(services, scope));
  }
}

TEST(OneCloudTest, TheOtherDialectIsKnownByItsObjects) {
  ServicesFixture services;
  const auto network = services.MakeNetwork(services.DesiredNetwork("c"));
  CloudScope scope = services.Scope();
  *scope.mutable_expected()->mutable_identity() =
      Check(services, scope).identity();
  scope.mutable_credentials()->set_content(
      services.simulator().Credential("kubeconfig.yaml"));
  EXPECT_EQ(Check(services, scope).proof(), common::v1::CLOUD_PROOF_NONE);
  *scope.mutable_expected()->mutable_objects() = network.objects();
  EXPECT_EQ(Check(services, scope).proof(), common::v1::CLOUD_PROOF_OBJECT);
}

TEST(OneCloudTest, TheProjectIsNotReadForEachCall) {
  ServicesFixture services;
  CloudScope scope = services.Scope();
  *scope.mutable_expected()->mutable_identity() =
      Check(services, scope).identity();
  services.MakeNetwork(services.DesiredNetwork("c"));
  services.ForgetCalls();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(ApplyIn(services, scope).ok());
  EXPECT_LE(services.Calls("", "/iam/v1beta1/projects"), 2);
}

}  // namespace
}  // namespace evroc
