#include "shim/reconcile/secret_watches.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/time/jitter.h"
#include "common/time/sleep.h"

namespace evroc::shim {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(5);

}  // namespace

SecretWatches::~SecretWatches() {
  std::map<ObjectKey, std::unique_ptr<Watch>> watches;
  {
    const absl::MutexLock lock(&mutex_);
    watches.swap(watches_);
  }
  for (auto& [secret, watch] : watches) watch->cancel.request_stop();
  for (auto& [secret, watch] : watches) watch->thread.join();
  JoinEnded();
}

void SecretWatches::Await(const ObjectKey& secret, const std::string& seen,
                          const WaiterName& who, Callback changed) {
  JoinEnded();
  const absl::MutexLock lock(&mutex_);
  Waiter waiter{.number = next_number_++, .changed = std::move(changed)};
  const auto it = watches_.find(secret);
  if (it != watches_.end()) {
    it->second->waiting[who] = std::move(waiter);
    return;
  }
  if (!MakeRoomLocked(secret.name_space)) return;
  auto watch = std::make_unique<Watch>();
  watch->waiting[who] = std::move(waiter);
  watch->thread =
      std::thread([this, secret, seen, cancel = watch->cancel.get_token()] {
        Run(secret, seen, cancel);
      });
  watches_.emplace(secret, std::move(watch));
}

void SecretWatches::Forget(const WaiterName& who) {
  Forget(who, std::numeric_limits<uint64_t>::max());
}

void SecretWatches::Forget(const WaiterName& who, uint64_t first) {
  const absl::MutexLock lock(&mutex_);
  for (auto it = watches_.begin(); it != watches_.end();) {
    std::map<WaiterName, Waiter>& waiting = it->second->waiting;
    const auto found = waiting.find(who);
    if (found == waiting.end() || found->second.number >= first) {
      ++it;
      continue;
    }
    waiting.erase(found);
    it = waiting.empty() ? EndLocked(it) : std::next(it);
  }
}

SecretWatches::Renewal::Renewal(SecretWatches& watches, WaiterName who)
    : watches_(watches), who_(std::move(who)), first_([&watches] {
        const absl::MutexLock lock(&watches.mutex_);
        return watches.next_number_;
      }()) {}

SecretWatches::Renewal::~Renewal() { watches_.Forget(who_, first_); }

SecretWatches::Watches::iterator SecretWatches::EndLocked(
    Watches::iterator watch) {
  watch->second->cancel.request_stop();
  ended_.push_back(std::move(watch->second));
  return watches_.erase(watch);
}

int SecretWatches::CountOf(const InternedString& name_space) const {
  const absl::MutexLock lock(&mutex_);
  return CountLocked(name_space);
}

int SecretWatches::CountLocked(const InternedString& name_space) const {
  return static_cast<int>(std::count_if(
      watches_.begin(), watches_.end(),
      [&](const auto& watch) { return watch.first.name_space == name_space; }));
}

bool SecretWatches::MakeRoomLocked(const InternedString& name_space) {
  if (static_cast<int>(watches_.size()) < max_watches_) return true;
  std::map<InternedString, std::pair<int, Watches::iterator>> shares;
  for (auto it = watches_.begin(); it != watches_.end(); ++it) {
    auto& [count, last] = shares[it->first.name_space];
    ++count;
    last = it;
  }
  const auto largest = std::max_element(
      shares.begin(), shares.end(), [](const auto& a, const auto& b) {
        return a.second.first < b.second.first;
      });
  // One more would only turn the two round.
  if (largest == shares.end() ||
      largest->second.first <= CountLocked(name_space) + 1) {
    return false;
  }
  EndLocked(largest->second.second);
  return true;
}

void SecretWatches::Run(const ObjectKey& secret, const std::string& seen,
                        const std::stop_token& cancel) {
  while (!WatchOnce(secret, seen, cancel)) {
    if (!SleepFor(Jittered(kRetry, 0.5, 1.5), cancel, clock_)) return;
  }
  Finish(secret);
}

// True once the Secret exists in another version than `seen`; false if the
// stream ends before.
bool SecretWatches::WatchOnce(const ObjectKey& secret, const std::string& seen,
                              const std::stop_token& cancel) {
  const CallContext context{.cancel = cancel, .request_id = "secret-wait"};
  const Selection selection{
      .name_space = secret.name_space,
      .label_selector = {},
      .field_selector = absl::StrCat("metadata.name=", secret.name.str())};
  bool changed = false;
  const auto look = [&](JsonView object) {
    changed = object.At("metadata.resourceVersion").String() != seen;
    return changed ? absl::CancelledError("it has changed") : absl::OkStatus();
  };
  // Without a version: first the current Secret, then its changes. We have no
  // right to list.
  client_
      .Watch(context, kSecretType, selection, "",
             [&](const WatchEvent& event) {
               const bool counts = event.type == WatchEvent::Type::kAdded ||
                                   event.type == WatchEvent::Type::kModified;
               return counts ? look(event.object) : absl::OkStatus();
             })
      .IgnoreError();
  return changed;
}

void SecretWatches::Finish(const ObjectKey& secret) {
  std::map<WaiterName, Waiter> waiting;
  {
    const absl::MutexLock lock(&mutex_);
    const auto it = watches_.find(secret);
    // The waiters are gone, or wait on a later watch.
    if (it == watches_.end() ||
        it->second->thread.get_id() != std::this_thread::get_id()) {
      return;
    }
    waiting.swap(it->second->waiting);
    ended_.push_back(std::move(it->second));
    watches_.erase(it);
  }
  for (const auto& [who, waiter] : waiting) waiter.changed();
}

void SecretWatches::JoinEnded() {
  std::vector<std::unique_ptr<Watch>> ended;
  {
    const absl::MutexLock lock(&mutex_);
    // A callback runs on its own ended watch's thread, which can't join itself.
    const auto others = std::partition(
        ended_.begin(), ended_.end(), [](const std::unique_ptr<Watch>& watch) {
          return watch->thread.get_id() == std::this_thread::get_id();
        });
    ended.assign(std::make_move_iterator(others),
                 std::make_move_iterator(ended_.end()));
    ended_.erase(others, ended_.end());
  }
  for (const auto& watch : ended) watch->thread.join();
}

}  // namespace evroc::shim
