#include "tests/evroc_sim/kcp/kcp_watch.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/kcp/kcp_codec.h"
#include "tests/evroc_sim/kcp/kcp_status.h"

namespace evroc::sim {
namespace {

constexpr absl::Duration kBookmarkInterval = absl::Seconds(60);

class WatchRun {
 public:
  WatchRun(Cloud& cloud, const WatchOptions& options,
           const Response::Write& write)
      : cloud_(cloud), options_(options), write_(write) {}

  void Run(const CallContext& context) {
    int64_t version = options_.since.value_or(0);
    if (!options_.since.has_value() && !SendAll(version)) return;
    const absl::Time end = cloud_.clock().Now() + options_.timeout;
    std::vector<Change> changes;
    while (!context.cancel.stop_requested() && cloud_.clock().Now() < end) {
      CallContext wait = context;
      wait.deadline = std::min(end, cloud_.clock().Now() + kBookmarkInterval);
      if (!cloud_.AwaitChanges(wait, version, changes)) {
        SendExpired();
        return;
      }
      const bool alive =
          changes.empty() ? SendBookmark(version) : SendChanges(changes);
      if (!alive) return;
    }
  }

 private:
  bool Wants(const Object& object) const {
    return object.key.kind == options_.kind->kind &&
           object.key.project == options_.project &&
           object.key.region == options_.region &&
           (options_.name.empty() || options_.name == object.key.id) &&
           options_.selector.Matches(object.user_labels);
  }

  bool SendAll(int64_t& version) {
    version = cloud_.resource_version();
    for (const ObjectPtr& object :
         cloud_.List(options_.kind->kind, options_.project, options_.region,
                     options_.selector)) {
      if (!Wants(*object)) continue;
      known_.insert(object->key.id);
      if (!Send("ADDED", ToKcpJson(*object, *options_.kind))) return false;
    }
    return true;
  }

  bool SendChanges(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      const Object& object = *change.object;
      const bool was_known = known_.contains(object.key.id);
      const bool wanted = Wants(object) && !change.deleted;
      if (!wanted) {
        const bool left = Wants(object) || was_known;
        if (!left) continue;
        known_.erase(object.key.id);
        if (!Send("DELETED", ToKcpJson(object, *options_.kind))) return false;
        continue;
      }
      known_.insert(object.key.id);
      if (!Send(TypeOf(object, was_known), ToKcpJson(object, *options_.kind))) {
        return false;
      }
    }
    return true;
  }

  // Objects created after the watch's start version are new to its client.
  const char* TypeOf(const Object& object, bool was_known) const {
    return !was_known && object.first_version > options_.since.value_or(0)
               ? "ADDED"
               : "MODIFIED";
  }

  bool SendBookmark(int64_t version) {
    if (!options_.bookmarks) return true;
    Json object = Json::Object({{"kind", options_.kind->name},
                                {"apiVersion", KcpApiVersion(*options_.kind)}});
    object.SetAt("metadata.resourceVersion", absl::StrCat(version));
    return Send("BOOKMARK", std::move(object));
  }

  void SendExpired() {
    Send("ERROR", StatusJson(410, "Expired", "too old resource version"));
  }

  bool Send(const char* type, Json object) {
    const Json event =
        Json::Object({{"type", type}, {"object", std::move(object)}});
    return write_(absl::StrCat(event.Dump(), "\n"));
  }

  Cloud& cloud_;
  const WatchOptions& options_;
  const Response::Write& write_;
  std::set<std::string> known_;
};

}  // namespace

void RunWatch(Cloud& cloud, const WatchOptions& options,
              const CallContext& context, const Response::Write& write) {
  WatchRun(cloud, options, write).Run(context);
}

}  // namespace evroc::sim
