#include "services/evroc/codec/fields.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/json/testing/must_parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Values of every JSON type, to be read where another is wanted.
constexpr const char* kOneOfEachType[] = {
    "null", "true", "7", "1.5", R"("text")", R"(["text"])", R"({"a":"b"})"};

TEST(ToJsonTest, WritesLabelsTextsAndSizes) {
  EXPECT_EQ(ToJson(Labels{{"a", "1"}, {"b", ""}}),
            MustParse(R"({"a": "1", "b": ""})"));
  EXPECT_EQ(ToJson(Labels{}), MustParse("{}"));
  EXPECT_EQ(ToJson(std::vector<std::string>{"x", ""}),
            MustParse(R"(["x", ""])"));
  EXPECT_EQ(ToJson(DiskSize{.amount = 2048, .unit = "MB"}),
            MustParse(R"({"amount": 2048, "unit": "MB"})"));
}

TEST(ReadAddressTest, ReadsAnyFormAsTheCanonicalOne) {
  EXPECT_EQ(ReadAddress(MustParse(R"("2001:db8:0:200::0:3")")),
            "2001:db8:0:200::3");
  EXPECT_EQ(ReadAddress(MustParse(R"("::ffff:192.0.2.1")")), "192.0.2.1");
  EXPECT_EQ(ReadAddress(JsonView()), "");
  EXPECT_THAT(ReadAddresses(MustParse(R"(["10.0.0.0/8", "2001:DB8::/48"])")),
              ElementsAre("10.0.0.0/8", "2001:db8::/48"));
}

TEST(ReadLabelsTest, ReadsTextsAndNothingElse) {
  EXPECT_THAT(ReadLabels(MustParse(
                  R"({"a": "1", "n": 1, "b": "", "o": {}, "x": null})")),
              ElementsAre(Pair("a", "1"), Pair("b", "")));
  EXPECT_THAT(ReadLabels(JsonView()), IsEmpty());
  EXPECT_THAT(ReadLabels(MustParse(R"(["a"])")), IsEmpty());
}

TEST(ReadTextsTest, ReadsTextsAndNothingElse) {
  EXPECT_THAT(ReadTexts(MustParse(R"(["a", 1, null, "", {"b": 1}])")),
              ElementsAre("a", ""));
  EXPECT_THAT(ReadTexts(MustParse(R"({"a": "b"})")), IsEmpty());
  EXPECT_THAT(ReadTexts(JsonView()), IsEmpty());
}

// CSI takes a disk for its own only if the unit comes back as it was sent.
TEST(ReadDiskSizeTest, KeepsTheUnitThatWasSent) {
  for (const char* unit : {"KB", "MB", "GB", "TB", "parsec"}) {
    const DiskSize size{.amount = 20, .unit = unit};
    EXPECT_EQ(ReadDiskSize(ToJson(size)), size) << unit;
  }
}

TEST(ReadDiskSizeTest, IsNothingUnlessBothMembersAreThere) {
  for (const char* text :
       {"null", "[]", "20", "{}", R"({"amount": 20})", R"({"unit": "GB"})",
        R"({"amount": "20", "unit": "GB"})", R"({"amount": 20, "unit": 1})",
        R"({"amount": 1.5, "unit": "GB"})"}) {
    EXPECT_EQ(ReadDiskSize(MustParse(text)), std::nullopt) << text;
  }
  EXPECT_EQ(ReadDiskSize(JsonView()), std::nullopt);
}

TEST(ReadConditionsTest, ReadsAllThatHaveAType) {
  const Json json = MustParse(R"([
    {"type": "Ready", "status": "True", "reason": "VMReady", "message": "up",
     "lastTransitionTime": "2026-10-01T10:00:00Z", "observedGeneration": 3},
    {"status": "True", "reason": "NoType"},
    "Ready",
    {"type": "VMIsRunning", "status": "False", "reason": "ProvisioningFailed"},
    {"type": "Odd", "status": "true"},
    {"type": "Bare"}])");
  EXPECT_THAT(
      ReadConditions(json),
      ElementsAre(Condition{"Ready", ConditionStatus::kTrue, "VMReady", "up"},
                  Condition{"VMIsRunning", ConditionStatus::kFalse,
                            "ProvisioningFailed", ""},
                  Condition{"Odd", ConditionStatus::kUnknown, "", ""},
                  Condition{"Bare", ConditionStatus::kUnknown, "", ""}));
}

TEST(ReadConditionsTest, IsEmptyForAnythingElse) {
  for (const char* text : kOneOfEachType) {
    EXPECT_THAT(ReadConditions(MustParse(text)), IsEmpty()) << text;
  }
}

TEST(ReadTimeTest, ReadsRfc3339) {
  EXPECT_EQ(ReadTime(MustParse(R"("2026-10-01T10:00:00Z")")),
            absl::FromUnixSeconds(1790848800));
  EXPECT_EQ(ReadTime(MustParse(R"("2026-10-01T12:00:00.25+02:00")")),
            absl::FromUnixMillis(1790848800250));
}

TEST(ReadTimeTest, AnythingElseIsLongAgo) {
  for (const char* text : kOneOfEachType) {
    EXPECT_EQ(ReadTime(MustParse(text)), absl::InfinitePast()) << text;
  }
  EXPECT_EQ(ReadTime(MustParse(R"("2026-10-01")")), absl::InfinitePast());
  EXPECT_EQ(ReadTime(MustParse(R"("")")), absl::InfinitePast());
  EXPECT_EQ(ReadTime(JsonView()), absl::InfinitePast());
}

TEST(ReadIntTest, IsZeroForWhatDoesNotFit) {
  EXPECT_EQ(ReadInt(MustParse("6443")), 6443);
  EXPECT_EQ(ReadInt(MustParse("-1")), -1);
  EXPECT_EQ(ReadInt(MustParse("2147483647")), std::numeric_limits<int>::max());
  EXPECT_EQ(ReadInt(MustParse("2147483648")), 0);
  EXPECT_EQ(ReadInt(MustParse("-2147483649")), 0);
  EXPECT_EQ(ReadInt(MustParse("6443.0")), 0);
  EXPECT_EQ(ReadInt(MustParse(R"("6443")")), 0);
  EXPECT_EQ(ReadInt(JsonView()), 0);
}

TEST(DurationTest, SurvivesInGoNotation) {
  struct Case {
    const char* text;
    absl::Duration duration;
  };
  for (const auto& [text, duration] :
       {Case{"0s", absl::ZeroDuration()}, Case{"5s", absl::Seconds(5)},
        Case{"500ms", absl::Milliseconds(500)},
        Case{"1m30s", absl::Seconds(90)}, Case{"2h", absl::Hours(2)}}) {
    EXPECT_EQ(ReadDuration(Json(text)), duration) << text;
    EXPECT_EQ(DurationText(duration), text);
  }
}

TEST(DurationTest, WhatIsNoneIsZero) {
  for (const char* text : kOneOfEachType) {
    EXPECT_EQ(ReadDuration(MustParse(text)), absl::ZeroDuration()) << text;
  }
  for (const char* text : {"", "5", "5 s", "inf", "-inf"}) {
    EXPECT_EQ(ReadDuration(Json(text)), absl::ZeroDuration()) << text;
  }
}

TEST(StackTypeTest, EveryNameIsReadBack) {
  struct Case {
    const char* name;
    StackType type;
  };
  for (const auto& [name, type] :
       {Case{"", StackType::kUnset}, Case{"dual-stack", StackType::kDualStack},
        Case{"ipv6-only", StackType::kIpv6Only},
        Case{"ipv4-only", StackType::kIpv4Only}}) {
    EXPECT_EQ(StackTypeName(type), name);
    EXPECT_EQ(ReadStackType(Json(name)), type);
  }
}

TEST(StackTypeTest, AWordThatIsNotKnownIsUnset) {
  EXPECT_EQ(ReadStackType(Json("DUAL-STACK")), StackType::kUnset);
  EXPECT_EQ(ReadStackType(Json("triple-stack")), StackType::kUnset);
  for (const char* text : kOneOfEachType) {
    EXPECT_EQ(ReadStackType(MustParse(text)), StackType::kUnset) << text;
  }
}

TEST(DirectionTest, OnlyItsTwoWordsAreRead) {
  EXPECT_EQ(ReadDirection(Json(DirectionName(Direction::kIngress))),
            Direction::kIngress);
  EXPECT_EQ(ReadDirection(Json(DirectionName(Direction::kEgress))),
            Direction::kEgress);
  EXPECT_EQ(ReadDirection(Json("ingress")), std::nullopt);
  EXPECT_EQ(ReadDirection(Json("")), std::nullopt);
  EXPECT_EQ(ReadDirection(JsonView()), std::nullopt);
}

TEST(ProtocolTest, EveryNameIsReadBackInAnyCase) {
  struct Case {
    const char* name;
    Protocol protocol;
  };
  for (const auto& [name, protocol] :
       {Case{"All", Protocol::kAll}, Case{"TCP", Protocol::kTcp},
        Case{"UDP", Protocol::kUdp}, Case{"ICMP", Protocol::kIcmp}}) {
    EXPECT_EQ(ProtocolName(protocol), name);
    EXPECT_EQ(ReadProtocol(Json(name)), protocol) << name;
  }
  EXPECT_EQ(ReadProtocol(Json("all")), Protocol::kAll);
  EXPECT_EQ(ReadProtocol(Json("tcp")), Protocol::kTcp);
}

TEST(ProtocolTest, NoneMeansAllAndAnUnknownOneNothing) {
  EXPECT_EQ(ReadProtocol(JsonView()), Protocol::kAll);
  EXPECT_EQ(ReadProtocol(MustParse("null")), Protocol::kAll);
  EXPECT_EQ(ReadProtocol(Json("")), Protocol::kAll);
  EXPECT_EQ(ReadProtocol(Json("SCTP")), std::nullopt);
  EXPECT_EQ(ReadProtocol(MustParse("6")), std::nullopt);
}

// B.3 of evroc-api.md, and the Kubernetes form of A.3.
TEST(ReadMetadataTest, ReadsTheFieldsOfEachDialect) {
  Metadata<Disk> rest;
  ASSERT_TRUE(ReadMetadata(MustParse(R"({
    "id": "d1", "project": "p", "region": "se-sto",
    "userLabels": {"k": "v"}, "systemLabels": {"s": "t"},
    "labels": {"not": "read"}, "uid": "0f-1", "resourceVersion": "12",
    "generation": 2, "creationTimestamp": "2026-10-01T10:00:00Z"})"),
                           kRestMetadata, rest)
                  .ok());
  Metadata<Disk> expected;
  expected.id = Id<Disk>("d1");
  expected.labels = {{"k", "v"}};
  expected.uid = "0f-1";
  expected.resource_version = "12";
  expected.generation = 2;
  expected.created = absl::FromUnixSeconds(1790848800);
  EXPECT_EQ(rest, expected);

  Metadata<Disk> kcp;
  ASSERT_TRUE(ReadMetadata(MustParse(R"({
    "name": "d1", "namespace": "p", "labels": {"k": "v"}, "uid": "0f-1",
    "resourceVersion": "12", "generation": 2,
    "creationTimestamp": "2026-10-01T10:00:00Z",
    "deletionTimestamp": "2026-10-01T11:00:00Z"})"),
                           kKcpMetadata, kcp)
                  .ok());
  expected.deleting = true;
  EXPECT_EQ(kcp, expected);
}

TEST(ReadMetadataTest, AnIdIsEnough) {
  Metadata<Disk> metadata;
  ASSERT_TRUE(
      ReadMetadata(MustParse(R"({"id": "d1"})"), kRestMetadata, metadata).ok());
  Metadata<Disk> expected;
  expected.id = Id<Disk>("d1");
  EXPECT_EQ(metadata, expected);
}

TEST(ReadMetadataTest, FieldsOfAnotherTypeCountAsAbsent) {
  Metadata<Disk> metadata;
  ASSERT_TRUE(ReadMetadata(MustParse(R"({
    "id": "d1", "userLabels": [], "uid": 5, "resourceVersion": 12,
    "generation": "2", "creationTimestamp": "", "deletionTimestamp": null})"),
                           kRestMetadata, metadata)
                  .ok());
  Metadata<Disk> expected;
  expected.id = Id<Disk>("d1");
  EXPECT_EQ(metadata, expected);
}

TEST(ReadMetadataTest, AnObjectWithoutAnIdIsAnError) {
  for (const char* text : {"null", "[]", "{}", R"({"id": ""})", R"({"id": 7})",
                           R"({"name": "d1"})"}) {
    Metadata<Disk> metadata;
    const absl::Status status =
        ReadMetadata(MustParse(text), kRestMetadata, metadata);
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << text;
    EXPECT_EQ(status.message(), "the cloud sent an object without an id");
  }
}

}  // namespace
}  // namespace evroc::cloud
