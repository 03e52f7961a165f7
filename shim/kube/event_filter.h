// Decides which events are written: new ones within each object's allowance,
// and the count of repeated ones from time to time. Bounded in memory. Not
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
  // The time for which a repeated event is only counted.
  absl::Duration quiet_time = absl::Minutes(10);
  // New events of one object: `burst` at once, then one each `refill_time`.
  double burst = 25;
  absl::Duration refill_time = absl::Minutes(1);
  // Limits the remembered events, and the remembered objects.
  size_t max_remembered = 4096;
};

class EventFilter {
 public:
  explicit EventFilter(const EventFilterOptions& options) : options_(options) {}

  struct Verdict {
    enum class Kind { kCreate, kRecount, kIgnore, kRefuse } kind;
    // The Event's name; for kCreate and kRecount.
    std::string name;
    int count = 1;
  };
  Verdict Judge(const Event& event, absl::Time now);

  // Forgets an Event that was not written or is gone: the next one like it
  // counts as new.
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
