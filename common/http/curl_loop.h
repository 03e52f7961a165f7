// Drives the transfers of several HTTP clients with one thread. Each client has
// connections of its own (CurlConnections), so that no other client's requests
// come over them. Thread-safe.

#ifndef COMMON_HTTP_CURL_LOOP_H_
#define COMMON_HTTP_CURL_LOOP_H_

#include <curl/curl.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/http/curl_connections.h"
#include "common/http/curl_transfer.h"

namespace evroc {

class CurlLoop : private CurlConnections::Poller {
 public:
  CurlLoop();
  // All connections have been closed before.
  ~CurlLoop() override;

  // These three hand over to the loop's thread and return at once. Each started
  // transfer is finished exactly once; its client's connections outlive it.
  void Start(CurlConnections& connections,
             std::shared_ptr<CurlTransfer> transfer);
  void Resume(CurlConnections& connections,
              std::shared_ptr<CurlTransfer> transfer);
  // Ends the transfer with `status` unless it has ended already.
  void Abort(CurlConnections& connections,
             std::shared_ptr<CurlTransfer> transfer, absl::Status status);
  // Ends all transfers of a client with CANCELLED, closes its connections and
  // waits for that; the loop then forgets them.
  void Close(CurlConnections& connections);

 private:
  struct Order {
    enum class Kind { kStart, kResume, kAbort, kClose } kind;
    CurlConnections* connections;
    std::shared_ptr<CurlTransfer> transfer;
    absl::Status status;
    absl::Notification* done = nullptr;
  };

  void Poll(CurlConnections& owner, curl_socket_t socket, int what) override;

  void Post(Order order);
  void Run();
  void Carry(Order& order);
  void Wake();
  void Wait(absl::Time until);
  // Does what is due; returns when something will be next.
  absl::Time RunTimers();

  const int epoll_;
  const int wakeup_;
  // Used by the loop's thread only: the connections in use, and whose each
  // socket is.
  absl::flat_hash_set<CurlConnections*> active_;
  absl::flat_hash_map<curl_socket_t, CurlConnections*> owners_;

  absl::Mutex mutex_;
  std::vector<Order> orders_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_CURL_LOOP_H_
