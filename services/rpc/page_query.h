// Which page of a list a request asks for (AIP-158). A value.
//
// Items have an order by a key of their own, and a page begins after the key
// where the last one ended: what comes and goes meanwhile moves nothing else.

#ifndef SERVICES_RPC_PAGE_QUERY_H_
#define SERVICES_RPC_PAGE_QUERY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/proto/serialize.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "services/evroc/connection/connection.h"

namespace evroc::cloud {

class PageQuery {
 public:
  static constexpr int32_t kDefaultSize = 500;
  static constexpr int32_t kMostSize = 1000;
  // A client takes messages of 4 MiB, if nothing else is said to it.
  static constexpr size_t kMostBytes = size_t{2} << 20;
  // No id or name has it.
  static constexpr char kSeparator[] = "\n";

  // INVALID_ARGUMENT for a negative size, and for a token that no answer to the
  // same request had. Credentials are no part of what makes a request the same:
  // they are renewed.
  template <typename Request>
  static absl::StatusOr<PageQuery> Of(absl::string_view method,
                                      const Connection& connection,
                                      const Request& request) {
    Request same = request;
    same.clear_scope();
    same.clear_page_size();
    same.clear_page_token();
    return Make(
        request.page_size(), request.page_token(),
        absl::StrJoin({std::string(method), connection.project,
                       connection.region, SerializeDeterministically(same)},
                      kSeparator));
  }

  // Sorts `items`, leaves those of the page, and returns the token of the next
  // one; empty: there is none.
  template <typename Item>
  std::string Cut(google::protobuf::RepeatedPtrField<Item>& items) const {
    std::sort(
        items.pointer_begin(), items.pointer_end(),
        [](const Item* a, const Item* b) { return KeyOf(*a) < KeyOf(*b); });
    int begin = 0;
    while (begin < items.size() && KeyOf(items[begin]) <= after_) ++begin;
    items.DeleteSubrange(0, begin);
    size_t bytes = 0;
    int count = 0;
    for (; count < items.size() && count < size_; ++count) {
      bytes += items[count].ByteSizeLong();
      if (bytes > kMostBytes && count > 0) break;
    }
    if (count == items.size()) return "";
    items.DeleteSubrange(count, items.size() - count);
    return TokenAfter(KeyOf(items[count - 1]));
  }

 private:
  PageQuery(int32_t size, std::string after, std::string request)
      : size_(size), after_(std::move(after)), request_(std::move(request)) {}

  static absl::StatusOr<PageQuery> Make(int32_t size, absl::string_view token,
                                        std::string request);

  // Of a resource the owner's ids, else the name. Never empty.
  template <typename Item>
  static std::string KeyOf(const Item& item) {
    if constexpr (requires { item.owner(); }) {
      return item.owner().cluster_id() + kSeparator + item.owner().machine_id();
    } else {
      return item.name();
    }
  }

  std::string TokenAfter(const std::string& key) const;

  int32_t size_;
  std::string after_;    // the key where the last page ended; empty: the first
  std::string request_;  // what makes it the same request
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_PAGE_QUERY_H_
