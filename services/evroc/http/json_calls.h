// Calls that return a JSON object or a list of them, for both dialects.
// Thread-safe.

#ifndef SERVICES_EVROC_HTTP_JSON_CALLS_H_
#define SERVICES_EVROC_HTTP_JSON_CALLS_H_

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "common/json/json.h"
#include "common/json/json_list_stream.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/http/http_error.h"

namespace evroc::cloud {

// The member that lists always drop: it is large and secret.
inline constexpr absl::string_view kUserDataKey = "cloudInitUserData";

// Sends `request` and parses the answer. Errors of ErrorOf, and INTERNAL for an
// answer that is no JSON object.
absl::StatusOr<Json> CallForObject(HttpClient& http, const CallContext& context,
                                   const HttpRequest& request,
                                   const CallTarget& target);

// Where the elements of a list go.
struct ListReader {
  ListForm form;
  // Called before each attempt; discards the elements so far.
  std::function<void()> restart;
  // Called with each element; an error ends the attempt.
  std::function<absl::Status(const Json& element)> visit;
};

// Sends a list request and passes on each element as it arrives, without user
// data. A truncated list is read again. Returns the document without its
// elements; INTERNAL if it is no list of that form, whatever was passed on.
absl::StatusOr<Json> CallForList(HttpClient& http, const CallContext& context,
                                 const HttpRequest& request,
                                 const CallTarget& target,
                                 const ListReader& reader);

// OK if an answer about the object `asked` has that id; else INTERNAL: it says
// nothing of the object, not even that it is there.
absl::Status CheckAnswered(absl::string_view asked, absl::string_view answered);

// INTERNAL: the answer about `object` is invalid, and why.
absl::Status SenselessAnswer(const absl::Status& why, absl::string_view object);

// Adds a decoded element, or notes that the list lacks it.
template <typename T>
void AddTo(Listing<T>& listing, absl::StatusOr<T> decoded,
           absl::string_view collection) {
  if (decoded.ok()) {
    listing.items.push_back(*std::move(decoded));
  } else {
    listing.unread = absl::DataLossError(absl::StrCat(
        "the list of ", collection,
        " has an element that can't be read: ", decoded.status().message()));
  }
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_JSON_CALLS_H_
