#include "shim/reconcile/takeover/findings.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using Object = common::v1::TakeOverObject;

Object Found(const char* id, Object::Verdict verdict) {
  Object object;
  object.set_kind("Disk");
  object.set_id(id);
  object.set_verdict(verdict);
  object.set_reason("why");
  return object;
}

std::string Report(const TakeOverObjects& objects,
                   const std::vector<std::string>& remarks = {}) {
  Conditions conditions;
  SetReport(
      {.objects = objects, .remarks = remarks},
      [](const absl::Status&) { return ReconcileError(); }, 1,
      absl::UnixEpoch(), conditions);
  return conditions.Find(kTakenOver)->message.str();
}

TEST(FindingsTest, TheReportTellsWhatGetsLabelsAndWhatHasThem) {
  EXPECT_EQ(Report({}),
            "the end of the pause takes it over; it has nothing in the cloud; "
            "nothing else changes");
  EXPECT_EQ(Report({Found("a", Object::PROVEN), Found("b", Object::TAKEN),
                    Found("c", Object::NOT_THEIRS)},
                   {"mind d"}),
            "the end of the pause takes it over, and adds labels to these "
            "objects: Disk a (why); these have the labels: Disk b (why); "
            "this provider made: Disk c (why); mind d; nothing else changes");
  EXPECT_EQ(
      Report({Found("c", Object::NOT_THEIRS)}),
      "the end of the pause puts its owner id back: Disk c (why); nothing "
      "else changes");
}

TEST(FindingsTest, OnlyTheOfficialProvidersObjectsHaveItsNames) {
  EXPECT_FALSE(AnyTheirs({}));
  EXPECT_FALSE(AnyTheirs({Found("a", Object::NOT_THEIRS)}));
  EXPECT_TRUE(AnyTheirs({Found("a", Object::TAKEN)}));
  EXPECT_TRUE(AnyTheirs({Found("a", Object::PROVEN)}));
}

}  // namespace
}  // namespace evroc::shim
