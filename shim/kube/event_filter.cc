#include "shim/kube/event_filter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/cut_text.h"

namespace evroc::shim {
namespace {

std::string ObjectId(const Event& event) {
  return absl::StrCat(event.type.plural, "\n", ToString(event.object), "\n",
                      event.uid);
}

std::string SeriesId(const Event& event) {
  return absl::StrCat(ObjectId(event), "\n", static_cast<int>(event.severity),
                      "\n", event.reason, "\n", event.action, "\n",
                      CutText(event.message, kMaxEventMessage));
}

// Removes the entries that are old; if that is not enough, any half of the map.
template <typename Map, typename IsOld>
void Shrink(Map& map, size_t most, IsOld is_old) {
  if (map.size() < most) return;
  std::erase_if(map, [&](const auto& entry) { return is_old(entry.second); });
  while (map.size() > most / 2) map.erase(map.begin());
}

}  // namespace

void EventFilter::MakeRoom(absl::Time now) {
  Shrink(series_, options_.max_remembered, [&](const Series& series) {
    return now - series.seen > options_.quiet_time;
  });
  Shrink(buckets_, options_.max_remembered, [&](const Bucket& bucket) {
    return now - bucket.filled > options_.refill_time * options_.burst;
  });
}

bool EventFilter::TakeToken(const Event& event, absl::Time now) {
  const auto [entry, fresh] = buckets_.try_emplace(
      ObjectId(event), Bucket{.tokens = options_.burst, .filled = now});
  Bucket& bucket = entry->second;
  if (!fresh) {
    const double earned =
        absl::FDivDuration(now - bucket.filled, options_.refill_time);
    bucket.tokens = std::min(options_.burst, bucket.tokens + earned);
    bucket.filled = now;
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

EventFilter::Verdict EventFilter::Judge(const Event& event, absl::Time now) {
  MakeRoom(now);
  const std::string id = SeriesId(event);
  const auto known = series_.find(id);
  if (known != series_.end() &&
      now - known->second.seen <= options_.quiet_time) {
    Series& series = known->second;
    ++series.count;
    series.seen = now;
    // The first repeat is written at once, and shows that the event recurs.
    if (series.count > 2 && now - series.written < options_.quiet_time) {
      return {.kind = Verdict::Kind::kIgnore};
    }
    series.written = now;
    return {Verdict::Kind::kRecount, series.name, series.count};
  }
  if (!TakeToken(event, now)) return {.kind = Verdict::Kind::kRefuse};
  const std::string name = EventName(event.object, now);
  series_.insert_or_assign(
      id, Series{.name = name, .count = 1, .written = now, .seen = now});
  return {Verdict::Kind::kCreate, name, 1};
}

void EventFilter::Forget(const Event& event) { series_.erase(SeriesId(event)); }

}  // namespace evroc::shim
