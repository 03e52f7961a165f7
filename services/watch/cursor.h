// Where in a ChangeLog a reader is: "<epoch>.<sequence number>". The epoch
// tells the log of one life of the program from that of the next. A value.

#ifndef SERVICES_WATCH_CURSOR_H_
#define SERVICES_WATCH_CURSOR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc::cloud {

struct Cursor {
  uint64_t epoch = 0;
  uint64_t sequence = 0;

  std::string ToString() const;
  // Nothing for text that is none.
  static std::optional<Cursor> Parse(absl::string_view text);

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_CURSOR_H_
