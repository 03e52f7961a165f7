// A reader's position in a ChangeLog: "<epoch>.<sequence number>". The epoch
// distinguishes the logs of different runs of the program. A value.

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
  // Returns nullopt for invalid text.
  static std::optional<Cursor> Parse(absl::string_view text);

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_CURSOR_H_
