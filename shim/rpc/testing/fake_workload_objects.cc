#include "shim/rpc/testing/fake_workload_objects.h"

#include "absl/strings/str_cat.h"

namespace evroc::shim {

void FakeWorkloadObjects::Leave(const std::string& kind,
                                const std::string& identifier) {
  absl::MutexLock lock(&mutex_);
  deleting_[{kind, identifier}] = false;
}

bool FakeWorkloadObjects::Has(const std::string& kind,
                              const std::string& identifier) const {
  absl::MutexLock lock(&mutex_);
  return deleting_.contains({kind, identifier});
}

std::vector<common::v1::RemainingObject> FakeWorkloadObjects::Delete(
    const std::string& kind, const std::string& identifier, bool instant) {
  absl::MutexLock lock(&mutex_);
  const auto found = deleting_.find({kind, identifier});
  if (found == deleting_.end()) return {};
  if (instant) {
    deleting_.erase(found);
    return {};
  }
  found->second = true;
  common::v1::RemainingObject object;
  object.set_kind(kind);
  object.set_id(absl::StrCat("made-in-", identifier));
  object.set_reason("deletion requested");
  return {object};
}

void FakeWorkloadObjects::FinishDeletions() {
  absl::MutexLock lock(&mutex_);
  std::erase_if(deleting_, [](const auto& entry) { return entry.second; });
}

}  // namespace evroc::shim
