#include "shim/kube/testing/kube_client_contract.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

constexpr ResourceType kType = kEvrocMachineType;
constexpr char kVersion[] = "metadata.resourceVersion";

Json At(absl::string_view path, Json value) {
  Json patch = Json::Object();
  patch.SetAt(path, std::move(value));
  return patch;
}

absl::StatusCode CodeOf(const absl::StatusOr<Json>& result) {
  return result.status().code();
}

class Contract {
 public:
  Contract(KubeClient& client, std::string name_space,
           const std::string& prefix)
      : client_(client),
        name_space_(std::move(name_space)),
        key_{name_space_, absl::StrCat(prefix, "a")},
        absent_{name_space_, absl::StrCat(prefix, "absent")} {}

  void Create() {
    Json desired = Machine();
    desired.SetAt("status.ready", true);
    const auto made = client_.Create({}, kType, desired);
    ASSERT_TRUE(made.ok()) << made.status();
    start_ = std::string(made->At(kVersion).String());
    EXPECT_FALSE(start_.empty());
    EXPECT_FALSE(made->At("metadata.uid").String().empty());
    EXPECT_FALSE(made->At("status.ready").exists());
    EXPECT_EQ(made->At("metadata.generation").Integer(), 1);
    EXPECT_EQ(CodeOf(client_.Create({}, kType, desired)),
              absl::StatusCode::kAlreadyExists);
    const auto got = client_.Get({}, kType, key_);
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ(got->At(kVersion).String(), start_);
  }

  void Absent() {
    EXPECT_EQ(CodeOf(client_.Get({}, kType, absent_)),
              absl::StatusCode::kNotFound);
    EXPECT_EQ(CodeOf(client_.Patch({}, kType, absent_, "", At("spec", {}))),
              absl::StatusCode::kNotFound);
    EXPECT_EQ(
        CodeOf(client_.Get({}, {"no.such", "v1", "things", "Thing"}, absent_)),
        absl::StatusCode::kUnavailable);
  }

  void PatchParts() {
    Json both = At("spec.providerID", "evroc://1");
    both.SetAt("status.ready", true);
    const auto main = client_.Patch({}, kType, key_, "", both);
    ASSERT_TRUE(main.ok()) << main.status();
    EXPECT_FALSE(main->At("status.ready").exists());
    EXPECT_EQ(main->At("metadata.generation").Integer(), 2);
    both.SetAt("spec.providerID", "evroc://2");
    const auto status = client_.Patch({}, kType, key_, "status", both);
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_TRUE(status->At("status.ready").Bool());
    EXPECT_EQ(status->At("spec.providerID").String(), "evroc://1");
    EXPECT_EQ(status->At("metadata.generation").Integer(), 2);
    // A patch that changes nothing makes no new version.
    const auto again =
        client_.Patch({}, kType, key_, "status", At("status.ready", true));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->At(kVersion), status->At(kVersion));
  }

  void Conflicts() {
    EXPECT_EQ(CodeOf(client_.Patch({}, kType, key_, "", At(kVersion, start_))),
              absl::StatusCode::kAborted);
    EXPECT_EQ(
        CodeOf(client_.Patch({}, kType, key_, "status", At(kVersion, start_))),
        absl::StatusCode::kAborted);
    auto current = client_.Get({}, kType, key_);
    ASSERT_TRUE(current.ok());
    Json stale = *current;
    stale.SetAt(kVersion, start_);
    EXPECT_EQ(CodeOf(client_.Update({}, kType, stale)),
              absl::StatusCode::kAborted);
    Json unversioned = *current;
    unversioned.MergePatch(At(kVersion, Json()));
    EXPECT_EQ(CodeOf(client_.Update({}, kType, unversioned)),
              absl::StatusCode::kInvalidArgument);
    current->SetAt("metadata.labels.contract", name_space_);
    const auto updated = client_.Update({}, kType, *current);
    ASSERT_TRUE(updated.ok()) << updated.status();
    EXPECT_TRUE(updated->At("status.ready").Bool());
    EXPECT_EQ(CodeOf(client_.Patch({}, kType, key_, "",
                                   At("metadata.name", "other"))),
              absl::StatusCode::kInvalidArgument);
  }

  void ListAndWatch() {
    const Selection by_name{
        .name_space = name_space_,
        .field_selector = absl::StrCat("metadata.name=", key_.name.str())};
    int count = 0;
    const auto version =
        client_.List({}, kType, by_name, [&](const Json& object) {
          EXPECT_EQ(object.At("metadata.name").String(), key_.name);
          EXPECT_EQ(object["kind"].String(), kType.kind);
          ++count;
          return absl::OkStatus();
        });
    ASSERT_TRUE(version.ok()) << version.status();
    EXPECT_EQ(count, 1);
    const Json label = At("metadata.labels.contract", Json());
    ASSERT_TRUE(client_.Patch({}, kType, key_, "", label).ok());
    EXPECT_EQ(FirstEvent(by_name, *version), WatchEvent::Type::kModified);
    EXPECT_EQ(FirstEvent(by_name, ""), WatchEvent::Type::kAdded);
    // A watch by label reports an object that no longer matches as deleted.
    EXPECT_EQ(
        FirstEvent({.name_space = name_space_,
                    .label_selector = absl::StrCat("contract=", name_space_)},
                   *version),
        WatchEvent::Type::kDeleted);
  }

 private:
  Json Machine() const {
    Json machine = Json::Object(
        {{"apiVersion", kType.ApiVersion()},
         {"kind", kType.kind},
         {"metadata",
          Json::Object({{"name", key_.name}, {"namespace", name_space_}})}});
    machine.SetAt("spec.computeProfile", "c1a.s");
    machine.SetAt("spec.image", "ubuntu-minimal.24-04.1");
    return machine;
  }

  WatchEvent::Type FirstEvent(const Selection& selection,
                              const std::string& version) {
    auto type = WatchEvent::Type::kBookmark;
    const absl::Status status = client_.Watch(
        {}, kType, selection, version,
        [&](const WatchEvent& event) -> absl::Status {
          if (event.type == WatchEvent::Type::kBookmark) {
            return absl::OkStatus();
          }
          EXPECT_EQ(event.object.At("metadata.name").String(), key_.name);
          type = event.type;
          return absl::DataLossError("enough");
        });
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    return type;
  }

  KubeClient& client_;
  const std::string name_space_;
  const ObjectKey key_;
  const ObjectKey absent_;
  std::string start_;
};

}  // namespace

void CheckKubeClientContract(KubeClient& client, const std::string& name_space,
                             const std::string& prefix) {
  Contract contract(client, name_space, prefix);
  contract.Create();
  contract.Absent();
  contract.PatchParts();
  contract.Conflicts();
  contract.ListAndWatch();
}

}  // namespace evroc::shim
