#include "common/cloud/cloud_identity.h"

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using common::v1::CloudIdentity;
using ::testing::HasSubstr;

CloudIdentity Place() {
  CloudIdentity identity;
  identity.set_organization("o");
  identity.set_project("p");
  identity.set_project_uid("uid");
  identity.set_region("se-sto");
  identity.set_endpoint("https://api");
  identity.set_principal("account");
  return identity;
}

TEST(CloudIdentityTest, TheSameAccountInTheSamePlaceIsAProof) {
  EXPECT_EQ(ProofOf(Place(), Place()), common::v1::CLOUD_PROOF_PRINCIPAL);
  // Who works for which organisation is the credential's word alone.
  CloudIdentity other = Place();
  other.set_organization("other");
  EXPECT_EQ(ProofOf(Place(), other), common::v1::CLOUD_PROOF_PRINCIPAL);
}

TEST(CloudIdentityTest, AProjectIsKnownByItsUidWhoeverAsksAndWhereEver) {
  CloudIdentity seen = Place();
  seen.set_principal("new account");
  seen.set_endpoint("https://api.new.name");
  EXPECT_EQ(ProofOf(Place(), seen), common::v1::CLOUD_PROOF_PROJECT);
}

TEST(CloudIdentityTest, AnotherPartOfThePlaceIsNoProof) {
  CloudIdentity region = Place();
  region.set_region("se-got");
  EXPECT_EQ(ProofOf(Place(), region), common::v1::CLOUD_PROOF_NONE);
  CloudIdentity reused = Place();
  reused.set_project_uid("new uid");
  EXPECT_EQ(ProofOf(Place(), reused), common::v1::CLOUD_PROOF_NONE);
  CloudIdentity unseen = Place();
  unseen.clear_project_uid();
  EXPECT_EQ(ProofOf(Place(), unseen), common::v1::CLOUD_PROOF_NONE);
}

TEST(CloudIdentityTest, WithoutUidsEachPartCounts) {
  CloudIdentity recorded = Place();
  recorded.clear_project_uid();
  EXPECT_EQ(ProofOf(recorded, recorded), common::v1::CLOUD_PROOF_PRINCIPAL);
  // The right to see it came later.
  EXPECT_EQ(ProofOf(recorded, Place()), common::v1::CLOUD_PROOF_PRINCIPAL);
  const std::function<void(CloudIdentity&)> changes[] = {
      [](CloudIdentity& seen) { seen.set_project("q"); },
      [](CloudIdentity& seen) { seen.set_region("q"); },
      [](CloudIdentity& seen) { seen.set_endpoint("q"); },
      [](CloudIdentity& seen) { seen.set_principal("q"); }};
  for (const auto& change : changes) {
    CloudIdentity seen = recorded;
    change(seen);
    EXPECT_EQ(ProofOf(recorded, seen), common::v1::CLOUD_PROOF_NONE);
  }
}

TEST(CloudIdentityTest, AnUnknownAccountIsNotTheSame) {
  CloudIdentity unknown = Place();
  unknown.clear_principal();
  EXPECT_EQ(ProofOf(unknown, unknown), common::v1::CLOUD_PROOF_PROJECT);
  unknown.clear_project_uid();
  EXPECT_EQ(ProofOf(unknown, unknown), common::v1::CLOUD_PROOF_NONE);
}

TEST(CloudIdentityTest, TheErrorNamesBothPlaces) {
  CloudIdentity seen = Place();
  seen.set_project_uid("another");
  const absl::Status error = OtherCloudError(Place(), seen);
  EXPECT_TRUE(IsOtherCloud(error));
  EXPECT_THAT(error.message(),
              HasSubstr("https://api/projects/p/regions/se-sto#uid"));
  EXPECT_THAT(error.message(),
              HasSubstr("https://api/projects/p/regions/se-sto#another"));
  EXPECT_THAT(OtherCloudError({}, seen).message(),
              HasSubstr("never written down"));
  EXPECT_FALSE(IsOtherCloud(absl::FailedPreconditionError("")));
}

}  // namespace
}  // namespace evroc
