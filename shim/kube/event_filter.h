// Which events are worth a write: new ones within each object's allowance, and
// of those that are repeated the count now and then. Bounded in memory. Not
// thread-safe.

#ifndef SHIM_KUBE_EVENT_FILTER_H_
#define SHIM_KUBE_EVENT_FILTER_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "shim/kube/event.h"

namespace evroc::shim {

struct EventFilterOptions {
  // How long the same event is only counted.
  absl::Duration quiet_time = absl::Minutes(10);
  // New events of one object: so many at once, then one each `refill_time`.
  double burst = 25;
  absl::Duration refill_time = absl::Minutes(1);
  // Of events and of objects that are remembered.
  size_t max_remembered = 4096;
};

class EventFilter {
 public:
  explicit EventFilter(const EventFilterOptions& options) : options_(options) {}

  struct Verdict {
    enum class Kind { kCreate, kRecount, kIgnore, kRefuse } kind;
    // Of kCreate and kRecount: the Event.
    std::string name;
    int count = 1;
  };
  Verdict Judge(const Event& event, absl::Time now);

  // The Event could not be written or is gone: the next one like it is new.
  void Forget(const Event& event);

 private:
  struct Series {
    std::string name;
    int count = 1;
    absl::Time written;
    absl::Time seen;
  };
  struct Bucket {
    double tokens = 0;
    absl::Time filled;
  };

  bool TakeToken(const Event& event, absl::Time now);
  void MakeRoom(absl::Time now);

  const EventFilterOptions options_;
  std::map<std::string, Series> series_;
  std::map<std::string, Bucket> buckets_;  // by object
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_EVENT_FILTER_H_
