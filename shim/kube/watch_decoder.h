// Turns the bytes of a watch into events. Not thread-safe.

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
  // `sink` must outlive the decoder.
  WatchDecoder(std::string action, Disclosure disclosure,
               const EventSink& sink);

  // Takes the next piece, of any size. The error of an ERROR event, UNAVAILABLE
  // for what is no event, or what the sink returned; after an error the
  // decoder is of no use.
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
