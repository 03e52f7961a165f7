// Splits a list document, {"items": [ … ], …}, into its elements while it
// arrives, so that a long list is never in memory as a whole.
//
// Not thread-safe.

#ifndef COMMON_JSON_JSON_LIST_STREAM_H_
#define COMMON_JSON_JSON_LIST_STREAM_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc {

// What shows that an answer is a list: an error page, or the answer to another
// request, shows no absence.
enum class ListForm {
  // evroc-api.md B.3: `items` is an array; it may be null or missing where
  // nothing else is in the document but apiVersion, kind and metadata.
  kBare,
  // As Kubernetes sends it: its kind ends in "List", `items` is an array, null
  // or missing.
  kTyped,
};

// INVALID_ARGUMENT unless the document is a list.
absl::Status CheckList(JsonView document, ListForm form);

class JsonListStream {
 public:
  using Visitor = std::function<absl::Status(Json element)>;

  // Calls `visit` for each element of the top-level array "items". Strings,
  // objects and arrays that are members named `skipped_key`, at any depth of an
  // element, are dropped: they read as empty. An empty `skipped_key` skips
  // nothing.
  JsonListStream(absl::string_view skipped_key, Visitor visit);

  // Takes the next piece. INVALID_ARGUMENT for malformed JSON,
  // RESOURCE_EXHAUSTED for an element over kMaxElementBytes or for elements
  // over kMaxBytes together, without what is skipped, or the error that `visit`
  // returned; after an error the stream is unusable.
  static constexpr size_t kMaxElementBytes = size_t{4} << 20;
  static constexpr size_t kMaxBytes = size_t{32} << 20;
  absl::Status Feed(absl::string_view piece);

  // Completes the document and returns it without the elements, with "items"
  // empty. INVALID_ARGUMENT if it is truncated, or no list.
  absl::StatusOr<Json> Finish(ListForm form);

 private:
  absl::Status Take(char c);
  absl::Status TakeOutsideString(char c);
  void Open(char c);
  absl::Status Close(char c);
  void EndString();
  absl::Status EndElement();
  bool InItems() const;
  bool IsSkippedMember() const;
  void Keep(char c);

  const std::string skipped_key_;
  const Visitor visit_;

  std::string frame_;    // the document without its elements
  std::string element_;  // the current element
  size_t bytes_ = 0;     // of the elements before it
  std::vector<char> open_;
  bool in_items_ = false;  // inside the top-level "items" array

  bool in_string_ = false;
  bool escaped_ = false;
  bool expect_key_ = false;  // the next string is a member's name
  bool string_is_key_ = false;
  bool skipping_ = false;  // inside a skipped string
  size_t skip_level_ = 0;  // of the skipped object or array
  std::string text_;       // the current name
  std::string key_;        // the last name at this level
};

}  // namespace evroc

#endif  // COMMON_JSON_JSON_LIST_STREAM_H_
