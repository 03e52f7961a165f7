#include "shim/reconcile/identity/copies.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using Kind = Standing::Kind;

constexpr char kHome[] =
    R"({"identity": {"endpoint": "h", "project": "p", "region": "r",
        "principal": "a"}})";
constexpr char kElsewhere[] =
    R"({"identity": {"endpoint": "e", "project": "p", "region": "r",
        "principal": "a"}})";

// Objects of one id, by what speaks for them.
template <typename T>
T Object(const std::string& name_space, const std::string& created) {
  T object;
  object.meta.key = {name_space, "of-" + created};
  object.meta.uid = "uid of " + created + name_space;
  object.meta.created = created;
  object.meta.annotations.emplace(kOwnerIdAnnotation, "id");
  return object;
}

template <typename T>
T Refused(T object) {
  object.status.annotations.emplace(kRefusedId, "id");
  return object;
}

template <typename T>
T Kept(T object) {
  object.status.annotations = object.meta.annotations;
  return object;
}

EvrocClusterObject Bare(const std::string& created,
                        const std::string& name_space = "ns") {
  return Object<EvrocClusterObject>(name_space, created);
}

EvrocClusterObject Recorded(EvrocClusterObject cluster,
                            const char* cloud = kHome) {
  cluster.meta.annotations.emplace(kCloudAnnotation, cloud);
  return cluster;
}

EvrocClusterObject Made(EvrocClusterObject cluster) {
  cluster.status.provisioned = true;
  return cluster;
}

EvrocMachineObject Machine(const std::string& created, const std::string& vm) {
  auto machine = Object<EvrocMachineObject>("ns", created);
  if (!vm.empty()) machine.spec.provider_id = "evroc://" + vm;
  return machine;
}

template <typename T>
Standing Among(const T& self, const std::vector<T>& others) {
  std::vector<std::shared_ptr<const T>> all = {std::make_shared<const T>(self)};
  for (const T& other : others) all.push_back(std::make_shared<const T>(other));
  return StandingAmong(all, self);
}

// What each of both is beside the other.
template <typename T>
std::vector<Kind> Both(const T& one, const T& other) {
  return {Among(one, {other}).kind, Among(other, {one}).kind};
}

TEST(CopiesTest, OneAloneIsTheOwner) {
  EXPECT_TRUE(Among(Bare("2"), {}).owns());
  EXPECT_TRUE(Among(Recorded(Bare("2")), {}).owns());
}

TEST(CopiesTest, WhatTheStatusSaysComesBeforeTheAge) {
  EXPECT_THAT(Both(Kept(Bare("2")), Bare("1")),
              ElementsAre(Kind::kOwner, Kind::kCopy));
  EXPECT_THAT(Both(Kept(Recorded(Bare("2"))), Recorded(Bare("1"))),
              ElementsAre(Kind::kOwner, Kind::kCopy));
  EXPECT_THAT(Both(Made(Bare("2")), Bare("1")),
              ElementsAre(Kind::kOwner, Kind::kCopy));
}

// An earlier version, or the official provider, does not keep the id there; and
// other controllers write a status, too.
TEST(CopiesTest, AnIdInTheStatusComesBeforeWhatWasProvisioned) {
  EXPECT_THAT(Both(Kept(Bare("2")), Made(Bare("1"))),
              ElementsAre(Kind::kOwner, Kind::kDoubted));
}

TEST(CopiesTest, TheAgeDecidesOnlyWhereNothingWasMade) {
  EXPECT_THAT(Both(Bare("2"), Bare("1")),
              ElementsAre(Kind::kDoubted, Kind::kOwner));
  EXPECT_THAT(Both(Recorded(Bare("2")), Recorded(Bare("1"))),
              ElementsAre(Kind::kDoubted, Kind::kDoubted));
  EXPECT_THAT(Both(Recorded(Bare("2")), Bare("1")),
              ElementsAre(Kind::kOwner, Kind::kCopy));
}

TEST(CopiesTest, TwoThatBothHaveAStatusAreInDoubt) {
  EXPECT_THAT(Both(Kept(Bare("2")), Kept(Bare("1"))),
              ElementsAre(Kind::kDoubted, Kind::kDoubted));
}

TEST(CopiesTest, AcrossNamespacesNothingIsCertainButTheStatus) {
  EXPECT_THAT(Both(Bare("1", "a"), Bare("2", "b")),
              ElementsAre(Kind::kDoubted, Kind::kDoubted));
  EXPECT_THAT(Both(Bare("1", "a"), Recorded(Bare("2", "b"))),
              ElementsAre(Kind::kDoubted, Kind::kOwner));
  EXPECT_THAT(Both(Bare("1", "a"), Kept(Bare("2", "b"))),
              ElementsAre(Kind::kCopy, Kind::kOwner));
  EXPECT_THAT(Both(Recorded(Bare("1", "a")), Kept(Recorded(Bare("2", "b")))),
              ElementsAre(Kind::kDoubted, Kind::kOwner));
}

TEST(CopiesTest, WhatHasSomethingOfItsOwnIsNoCopy) {
  EXPECT_EQ(
      Among(Recorded(Bare("2"), kElsewhere), {Kept(Recorded(Bare("1")))}).kind,
      Kind::kDoubted);
  EXPECT_EQ(Among(Machine("2", "vm"), {Kept(Machine("1", "vm"))}).kind,
            Kind::kCopy);
  EXPECT_EQ(Among(Machine("2", ""), {Kept(Machine("1", "vm"))}).kind,
            Kind::kCopy);
  EXPECT_EQ(Among(Machine("2", "another"), {Kept(Machine("1", "vm"))}).kind,
            Kind::kDoubted);
}

TEST(CopiesTest, WhatWasRefusedOnceStaysRefused) {
  EXPECT_EQ(Among(Refused(Bare("1")), {}).kind, Kind::kCopy);
  EXPECT_EQ(Among(Refused(Recorded(Bare("1"))), {}).kind, Kind::kDoubted);
  // The original is restored, or moved back.
  EXPECT_THAT(Both(Refused(Bare("1")), Bare("2")),
              ElementsAre(Kind::kCopy, Kind::kOwner));
  EvrocClusterObject renewed = Refused(Bare("1"));
  renewed.meta.annotations[kOwnerIdAnnotation] = "an id of its own";
  EXPECT_TRUE(Among(renewed, {}).owns());
}

TEST(CopiesTest, ARefusedOneKeepsNothingOfTheOriginal) {
  const EvrocClusterObject copy = Recorded(Bare("1"));
  EXPECT_THAT(AnnotationsAfter(copy, Among(copy, {Kept(Bare("2"))})),
              ElementsAre(Pair(std::string(kRefusedId), "id")));
  EXPECT_THAT(AnnotationsAfter(copy, Among(copy, {copy, Recorded(Bare("2"))})),
              IsEmpty());
}

TEST(CopiesTest, AnOwnersAnnotationsAreKeptExceptAnUnprovenSecret) {
  EvrocClusterObject cluster = Bare("1");
  cluster.meta.annotations.emplace(kCredentialSecretAnnotation, "s");
  EXPECT_THAT(AnnotationsAfter(cluster, {}),
              ElementsAre(Pair(std::string(kOwnerIdAnnotation), "id")));
  EXPECT_EQ(AnnotationsAfter(Kept(cluster), {}).size(), 2);
}

TEST(CopiesTest, TheFinalizerBelongsOntoWhatLivesHasAnIdAndIsNoCopy) {
  const EvrocClusterObject original = Kept(Bare("1"));
  const EvrocClusterObject copy = Bare("2");
  EXPECT_TRUE(KeepsFinalizer(original, Among(original, {copy}), true));
  EXPECT_FALSE(KeepsFinalizer(copy, Among(copy, {original}), true));
  EvrocClusterObject stripped = original;
  stripped.meta.annotations.clear();
  EXPECT_TRUE(KeepsFinalizer(stripped, {}, false)) << "the status has its id";
  stripped.status.annotations.clear();
  EXPECT_FALSE(KeepsFinalizer(stripped, {}, true)) << "it was never begun";
  // As one is whose move is not through.
  EXPECT_TRUE(KeepsFinalizer(Bare("1"), {}, true));
  EXPECT_FALSE(KeepsFinalizer(Bare("1"), {}, false));
  EvrocClusterObject deleted = original;
  deleted.meta.deleting = true;
  EXPECT_FALSE(KeepsFinalizer(deleted, {}, true));
}

TEST(CopiesTest, BothAreNamed) {
  const EvrocClusterObject copy = Recorded(Bare("1", "a"));
  const absl::Status doubt =
      StandingError(kEvrocClusterType, copy.meta,
                    Among(copy, {Kept(Bare("2", "b"))}), kClusterFinalizer);
  EXPECT_THAT(
      std::string(doubt.message()),
      AllOf(HasSubstr("EvrocCluster a/of-1"), HasSubstr("EvrocCluster b/of-2"),
            HasSubstr(kClusterFinalizer)));
}

}  // namespace
}  // namespace evroc::shim
