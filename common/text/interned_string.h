// A string whose text is stored once in the whole process.
//
// It is for values that repeat in tens of thousands of objects: ids that others
// refer to, label keys and values, zones, reasons of conditions. An
// InternedString is one pointer, copies count references, and the last one
// frees the text. Creating one looks the text up under a lock, so texts that
// live for one call stay std::string. Values; different ones may be used from
// different threads.

#ifndef COMMON_TEXT_INTERNED_STRING_H_
#define COMMON_TEXT_INTERNED_STRING_H_

#include <compare>
#include <concepts>
#include <cstddef>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace evroc {

namespace interned_string_internal {
struct Entry;
}  // namespace interned_string_internal

class InternedString {
 public:
  InternedString() = default;
  // NOLINTBEGIN(google-explicit-constructor): it stands where a string stood.
  InternedString(absl::string_view text);
  InternedString(const std::string& text)
      : InternedString(absl::string_view(text)) {}
  InternedString(const char* text) : InternedString(absl::string_view(text)) {}
  // NOLINTEND(google-explicit-constructor)

  InternedString(const InternedString& other);
  InternedString(InternedString&& other) noexcept
      : entry_(std::exchange(other.entry_, nullptr)) {}
  InternedString& operator=(InternedString other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~InternedString();

  // Valid as long as this or a copy of it.
  const std::string& str() const;
  // NOLINTBEGIN(google-explicit-constructor): as above.
  operator const std::string&() const { return str(); }
  operator absl::string_view() const { return str(); }
  // NOLINTEND(google-explicit-constructor)

  bool empty() const { return entry_ == nullptr; }
  size_t size() const { return str().size(); }

  friend bool operator==(const InternedString& a, const InternedString& b) {
    return a.entry_ == b.entry_;
  }
  friend std::strong_ordering operator<=>(const InternedString& a,
                                          const InternedString& b) {
    return a.entry_ == b.entry_ ? std::strong_ordering::equal
                                : a.str() <=> b.str();
  }
  template <typename T>
  requires std::convertible_to<const T&, absl::string_view>
  friend bool operator==(const InternedString& a, const T& b) {
    return absl::string_view(a) == absl::string_view(b);
  }
  template <typename T>
  requires std::convertible_to<const T&, absl::string_view>
  friend std::strong_ordering operator<=>(const InternedString& a, const T& b) {
    return absl::string_view(a).compare(absl::string_view(b)) <=> 0;
  }

  // Equal texts share an entry.
  template <typename H>
  friend H AbslHashValue(H state, const InternedString& text) {
    return H::combine(std::move(state), text.entry_);
  }
  friend std::ostream& operator<<(std::ostream& out,
                                  const InternedString& text) {
    return out << text.str();
  }

  // The number of different texts in the process.
  static size_t CountForTesting();

 private:
  interned_string_internal::Entry* entry_ = nullptr;  // null: the empty text
};

}  // namespace evroc

#endif  // COMMON_TEXT_INTERNED_STRING_H_
