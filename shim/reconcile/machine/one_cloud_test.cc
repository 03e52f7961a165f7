// A cluster and its machines belong to one cloud, and only that cloud may say
// that something of theirs is gone (ADR 28).

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using common::v1::CloudIdentity;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kCredential[] = "the credential";
constexpr char kElsewhere[] = "a credential of another cloud";

CloudIdentity HomeOf(const std::string& account = "account") {
  CloudIdentity identity;
  identity.set_project("p");
  identity.set_project_uid("uid of p");
  identity.set_region("se-sto");
  identity.set_endpoint("https://home");
  identity.set_principal(account);
  return identity;
}

CloudIdentity Elsewhere() {
  CloudIdentity identity = HomeOf("stranger");
  identity.set_endpoint("https://elsewhere");
  identity.set_project_uid("uid of another p");
  return identity;
}

class OneCloudTest : public ::testing::Test {
 protected:
  OneCloudTest() {
    Lead(kCredential, HomeOf());
    Lead(kElsewhere, Elsewhere());
  }

  void Lead(const std::string& credential, const CloudIdentity& identity) {
    fixture_.network.access().Lead(credential, identity);
    fixture_.compute.access().Lead(credential, identity);
  }
  void Put(const CloudIdentity& cloud, const std::string& uid) {
    fixture_.network.access().Put(cloud, uid);
    fixture_.compute.access().Put(cloud, uid);
  }

  void MakeCluster() {
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", false);
    fixture_.MakeMachine("m");
    ASSERT_EQ(OfMachine("Ready"), "True/Ready");
    ASSERT_EQ(OfCluster("Ready"), "True/Ready");
  }

  // As somebody does who replaces the Secret's content.
  void Use(const std::string& credential) {
    fixture_.kube.Delete(kSecretType, {"ns", "creds"});
    if (fixture_.IsThere(kSecretType, "creds")) {
      fixture_.Change(kSecretType, "creds",
                      R"({"metadata": {"finalizers": null}})");
    }
    fixture_.AddSecret("creds", "config", credential);
    // Its watch says so.
    fixture_.clock.Advance(absl::Minutes(11));
  }

  void Reconcile() {
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(fixture_.ReconcileCluster().ok());
      if (fixture_.HasEvrocMachine("m")) {
        ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
      }
    }
  }

  std::string OfCluster(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), type);
  }
  std::string OfMachine(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), type);
  }
  std::string MachineState() {
    return std::string(fixture_.EvrocMachine("m").At("status.state").String());
  }
  CloudRecord Record() {
    return CloudRecordOf(DecodeMeta(fixture_.EvrocCluster()));
  }
  int Applies() {
    return fixture_.network.faults().calls("ApplyClusterNetwork") +
           fixture_.compute.faults().calls("ApplyVirtualMachine");
  }
  int Deletions() {
    return fixture_.network.faults().calls("DeleteClusterNetwork") +
           fixture_.compute.faults().calls("DeleteVirtualMachine") +
           fixture_.compute.faults().calls("DeleteClusterVirtualMachines");
  }
  // As after a restore of an object that an earlier version wrote.
  void LoseRecord() {
    fixture_.Change(
        kEvrocClusterType, "c",
        R"({"metadata": {"annotations": {"evroc.com/cloud": null}}})");
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"status": {"annotations": null}})", "status");
  }
  void Abandon(const std::string& word) {
    fixture_.Change(kEvrocClusterType, "c",
                    absl::StrCat(R"({"metadata": {"annotations": {
                        "evroc.com/abandon-cloud": ")",
                                 word, R"("}}})"));
  }
  void DeleteAll() {
    fixture_.Delete(kEvrocMachineType, "m-infra");
    fixture_.Delete(kEvrocClusterType, "c");
  }

  ReconcileFixture fixture_;
};

TEST_F(OneCloudTest, ItIsWrittenDownBeforeTheFirstCreation) {
  std::string annotation;
  std::string status;
  fixture_.network.faults().Before("ApplyClusterNetwork", [&] {
    annotation = std::string(fixture_.EvrocCluster()
                                 .At("metadata.annotations")[kCloudAnnotation]
                                 .String());
    status = std::string(fixture_.EvrocCluster()
                             .At("status.annotations")[kCloudAnnotation]
                             .String());
  });
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(annotation, AllOf(HasSubstr("https://home"),
                                HasSubstr("uid of p"), HasSubstr("se-sto")));
  EXPECT_EQ(status, annotation);
  // What was made is added.
  ASSERT_EQ(Record().objects_size(), 1);
  EXPECT_EQ(Record().objects(0).kind(), "VirtualPrivateCloud");
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched");
}

TEST_F(OneCloudTest, AMachineIsWrittenDownBeforeItsFirstCreation) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  std::map<std::string, std::pair<std::string, std::string>> written;
  fixture_.compute.faults().Before("ApplyVirtualMachine", [&] {
    const Json machine = fixture_.EvrocMachine("m");
    for (const absl::string_view name :
         {kOwnerIdAnnotation, kClusterIdAnnotation}) {
      written[std::string(name)] = {
          std::string(machine.At("metadata.annotations")[name].String()),
          std::string(machine.At("status.annotations")[name].String())};
    }
  });
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  ASSERT_EQ(written.size(), 2u);
  for (const auto& [name, both] : written) {
    EXPECT_NE(both.first, "") << name;
    EXPECT_EQ(both.second, both.first) << name;
  }
}

TEST_F(OneCloudTest, NothingIsMadeIfItCantBeWrittenDown) {
  for (const char* resource : {"evrocclusters", "evrocclusters/status"}) {
    fixture_.kube.FailNext("patch", resource,
                           absl::PermissionDeniedError("a policy refuses it"));
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(OfCluster("Ready"), "False/PermissionDenied") << resource;
    EXPECT_EQ(Applies(), 0) << resource;
  }
}

TEST_F(OneCloudTest, AnotherCloudSaysNothingAboutWhatIsHere) {
  MakeCluster();
  const int applies = Applies();
  Use(kElsewhere);
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_EQ(OfMachine("CloudIdentityMatched"), "False/OtherCloud");
  for (const Json& object :
       {fixture_.EvrocCluster(), fixture_.EvrocMachine("m")}) {
    EXPECT_THAT(ReconcileFixture::MessageOf(object, "CloudIdentityMatched"),
                AllOf(HasSubstr("https://home/projects/p"),
                      HasSubstr("https://elsewhere/projects/p"),
                      HasSubstr("Secret ns/creds")));
  }
  EXPECT_EQ(MachineState(), "Running");
  EXPECT_EQ(OfMachine("Ready"), "True/Ready");
  EXPECT_EQ(OfCluster("Ready"), "True/Ready");
  EXPECT_EQ(OfCluster("NetworkReady"), "True/Ready");
  EXPECT_EQ(Applies(), applies);
  EXPECT_THAT(fixture_.changes(), Contains("OtherCloud"));
  // It is told once.
  const auto changes = fixture_.changes();
  Reconcile();
  EXPECT_EQ(fixture_.changes(), changes);
}

// Its credential is known from a cluster that does live there.
TEST_F(OneCloudTest, NorDoesTheCloudOfAnotherCluster) {
  MakeCluster();
  fixture_.AddSecret("theirs", "config", kElsewhere);
  fixture_.AddCluster("d");
  fixture_.Change(kEvrocClusterType, "d",
                  R"({"spec": {"identitySecretName": "theirs"}})");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  ASSERT_EQ(ReconcileFixture::ConditionOf(fixture_.EvrocCluster("d"),
                                          "CloudIdentityMatched"),
            "True/Matched");
  const int applies = Applies();
  Use(kElsewhere);
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_EQ(OfMachine("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_EQ(Record().identity().endpoint(), "https://home");
  EXPECT_EQ(Applies(), applies);
}

TEST_F(OneCloudTest, WithTheRightSecretAllIsAsBefore) {
  MakeCluster();
  Use(kElsewhere);
  Reconcile();
  Use(kCredential);
  fixture_.TakeEnqueued();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(fixture_.TakeEnqueued(), Contains("machine ns/m-infra"));
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched");
  EXPECT_EQ(OfMachine("CloudIdentityMatched"), "True/Matched");
  EXPECT_EQ(OfMachine("Ready"), "True/Ready");
}

TEST_F(OneCloudTest, AMachineThatIsNotMadeYetWaits) {
  fixture_.MakeNetwork();
  Use(kElsewhere);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.AddMachine("m", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(OfMachine("Ready"), "False/OtherCloud");
  EXPECT_EQ(fixture_.compute.faults().calls("ApplyVirtualMachine"), 0);
}

TEST_F(OneCloudTest, ADeletionWaitsAndSaysWhy) {
  MakeCluster();
  Use(kElsewhere);
  DeleteAll();
  Reconcile();
  ASSERT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(OfMachine("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_EQ(OfMachine("Ready"), "False/OtherCloud");
  EXPECT_THAT(fixture_.changes(), Contains("OtherCloud"));
  EXPECT_EQ(Deletions(), 0);
  Use(kCredential);
  fixture_.compute.SetInstant(true);
  fixture_.network.SetInstant(true);
  Reconcile();
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_GT(Deletions(), 0);
}

TEST_F(OneCloudTest, TheClustersOwnDeletionWaitsToo) {
  fixture_.MakeNetwork();
  Use(kElsewhere);
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.HasEvrocCluster());
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_EQ(OfCluster("Ready"), "False/OtherCloud");
  EXPECT_THAT(fixture_.changes(), Contains("OtherCloud"));
  EXPECT_EQ(Deletions(), 0);
}

// Each of these credentials leads to the same cloud.
TEST_F(OneCloudTest, TheSameCloudIsKnownAgain) {
  CloudIdentity account = HomeOf("another account of the project");
  CloudIdentity host = HomeOf("issued by another host");
  host.set_endpoint("https://new.host");
  CloudIdentity dialect = host;
  dialect.set_endpoint("https://kcp/clusters/root:p");
  dialect.clear_project_uid();
  const std::pair<const char*, CloudIdentity> credentials[] = {
      {"a rotated key", HomeOf()},
      {"a new account", account},
      {"a new host name", host},
      {"the other dialect", dialect}};
  MakeCluster();
  Put(dialect, Record().objects(0).uid());
  for (const auto& [credential, identity] : credentials) {
    Lead(credential, identity);
    Use(credential);
    Reconcile();
    EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched") << credential;
    EXPECT_EQ(OfMachine("Ready"), "True/Ready") << credential;
    // It is what the next one is compared with.
    EXPECT_EQ(Record().identity().endpoint(), identity.endpoint());
    EXPECT_EQ(Record().identity().principal(), identity.principal());
  }
}

// What is not shown once proves the cloud all the same later.
TEST_F(OneCloudTest, AProjectThatIsNotShownOnceKeepsItsUid) {
  CloudIdentity hidden = HomeOf();
  hidden.clear_project_uid();
  CloudIdentity reused = HomeOf();
  reused.set_project_uid("uid of another p");
  MakeCluster();
  Put(hidden, Record().objects(0).uid());
  Lead("does not show its project", hidden);
  Use("does not show its project");
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched");
  EXPECT_EQ(Record().identity().project_uid(), "uid of p");
  Lead("shows a project that was made again", reused);
  Use("shows a project that was made again");
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
}

// Each of these leads elsewhere, by one part of the place.
TEST_F(OneCloudTest, AnotherPlaceIsAnotherCloud) {
  CloudIdentity project = HomeOf("account");
  project.set_project("q");
  project.set_project_uid("uid of q");
  CloudIdentity region = HomeOf();
  region.set_region("se-got");
  CloudIdentity endpoint = HomeOf();
  endpoint.set_endpoint("https://elsewhere");
  endpoint.set_project_uid("uid of p elsewhere");
  CloudIdentity dialect = HomeOf();
  dialect.set_endpoint("https://elsewhere/clusters/root:p");
  dialect.clear_project_uid();
  CloudIdentity reused = HomeOf();
  reused.set_project_uid("uid of another p");
  CloudIdentity withheld = HomeOf();
  withheld.clear_project_uid();
  const std::pair<const char*, CloudIdentity> credentials[] = {
      {"another project", project},
      {"another region", region},
      {"another endpoint", endpoint},
      {"another endpoint of the other dialect", dialect},
      {"a reused name", reused},
      {"a project that is not shown", withheld}};
  MakeCluster();
  for (const auto& [credential, identity] : credentials) {
    Lead(credential, identity);
    Use(credential);
    Reconcile();
    EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud")
        << credential;
    EXPECT_EQ(MachineState(), "Running") << credential;
  }
}

// Credential and place are the same: the project was made again meanwhile.
TEST_F(OneCloudTest, AProjectOfTheSameNameDoesNotSayThatAMachineIsLost) {
  MakeCluster();
  CloudIdentity reused = HomeOf();
  reused.set_project_uid("uid of another p");
  fixture_.network.access().Lead(kCredential, reused);
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  fixture_.clock.Advance(absl::Minutes(1));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(MachineState(), "Running");
  EXPECT_EQ(OfMachine("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_THAT(fixture_.TakeEnqueued(), Contains("cluster ns/c"));
}

TEST_F(OneCloudTest, WhatWasEmptiedByHandIsGone) {
  MakeCluster();
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  fixture_.clock.Advance(absl::Minutes(1));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(MachineState(), "Lost");
}

// Nothing tells whether it is the project that it was.
TEST_F(OneCloudTest,
       WhatWasEmptiedByHandIsADoubtToACredentialThatTellsNothing) {
  CloudIdentity opaque = HomeOf("");
  opaque.clear_project_uid();
  Lead(kCredential, opaque);
  MakeCluster();
  fixture_.network.access().Empty();
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  fixture_.clock.Advance(absl::Minutes(1));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(MachineState(), "Running");
  EXPECT_EQ(OfMachine("CloudIdentityMatched"), "False/OtherCloud");
}

TEST_F(OneCloudTest, AnOlderClusterIsPinnedByItsMachines) {
  MakeCluster();
  LoseRecord();
  Use(kElsewhere);
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_THAT(ReconcileFixture::MessageOf(fixture_.EvrocCluster(),
                                          "CloudIdentityMatched"),
              HasSubstr("never written down"));
  EXPECT_EQ(MachineState(), "Running");
  Put(Elsewhere(), std::string(fixture_.EvrocMachine("m")
                                   .At("spec.providerID")
                                   .String()
                                   .substr(std::string("evroc://").size())));
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched");
  EXPECT_EQ(Record().identity().endpoint(), "https://elsewhere");
}

TEST_F(OneCloudTest, AnOlderClusterIsPinnedByWhatIsLabelledWithItsId) {
  fixture_.MakeNetwork();
  LoseRecord();
  Use(kElsewhere);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  Put(Elsewhere(), fixture_.ClusterId());
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched");
}

TEST_F(OneCloudTest, ACredentialThatDoesNotTellWhoseItIsIsNoHindrance) {
  CloudIdentity opaque = HomeOf("");
  opaque.clear_project_uid();
  Lead(kCredential, opaque);
  MakeCluster();
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched");
  Use(kElsewhere);
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
}

TEST_F(OneCloudTest, WhatIsStrippedIsWrittenBackFromTheStatus) {
  MakeCluster();
  const std::string cluster_id = fixture_.ClusterId();
  const std::string machine_id = fixture_.MachineId("m");
  const std::string record = EncodeCloudRecord(Record());
  for (const auto& [type, name] : {std::pair(kEvrocClusterType, "c"),
                                   std::pair(kEvrocMachineType, "m-infra")}) {
    fixture_.Change(
        type, name,
        R"({"metadata": {"annotations": null, "finalizers": null}})");
  }
  Reconcile();
  EXPECT_EQ(fixture_.ClusterId(), cluster_id);
  EXPECT_EQ(fixture_.MachineId("m"), machine_id);
  EXPECT_EQ(EncodeCloudRecord(Record()), record);
  EXPECT_EQ(fixture_.compute.MachineIds().size(), 1);
  EXPECT_EQ(OfMachine("Ready"), "True/Ready");
  EXPECT_THAT(fixture_.EvrocMachine("m").At("metadata.finalizers").Dump(),
              HasSubstr("evrocmachine.infrastructure.cluster.x-k8s.io"));
}

// Without the finalizers a deletion would leave all of it in the cloud.
TEST_F(OneCloudTest, WhatIsStrippedIsWrittenBackWhateverEndsTheReconcile) {
  MakeCluster();
  const std::string cluster_id = fixture_.ClusterId();
  const std::string machine_id = fixture_.MachineId("m");
  const auto is_back = [&](const std::string& why) {
    for (const auto& [type, name] : {std::pair(kEvrocClusterType, "c"),
                                     std::pair(kEvrocMachineType, "m-infra")}) {
      fixture_.Change(
          type, name,
          R"({"metadata": {"annotations": null, "finalizers": null}})");
    }
    // However they end.
    (void)fixture_.ReconcileCluster();
    (void)fixture_.ReconcileMachine("m");
    EXPECT_EQ(fixture_.ClusterId(), cluster_id) << why;
    EXPECT_EQ(fixture_.MachineId("m"), machine_id) << why;
    EXPECT_TRUE(
        DecodeMeta(fixture_.EvrocCluster()).HasFinalizer(kClusterFinalizer))
        << why;
    EXPECT_TRUE(
        DecodeMeta(fixture_.EvrocMachine("m")).HasFinalizer(kMachineFinalizer))
        << why;
  };
  Use(kElsewhere);
  Reconcile();
  ASSERT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  is_back("in doubt");
  fixture_.network.access().Refuse(kElsewhere);
  Use(kElsewhere);
  is_back("with a Secret that can't be used");
  Use(kCredential);
  fixture_.network.faults().Fail("CheckCredentials",
                                 absl::UnavailableError("HTTP 503"),
                                 FakeFaults::kForever);
  fixture_.Restart();
  is_back("while the cloud is away");
}

TEST_F(OneCloudTest, NoFinalizerComesBackOntoWhatIsPausedOrGoesBack) {
  MakeCluster();
  const auto strip = [&] {
    fixture_.Change(kEvrocMachineType, "m-infra",
                    R"({"metadata": {"finalizers": null}})");
  };
  const auto is_back = [&] {
    EXPECT_TRUE(fixture_.ReconcileMachine("m").ok());
    return DecodeMeta(fixture_.EvrocMachine("m"))
        .HasFinalizer(kMachineFinalizer);
  };
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  strip();
  EXPECT_FALSE(is_back()) << "it is paused";
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": false}})");
  Use(kElsewhere);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_TRUE(is_back());
  strip();
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations": {
      "evroc.com/give-back": "true", "evroc.com/resource-prefix": "c"}}})");
  EXPECT_FALSE(is_back()) << "it goes back";
}

TEST_F(OneCloudTest, NoFinalizerComesBackOntoAClusterThatIsPausedOrGoesBack) {
  MakeCluster();
  const auto strip = [&] {
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"metadata": {"finalizers": null}})");
  };
  const auto is_back = [&] {
    EXPECT_TRUE(fixture_.ReconcileCluster().ok());
    return DecodeMeta(fixture_.EvrocCluster()).HasFinalizer(kClusterFinalizer);
  };
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  strip();
  EXPECT_FALSE(is_back()) << "it is paused";
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": false}})");
  EXPECT_TRUE(is_back());
  strip();
  // It waits for its machine.
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations": {
      "evroc.com/give-back": "true", "evroc.com/resource-prefix": "c"}}})");
  EXPECT_FALSE(is_back()) << "it goes back";
}

// An earlier version wrote no copy into the status.
TEST_F(OneCloudTest, AClusterThatLostAllIsKnownByItsMachines) {
  MakeCluster();
  const std::string id = fixture_.ClusterId();
  Put(HomeOf(), std::string(fixture_.EvrocMachine("m")
                                .At("spec.providerID")
                                .String()
                                .substr(std::string("evroc://").size())));
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": null, "finalizers": null}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"annotations": null}})", "status");
  Reconcile();
  EXPECT_EQ(fixture_.ClusterId(), id);
  EXPECT_EQ(OfCluster("Ready"), "True/Ready");
}

TEST_F(OneCloudTest, WhatIsEditedIsWrittenBackToo) {
  MakeCluster();
  const std::string record = EncodeCloudRecord(Record());
  CloudRecord other;
  *other.mutable_identity() = Elsewhere();
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations",
              Json::Object({{kCloudAnnotation, EncodeCloudRecord(other)}}));
  fixture_.Change(kEvrocClusterType, "c", patch.Dump());
  Use(kElsewhere);
  Reconcile();
  EXPECT_EQ(EncodeCloudRecord(Record()), record);
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
}

// `clusterctl move` takes annotations along, and no status.
TEST_F(OneCloudTest, WithoutAStatusTheAnnotationsSayIt) {
  MakeCluster();
  const std::string record = EncodeCloudRecord(Record());
  for (const auto& [type, name] : {std::pair(kEvrocClusterType, "c"),
                                   std::pair(kEvrocMachineType, "m-infra")}) {
    fixture_.Change(type, name, R"({"status": null})", "status");
  }
  Use(kElsewhere);
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  Use(kCredential);
  Reconcile();
  EXPECT_EQ(fixture_.EvrocCluster()
                .At("status.annotations")[kCloudAnnotation]
                .String(),
            record);
  EXPECT_EQ(fixture_.EvrocMachine("m")
                .At("status.annotations")[kOwnerIdAnnotation]
                .String(),
            fixture_.MachineId("m"));
}

TEST_F(OneCloudTest, AnAbandonedCloudIsLeftForTheNewOne) {
  MakeCluster();
  Use(kElsewhere);
  Reconcile();
  Abandon("somewhere");
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "False/OtherCloud");
  Abandon(PlaceName(HomeOf()));
  Reconcile();
  EXPECT_EQ(OfCluster("CloudIdentityMatched"), "True/Matched");
  EXPECT_EQ(Record().identity().endpoint(), "https://elsewhere");
  EXPECT_THAT(fixture_.changes(), Contains("CloudAbandoned"));
  // It does not stay, to be believed another time.
  EXPECT_FALSE(fixture_.EvrocCluster()
                   .At("metadata.annotations")[kAbandonCloudAnnotation]
                   .exists());
  EXPECT_EQ(Deletions(), 0);
}

TEST_F(OneCloudTest, AWordThatIsNotNeededDoesNotStay) {
  MakeCluster();
  Abandon(PlaceName(HomeOf()));
  Reconcile();
  EXPECT_FALSE(fixture_.EvrocCluster()
                   .At("metadata.annotations")[kAbandonCloudAnnotation]
                   .exists());
  EXPECT_EQ(Record().identity().endpoint(), "https://home");
}

TEST_F(OneCloudTest, ADeletionDoesNotAskAnAbandonedCloud) {
  MakeCluster();
  Use(kElsewhere);
  DeleteAll();
  Reconcile();
  Abandon(PlaceName(HomeOf()));
  fixture_.network.access().Refuse(kElsewhere);
  fixture_.compute.access().Refuse(kElsewhere);
  Reconcile();
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_EQ(Deletions(), 0);
  EXPECT_THAT(fixture_.changes(), Contains("CloudAbandoned"));
}

// The Secret leads to another cloud, where nothing is the cluster's.
TEST_F(OneCloudTest, ADeletionTakesNothingFromTheCloudThatComesInstead) {
  MakeCluster();
  Use(kElsewhere);
  DeleteAll();
  Reconcile();
  Abandon(PlaceName(HomeOf()));
  Reconcile();
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_EQ(Deletions(), 0);
  EXPECT_THAT(fixture_.changes(), Contains("CloudAbandoned"));
}

// The credential leads to the cluster's cloud, which answers something else.
TEST_F(OneCloudTest, TheWordGivesNothingUpForAnotherError) {
  MakeCluster();
  DeleteAll();
  Abandon(PlaceName(HomeOf()));
  const auto fail_deletions = [&](const absl::Status& error) {
    fixture_.compute.faults().Fail("DeleteVirtualMachine", error);
    fixture_.compute.faults().Fail("DeleteClusterVirtualMachines", error);
  };
  const absl::Status errors[] = {
      absl::UnavailableError("HTTP 503"), absl::AbortedError("HTTP 409"),
      absl::FailedPreconditionError("in use"),
      MakeError(absl::StatusCode::kResourceExhausted, "slow down",
                {.reason = std::string(kThrottled)})};
  for (const absl::Status& error : errors) {
    fail_deletions(error);
    fixture_.ReconcileMachine("m").IgnoreError();
    EXPECT_TRUE(fixture_.HasEvrocMachine("m")) << error;
  }
  fixture_.compute.faults().Clear();
  fixture_.compute.SetInstant(true);
  fixture_.network.SetInstant(true);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  ASSERT_FALSE(fixture_.HasEvrocMachine("m"));
  for (const absl::Status& error : errors) {
    fail_deletions(error);
    fixture_.ReconcileCluster().IgnoreError();
    EXPECT_TRUE(fixture_.HasEvrocCluster()) << error;
  }
  fixture_.compute.faults().Clear();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_THAT(fixture_.changes(), Not(Contains("CloudAbandoned")));
}

TEST_F(OneCloudTest, ALossThatItsCloudDoesNotConfirmIsNotTold) {
  MakeCluster();
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  const absl::Status away = absl::UnavailableError("HTTP 503");
  for (const bool apply_fails : {false, true}) {
    fixture_.clock.Advance(absl::Minutes(1));
    fixture_.network.faults().Fail("CheckCredentials", away);
    if (apply_fails) {
      fixture_.compute.faults().Fail("ApplyVirtualMachine", away);
    }
    fixture_.ReconcileMachine("m").IgnoreError();
    EXPECT_EQ(MachineState(), "Running") << apply_fails;
    EXPECT_EQ(OfMachine("Ready"), "True/Ready") << apply_fails;
  }
  fixture_.network.faults().Clear();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(MachineState(), "Lost");
}

// Calls that hang keep the workers for its cloud.
TEST_F(OneCloudTest, ALossIsNotToldWithoutAskingItsCloud) {
  MakeCluster();
  for (const char* other : {"a", "b"}) {
    fixture_.AddMachine(other, false);
    fixture_.MakeMachine(other);
  }
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  FakeFaults& faults = fixture_.compute.faults();
  const int asked = fixture_.network.faults().calls("CheckCredentials");
  faults.Before("ApplyVirtualMachine", [&] {
    fixture_.clock.Advance(absl::Seconds(11));
    faults.Before("ApplyVirtualMachine", [&] {
      fixture_.clock.Advance(absl::Seconds(11));
      const ReconcileResult result = fixture_.ReconcileMachine("m");
      ASSERT_TRUE(result.ok());
      EXPECT_TRUE(std::holds_alternative<RetryAfter>(*result));
      EXPECT_EQ(MachineState(), "Running");
      EXPECT_EQ(OfMachine("Ready"), "True/Ready");
      EXPECT_EQ(fixture_.network.faults().calls("CheckCredentials"), asked);
    });
    ASSERT_TRUE(fixture_.ReconcileMachine("b").ok());
  });
  ASSERT_TRUE(fixture_.ReconcileMachine("a").ok());
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(MachineState(), "Lost");
}

}  // namespace
}  // namespace evroc::shim
