#include "tests/evroc_sim/model/bucket_contents.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

int64_t SizeOf(const std::vector<BucketObjectPtr>& versions) {
  int64_t size = 0;
  for (const BucketObjectPtr& version : versions) {
    size += static_cast<int64_t>(version->bytes.size());
  }
  return size;
}

}  // namespace

absl::StatusOr<BucketObjectPtr> BucketContents::Put(const Address& address,
                                                    BucketObject object,
                                                    bool keeps_versions,
                                                    int64_t max_bytes) {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(address);
  const int64_t freed =
      keeps_versions || found == objects_.end() ? 0 : SizeOf(found->second);
  const int64_t after =
      bytes_ - freed + static_cast<int64_t>(object.bytes.size());
  if (after > max_bytes) {
    return ApiError(400, "EntityTooLarge",
                    absl::StrCat("the simulated storage holds ", max_bytes,
                                 " bytes (setting s3.max_bytes)"));
  }
  std::vector<BucketObjectPtr>& versions = objects_[address];
  if (!keeps_versions) versions.clear();
  versions.push_back(std::make_shared<const BucketObject>(std::move(object)));
  bytes_ = after;
  ++revision_;
  return versions.back();
}

BucketObjectPtr BucketContents::Find(const Address& address,
                                     const std::string& version) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(address);
  if (found == objects_.end()) return nullptr;
  const std::vector<BucketObjectPtr>& versions = found->second;
  const auto at = version.empty()
                      ? std::prev(versions.end())
                      : std::find_if(versions.begin(), versions.end(),
                                     [&version](const BucketObjectPtr& each) {
                                       return each->version == version;
                                     });
  return at == versions.end() || (*at)->deleted ? nullptr : *at;
}

void BucketContents::Delete(const Address& address,
                            const std::string& version) {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(address);
  if (found == objects_.end()) return;
  std::vector<BucketObjectPtr>& versions = found->second;
  bytes_ -= SizeOf(versions);
  std::erase_if(versions, [&version](const BucketObjectPtr& each) {
    return each->version == version;
  });
  bytes_ += SizeOf(versions);
  if (versions.empty()) objects_.erase(found);
  ++revision_;
}

void BucketContents::DeleteAll(const Address& address) {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(address);
  if (found == objects_.end()) return;
  bytes_ -= SizeOf(found->second);
  objects_.erase(found);
  ++revision_;
}

void BucketContents::DropBucket(const std::string& uid) {
  absl::MutexLock lock(&mutex_);
  const auto first = objects_.lower_bound({uid, ""});
  auto last = first;
  for (; last != objects_.end() && last->first.bucket_uid == uid; ++last) {
    bytes_ -= SizeOf(last->second);
  }
  objects_.erase(first, last);
  ++revision_;
}

int64_t BucketContents::revision() const {
  absl::MutexLock lock(&mutex_);
  return revision_;
}

Json BucketContents::SaveState() const {
  absl::MutexLock lock(&mutex_);
  Json all = Json::Array();
  for (const auto& [address, versions] : objects_) {
    for (const BucketObjectPtr& each : versions) {
      all.Push(Json::Object({{"bucket", address.bucket_uid},
                             {"path", address.path},
                             {"version", each->version},
                             {"bytes", absl::Base64Escape(each->bytes)},
                             {"modified", absl::ToUnixMillis(each->modified)},
                             {"deleted", each->deleted}}));
    }
  }
  return all;
}

absl::Status BucketContents::LoadState(JsonView state) {
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < state.size(); ++i) {
    BucketObject object{
        .version = std::string(state[i]["version"].String()),
        .modified = absl::FromUnixMillis(state[i]["modified"].Integer()),
        .deleted = state[i]["deleted"].Bool()};
    if (!absl::Base64Unescape(state[i]["bytes"].String(), &object.bytes)) {
      return Invalid("an object of a bucket is damaged");
    }
    bytes_ += static_cast<int64_t>(object.bytes.size());
    objects_[{std::string(state[i]["bucket"].String()),
              std::string(state[i]["path"].String())}]
        .push_back(std::make_shared<const BucketObject>(std::move(object)));
  }
  return absl::OkStatus();
}

}  // namespace evroc::sim
