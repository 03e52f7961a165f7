// One request in libcurl: the easy handle, the received part of the answer, and
// the result.
//
// The handle's callbacks run on the loop's thread; waiting methods run on the
// sender's thread.

#ifndef COMMON_HTTP_CURL_TRANSFER_H_
#define COMMON_HTTP_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/http/curl_options.h"
#include "common/http/http_client.h"

namespace evroc {

class CurlTransfer {
 public:
  // `options` and `request` must outlive the transfer. With `streaming`,
  // NextChunk returns the body of a 2xx answer.
  CurlTransfer(const CurlOptions& options, const HttpRequest& request,
               bool streaming);
  ~CurlTransfer();

  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() { return easy_; }

  // Loop: records that the transfer has ended and its handle has left the multi
  // handle.
  void Finish(absl::Status status);
  // Loop: returns libcurl's result as a status.
  absl::Status StatusOf(CURLcode code) const;
  // Loop: resumes a paused transfer.
  void Resume();

  enum class Wait { kChunk, kDone, kDeadline };
  // Blocks until there is a chunk, the transfer has ended or `deadline` has
  // passed.
  Wait Await(absl::Time deadline);
  // Takes all bytes that have arrived. Sets `resume` if the transfer was paused
  // because too many were waiting, and the loop must resume it.
  std::string TakeChunk(bool* resume);
  // Returns the answer, once the transfer has ended.
  absl::StatusOr<HttpResponse> TakeResponse();

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  void SetUpConnection();
  void SetUpProxy();
  void SetUpRequest();
  void SetUpResponse();
  void SetUpTls();
  void SetUpServerName();
  void SetBlob(CURLoption option, const std::string& pem);

  size_t OnHeader(absl::string_view line);
  size_t OnBody(absl::string_view data);
  bool IsSuccess() const;
  bool HasChanges() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return done_ || !chunk_.empty();
  }

  const CurlOptions& options_;
  const HttpRequest& request_;
  const bool streaming_;
  CURL* const easy_;
  std::unique_ptr<curl_slist, FreeList> header_list_;
  std::unique_ptr<curl_slist, FreeList> connect_to_;

  // Used by the loop's thread until Finish, by the sender's after it.
  HttpResponse response_;
  size_t header_bytes_ = 0;
  bool too_large_ = false;

  absl::Mutex mutex_;
  std::string chunk_ ABSL_GUARDED_BY(mutex_);
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc

#endif  // COMMON_HTTP_CURL_TRANSFER_H_
