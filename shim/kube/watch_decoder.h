// Decodes the bytes of a watch into events. Not thread-safe.

#ifndef SHIM_KUBE_WATCH_DECODER_H_
#define SHIM_KUBE_WATCH_DECODER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/http/line_splitter.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/kube_error.h"

namespace evroc::shim {

class WatchDecoder {
 public:
  // `action` names the watch in errors. `sink` must outlive the decoder.
  WatchDecoder(std::string action, Disclosure disclosure,
               const EventSink& sink);

  // Takes the next piece, of any size. Returns the error of an ERROR event,
  // UNAVAILABLE for an invalid event, or the sink's error; after an error the
  // decoder can't be used.
  absl::Status Feed(absl::string_view piece);

  // The error of the last Feed.
  const absl::Status& status() const { return status_; }

 private:
  absl::Status Take(absl::string_view line);

  const std::string action_;
  const Disclosure disclosure_;
  const EventSink& sink_;
  LineSplitter lines_;
  absl::Status status_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_WATCH_DECODER_H_
