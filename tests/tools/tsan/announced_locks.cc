// Tells ThreadSanitizer of the synchronisation inside Debian's libabsl and
// libgrpc, which are compiled without it: docs/adr/0018-tsan.md.
//
// Each function here takes the place of their own, in every library of the
// process: a program's symbols come first. It announces what the
// original is about to do, and calls it; waits with a timeout are waits with a
// deadline, since some originals call one another. What a condition of Await
// reads is checked the first time alone: later, another thread may evaluate it,
// inside libabsl. Thread-safe.

#include <dlfcn.h>
#include <grpc/grpc.h>
#include <sanitizer/tsan_interface.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

template <typename Signature>
class Original;

// A function of a library's by its mangled name; what a member belongs to is
// its first argument, as in this ABI.
template <typename Result, typename... Args>
class Original<Result(Args...)> {
 public:
  explicit constexpr Original(const char* name) : name_(name) {}

  Result operator()(Args... args) {
    void* found = found_.load(std::memory_order_relaxed);
    if (found == nullptr) {
      found = Find();
      found_.store(found, std::memory_order_relaxed);
    }
    return reinterpret_cast<Result (*)(Args...)>(found)(args...);
  }

 private:
  void* Find() const {
    void* const found = dlsym(RTLD_NEXT, name_);
    if (found != nullptr) return found;
    std::fprintf(stderr, "no library has %s any more\n", name_);
    std::abort();
  }

  const char* const name_;
  std::atomic<void*> found_{nullptr};
};

#define EVROC_ABSL(name) "_ZN4absl7debian3" name
#define EVROC_ABSL_CONST(name) "_ZNK4absl7debian3" name

// A lock that is being taken, from its construction to its destruction.
class Taking {
 public:
  Taking(Mutex* mutex, unsigned flags) : mutex_(mutex), flags_(flags) {
    __tsan_mutex_pre_lock(mutex_, flags_);
  }
  ~Taking() { __tsan_mutex_post_lock(mutex_, flags_, /*recursion=*/0); }

 private:
  Mutex* const mutex_;
  const unsigned flags_;
};

// A lock that is being released.
class Leaving {
 public:
  Leaving(Mutex* mutex, unsigned flags) : mutex_(mutex), flags_(flags) {
    __tsan_mutex_pre_unlock(mutex_, flags_);
  }
  ~Leaving() { __tsan_mutex_post_unlock(mutex_, flags_); }

 private:
  Mutex* const mutex_;
  const unsigned flags_;
};

// A wait, during which others may have the lock.
class Waiting {
 public:
  explicit Waiting(Mutex* mutex) : taking_(Release(mutex), 0) {}

 private:
  static Mutex* Release(Mutex* mutex) {
    const Leaving leaving(mutex, 0);
    return mutex;
  }
  const Taking taking_;
};

bool Announced(Mutex* mutex, unsigned flags, bool (*attempt)(Mutex*)) {
  __tsan_mutex_pre_lock(mutex, flags | __tsan_mutex_try_lock);
  const bool locked = attempt(mutex);
  __tsan_mutex_post_lock(mutex,
                         flags | __tsan_mutex_try_lock |
                             (locked ? 0 : __tsan_mutex_try_lock_failed),
                         /*recursion=*/0);
  return locked;
}

// The flag of a Notification, which HasBeenNotified reads in code of ours.
void* FlagOf(const Notification* notification) {
  static_assert(sizeof(Notification) == 2 * sizeof(Mutex));
  return const_cast<char*>(reinterpret_cast<const char*>(notification)) +
         sizeof(Mutex);
}

}  // namespace

// --- Mutex.

Mutex::~Mutex() {
  static Original<void(Mutex*)> original(EVROC_ABSL("5MutexD1Ev"));
  __tsan_mutex_destroy(this, 0);
  original(this);
}

void Mutex::Lock() {
  static Original<void(Mutex*)> original(EVROC_ABSL("5Mutex4LockEv"));
  const Taking taking(this, 0);
  original(this);
}

void Mutex::Unlock() {
  static Original<void(Mutex*)> original(EVROC_ABSL("5Mutex6UnlockEv"));
  const Leaving leaving(this, 0);
  original(this);
}

bool Mutex::TryLock() {
  static Original<bool(Mutex*)> original(EVROC_ABSL("5Mutex7TryLockEv"));
  return Announced(this, 0, [](Mutex* mutex) { return original(mutex); });
}

void Mutex::ReaderLock() {
  static Original<void(Mutex*)> original(EVROC_ABSL("5Mutex10ReaderLockEv"));
  const Taking taking(this, __tsan_mutex_read_lock);
  original(this);
}

void Mutex::ReaderUnlock() {
  static Original<void(Mutex*)> original(EVROC_ABSL("5Mutex12ReaderUnlockEv"));
  const Leaving leaving(this, __tsan_mutex_read_lock);
  original(this);
}

bool Mutex::ReaderTryLock() {
  static Original<bool(Mutex*)> original(EVROC_ABSL("5Mutex13ReaderTryLockEv"));
  return Announced(this, __tsan_mutex_read_lock,
                   [](Mutex* mutex) { return original(mutex); });
}

void Mutex::LockWhen(const Condition& condition) {
  static Original<void(Mutex*, const Condition&)> original(
      EVROC_ABSL("5Mutex8LockWhenERKNS0_9ConditionE"));
  const Taking taking(this, 0);
  original(this, condition);
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  return LockWhenWithDeadline(condition, Now() + timeout);
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static Original<bool(Mutex*, const Condition&, Time)> original(
      EVROC_ABSL("5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  const Taking taking(this, 0);
  return original(this, condition, deadline);
}

void Mutex::Await(const Condition& condition) {
  static Original<void(Mutex*, const Condition&)> original(
      EVROC_ABSL("5Mutex5AwaitERKNS0_9ConditionE"));
  if (condition.Eval()) return;
  const Waiting waiting(this);
  original(this, condition);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  return AwaitWithDeadline(condition, Now() + timeout);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static Original<bool(Mutex*, const Condition&, Time)> original(
      EVROC_ABSL("5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  if (condition.Eval()) return true;
  const Waiting waiting(this);
  return original(this, condition, deadline);
}

// --- CondVar, which gRPC waits with.

void CondVar::Wait(Mutex* mutex) {
  static Original<void(CondVar*, Mutex*)> original(
      EVROC_ABSL("7CondVar4WaitEPNS0_5MutexE"));
  const Waiting waiting(mutex);
  original(this, mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  return WaitWithDeadline(mutex, Now() + timeout);
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static Original<bool(CondVar*, Mutex*, Time)> original(
      EVROC_ABSL("7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE"));
  const Waiting waiting(mutex);
  return original(this, mutex, deadline);
}

// --- Notification, whose waiters may not lock anything.

void Notification::Notify() {
  static Original<void(Notification*)> original(
      EVROC_ABSL("12Notification6NotifyEv"));
  __tsan_release(FlagOf(this));
  original(this);
}

void Notification::WaitForNotification() const {
  static Original<void(const Notification*)> original(
      EVROC_ABSL_CONST("12Notification19WaitForNotificationEv"));
  original(this);
  __tsan_acquire(FlagOf(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static Original<bool(const Notification*, Duration)> original(
      EVROC_ABSL_CONST(
          "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE"));
  const bool notified = original(this, timeout);
  if (notified) __tsan_acquire(FlagOf(this));
  return notified;
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  static Original<bool(const Notification*, Time)> original(EVROC_ABSL_CONST(
      "12Notification31WaitForNotificationWithDeadlineENS0_4TimeE"));
  const bool notified = original(this, deadline);
  if (notified) __tsan_acquire(FlagOf(this));
  return notified;
}

// --- Status: the last owner frees what all of them have read.

void Status::UnrefNonInlined(uintptr_t rep) {
  static Original<void(uintptr_t)> original(
      EVROC_ABSL("6Status15UnrefNonInlinedEm"));
  // A Status is the address of what it shares, or a code, as a number.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  void* const shared = reinterpret_cast<void*>(rep);
  __tsan_release(shared);
  __tsan_acquire(shared);
  original(rep);
}

ABSL_NAMESPACE_END
}  // namespace absl

// --- gRPC hands operations from thread to thread through lock-free queues.
// Which thread an operation goes to is not known here: so what a thread did
// before it handed any over has happened before what another does that takes
// one.

namespace {

char grpc_operations;

}  // namespace

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops,
                                      size_t count, void* tag, void* reserved) {
  static absl::Original<grpc_call_error(grpc_call*, const grpc_op*, size_t,
                                        void*, void*)>
      original("grpc_call_start_batch");
  __tsan_release(&grpc_operations);
  return original(call, ops, count, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue,
                                      gpr_timespec deadline, void* reserved) {
  static absl::Original<grpc_event(grpc_completion_queue*, gpr_timespec, void*)>
      original("grpc_completion_queue_next");
  const grpc_event event = original(queue, deadline, reserved);
  __tsan_acquire(&grpc_operations);
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag,
                                       gpr_timespec deadline, void* reserved) {
  static absl::Original<grpc_event(grpc_completion_queue*, void*, gpr_timespec,
                                   void*)>
      original("grpc_completion_queue_pluck");
  const grpc_event event = original(queue, tag, deadline, reserved);
  __tsan_acquire(&grpc_operations);
  return event;
}

}  // extern "C"
