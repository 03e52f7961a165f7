// The Watch side of a fake service: stores resources in the order of their last
// change, and sends changes to the open streams, as a service does.
//
// Deliver calls the observers outside all locks. Changes that a test makes are
// delivered when its call returns. It must outlive its streams. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_STREAMS_H_
#define SHIM_RPC_TESTING_FAKE_STREAMS_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/util/message_differencer.h"
#include "shim/rpc/testing/fake_stream.h"
#include "shim/rpc/watch_call.h"

namespace evroc::shim {

template <typename Response>
class FakeStreams {
 public:
  // Opens a stream of the resources in `project`: a snapshot, or the changes
  // since `cursor`.
  std::unique_ptr<WatchCall> Open(const std::string& project,
                                  const std::string& cursor,
                                  WatchObserver<Response>& observer);

  // Opens a stream that ends at once with `error`.
  std::unique_ptr<WatchCall> Refuse(const absl::Status& error,
                                    WatchObserver<Response>& observer);

  // Stores `resource` (a response without type and cursor) under `key`. May be
  // called under locks: Deliver notifies the observers.
  void Put(const std::string& project, const std::string& key,
           Response resource);
  // Removes the resource of `key`. As Put.
  void Remove(const std::string& key);
  // Calls the observers with all undelivered responses.
  void Deliver();

  // While held, no stream sends SYNCED; releasing sends all that are due.
  void HoldSync(bool held);
  // Invalidates all cursors sent so far.
  void ForgetCursors();
  // Restarts every stream with RESET and a snapshot.
  void ResetAll();
  // Ends every open stream with `status`.
  void EndAll(const absl::Status& status);

  int open() const;
  // Returns once exactly `count` streams are open.
  void AwaitOpen(int count) const;

 private:
  using Stream = FakeStream<Response>;
  using StreamPtr = std::shared_ptr<Stream>;
  struct Entry {
    std::string project;
    uint64_t sequence = 0;
    bool deleted = false;
    Response resource;
  };
  class Handle;

  std::string CursorLocked(uint64_t sequence) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return absl::StrCat(epoch_, ".", sequence);
  }
  bool KnownLocked(const std::string& cursor, uint64_t* from) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void AddMarkerLocked(Stream& stream, typename Response::Type type)
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Sends the changes after `from`; a snapshot leaves out deleted resources.
  void ReplayLocked(const StreamPtr& stream, uint64_t from, bool snapshot)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SyncLocked(const StreamPtr& stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NotifyLocked(Stream& stream, const Entry& entry, bool with_cursor)
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void PublishLocked(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Close(const StreamPtr& stream);

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // The open streams, and whether SYNCED was sent to them.
  std::map<StreamPtr, bool> streams_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 1;
  bool sync_held_ ABSL_GUARDED_BY(mutex_) = false;
};

template <typename Response>
class FakeStreams<Response>::Handle : public WatchCall {
 public:
  Handle(FakeStreams& streams, StreamPtr stream)
      : streams_(streams), stream_(std::move(stream)) {}
  ~Handle() override { streams_.Close(stream_); }

 private:
  FakeStreams& streams_;
  const StreamPtr stream_;
};

template <typename Response>
std::unique_ptr<WatchCall> FakeStreams<Response>::Open(
    const std::string& project, const std::string& cursor,
    WatchObserver<Response>& observer) {
  auto stream = std::make_shared<Stream>(project, observer);
  {
    absl::MutexLock lock(&mutex_);
    streams_[stream] = false;
    uint64_t from = 0;
    const bool known = KnownLocked(cursor, &from);
    if (!known && !cursor.empty()) {
      AddMarkerLocked(*stream, Response::TYPE_RESET);
    }
    ReplayLocked(stream, from, !known);
  }
  stream->Deliver();
  return std::make_unique<Handle>(*this, std::move(stream));
}

template <typename Response>
std::unique_ptr<WatchCall> FakeStreams<Response>::Refuse(
    const absl::Status& error, WatchObserver<Response>& observer) {
  auto stream = std::make_shared<Stream>("", observer);
  stream->End(error);
  stream->Deliver();
  return std::make_unique<Handle>(*this, std::move(stream));
}

template <typename Response>
void FakeStreams<Response>::Put(const std::string& project,
                                const std::string& key, Response resource) {
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_[key];
  const bool same = entry.sequence != 0 && !entry.deleted &&
                    entry.project == project &&
                    google::protobuf::util::MessageDifferencer::Equals(
                        entry.resource, resource);
  if (same) return;
  entry.project = project;
  entry.deleted = false;
  entry.resource = std::move(resource);
  PublishLocked(entry);
}

template <typename Response>
void FakeStreams<Response>::Remove(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(key);
  if (entry == entries_.end() || entry->second.deleted) return;
  entry->second.deleted = true;
  PublishLocked(entry->second);
}

template <typename Response>
void FakeStreams<Response>::HoldSync(bool held) {
  {
    absl::MutexLock lock(&mutex_);
    sync_held_ = held;
    for (auto& [stream, synced] : streams_) {
      if (!synced) SyncLocked(stream);
    }
  }
  Deliver();
}

template <typename Response>
void FakeStreams<Response>::ForgetCursors() {
  absl::MutexLock lock(&mutex_);
  ++epoch_;
}

template <typename Response>
void FakeStreams<Response>::ResetAll() {
  {
    absl::MutexLock lock(&mutex_);
    for (auto& [stream, synced] : streams_) {
      synced = false;
      AddMarkerLocked(*stream, Response::TYPE_RESET);
      ReplayLocked(stream, 0, /*snapshot=*/true);
    }
  }
  Deliver();
}

template <typename Response>
void FakeStreams<Response>::EndAll(const absl::Status& status) {
  std::map<StreamPtr, bool> ended;
  {
    absl::MutexLock lock(&mutex_);
    ended.swap(streams_);
  }
  for (const auto& [stream, synced] : ended) {
    stream->End(status);
    stream->Deliver();
  }
}

template <typename Response>
int FakeStreams<Response>::open() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(streams_.size());
}

template <typename Response>
void FakeStreams<Response>::AwaitOpen(int count) const {
  absl::MutexLock lock(&mutex_);
  const auto reached = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return static_cast<int>(streams_.size()) == count;
  };
  mutex_.Await(absl::Condition(&reached));
}

template <typename Response>
bool FakeStreams<Response>::KnownLocked(const std::string& cursor,
                                        uint64_t* from) const {
  const std::vector<std::string> parts = absl::StrSplit(cursor, '.');
  uint64_t epoch = 0;
  return parts.size() == 2 && absl::SimpleAtoi(parts[0], &epoch) &&
         epoch == epoch_ && absl::SimpleAtoi(parts[1], from);
}

template <typename Response>
void FakeStreams<Response>::AddMarkerLocked(Stream& stream,
                                            typename Response::Type type) {
  Response bookmark;
  bookmark.set_type(type);
  if (type == Response::TYPE_SYNCED) bookmark.set_cursor(CursorLocked(last_));
  stream.Notify(std::move(bookmark));
}

template <typename Response>
void FakeStreams<Response>::ReplayLocked(const StreamPtr& stream, uint64_t from,
                                         bool snapshot) {
  std::map<uint64_t, const Entry*> in_order;
  for (const auto& [key, entry] : entries_) {
    if (entry.project != stream->project() || entry.sequence <= from) continue;
    if (snapshot && entry.deleted) continue;
    in_order[entry.sequence] = &entry;
  }
  for (const auto& [sequence, entry] : in_order) {
    NotifyLocked(*stream, *entry, /*with_cursor=*/!snapshot);
  }
  SyncLocked(stream);
}

template <typename Response>
void FakeStreams<Response>::SyncLocked(const StreamPtr& stream) {
  if (sync_held_) return;
  streams_[stream] = true;
  AddMarkerLocked(*stream, Response::TYPE_SYNCED);
}

template <typename Response>
void FakeStreams<Response>::NotifyLocked(Stream& stream, const Entry& entry,
                                         bool with_cursor) {
  Response response = entry.resource;
  response.set_type(entry.deleted ? Response::TYPE_DELETED
                                  : Response::TYPE_CHANGED);
  if (with_cursor) response.set_cursor(CursorLocked(entry.sequence));
  stream.Notify(std::move(response));
}

template <typename Response>
void FakeStreams<Response>::PublishLocked(Entry& entry) {
  entry.sequence = ++last_;
  for (const auto& [stream, synced] : streams_) {
    if (stream->project() == entry.project) {
      NotifyLocked(*stream, entry, /*with_cursor=*/synced);
    }
  }
}

template <typename Response>
void FakeStreams<Response>::Close(const StreamPtr& stream) {
  stream->Close();
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

template <typename Response>
void FakeStreams<Response>::Deliver() {
  std::vector<StreamPtr> streams;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [stream, synced] : streams_) streams.push_back(stream);
  }
  for (const StreamPtr& stream : streams) stream->Deliver();
}

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_STREAMS_H_
