// The event loop of one CurlHttpClient: a curl multi handle and the thread that
// drives it. Thread-safe.

#ifndef COMMON_HTTP_CURL_LOOP_H_
#define COMMON_HTTP_CURL_LOOP_H_

#include <curl/curl.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/http/curl_transfer.h"

namespace evroc {

class CurlLoop {
 public:
  explicit CurlLoop(int max_connections_per_host);
  // Running transfers end with CANCELLED.
  ~CurlLoop();

  // Start, Resume and Abort hand over to the loop's thread and return at once.
  // Each started transfer is finished exactly once.
  void Start(std::shared_ptr<CurlTransfer> transfer);
  void Resume(std::shared_ptr<CurlTransfer> transfer);
  // Ends the transfer with `status` unless it has ended already.
  void Abort(std::shared_ptr<CurlTransfer> transfer, absl::Status status);

 private:
  struct Order {
    enum class Kind { kStart, kResume, kAbort } kind;
    std::shared_ptr<CurlTransfer> transfer;
    absl::Status status;
  };

  void Post(Order order);
  void Run();
  void Carry(Order& order);
  void FinishCompleted();
  void Remove(CURL* easy, absl::Status status);

  CURLM* const multi_;
  // The running transfers, by handle. Used by the loop's thread only.
  absl::flat_hash_map<CURL*, std::shared_ptr<CurlTransfer>> running_;

  absl::Mutex mutex_;
  std::vector<Order> orders_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_CURL_LOOP_H_
