// JSON as values, over RapidJSON.
//
// Json owns a value and builds it; JsonView reads one without owning it and is
// lenient: a member that is missing or of another type reads as absent. Parsing
// and printing limit size and depth, so untrusted input is safe. Values:
// distinct objects may be used from distinct threads.

#ifndef COMMON_JSON_JSON_H_
#define COMMON_JSON_JSON_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/text/interned_string.h"
#include "rapidjson/document.h"

namespace evroc {

class JsonView {
 public:
  using Raw =
      rapidjson::GenericValue<rapidjson::UTF8<>, rapidjson::CrtAllocator>;

  // An absent value.
  JsonView() = default;
  explicit JsonView(const Raw* raw) : raw_(raw) {}

  bool exists() const { return raw_ != nullptr; }
  bool is_null() const { return raw_ != nullptr && raw_->IsNull(); }
  bool is_object() const { return raw_ != nullptr && raw_->IsObject(); }
  bool is_array() const { return raw_ != nullptr && raw_->IsArray(); }
  bool is_string() const { return raw_ != nullptr && raw_->IsString(); }
  bool is_bool() const { return raw_ != nullptr && raw_->IsBool(); }
  bool is_integer() const { return raw_ != nullptr && raw_->IsInt64(); }

  // The member of that name; absent if there is none.
  JsonView operator[](absl::string_view key) const;
  // The member at a path such as "metadata.id".
  JsonView At(absl::string_view path) const;

  // The number of elements of an array, 0 for anything else.
  size_t size() const { return is_array() ? raw_->Size() : 0; }
  // `index` is below size().
  JsonView operator[](size_t index) const {
    return JsonView(&(*raw_)[static_cast<rapidjson::SizeType>(index)]);
  }

  // The value if it has that type, else `otherwise`.
  absl::string_view String(absl::string_view otherwise = "") const;
  int64_t Integer(int64_t otherwise = 0) const;
  bool Bool(bool otherwise = false) const;

  // Calls `visit` for each member of an object, in order.
  void ForEachMember(
      absl::FunctionRef<void(absl::string_view, JsonView)> visit) const;

  // Compact text; "null" if absent.
  std::string Dump() const;

  // Deep comparison that ignores the order of members.
  friend bool operator==(JsonView a, JsonView b);

 private:
  friend class Json;
  const Raw* raw_ = nullptr;
};

class Json {
 public:
  using Member = std::pair<absl::string_view, Json>;

  // Implicit, so that nested values read like JSON.
  // NOLINTBEGIN(google-explicit-constructor)
  Json() = default;  // null
  Json(absl::string_view text);
  Json(const std::string& text) : Json(absl::string_view(text)) {}
  Json(const InternedString& text) : Json(text.str()) {}
  Json(const char* text) : Json(absl::string_view(text)) {}
  Json(bool value) { raw_.SetBool(value); }
  template <std::integral T>
  Json(T value) {
    raw_.SetInt64(static_cast<int64_t>(value));
  }
  operator JsonView() const { return view(); }
  // NOLINTEND(google-explicit-constructor)

  // A deep copy.
  explicit Json(JsonView view);

  Json(const Json& other) : Json(other.view()) {}
  Json(Json&& other) noexcept : raw_(std::move(other.raw_)) {}
  // NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved from
  Json& operator=(Json other) noexcept {
    raw_ = other.raw_;  // RapidJSON's assignment moves
    return *this;
  }
  ~Json() = default;

  static Json Object(std::initializer_list<Member> members = {});
  static Json Array(std::initializer_list<Json> elements = {});

  // Parses one JSON value of at most `max_bytes` and kMaxDepth levels.
  // INVALID_ARGUMENT, which names the position and never quotes the text, for
  // anything else.
  static constexpr int kMaxDepth = 64;
  static absl::StatusOr<Json> Parse(absl::string_view text,
                                    size_t max_bytes = size_t{64} << 20);

  JsonView view() const { return JsonView(&raw_); }
  JsonView operator[](absl::string_view key) const { return view()[key]; }
  JsonView At(absl::string_view path) const { return view().At(path); }
  std::string Dump() const { return view().Dump(); }

  // Sets one member; a value that is not an object becomes one.
  Json& Set(absl::string_view key, Json value);
  // Sets the member at a path such as "spec.placement", creating objects on the
  // way.
  Json& SetAt(absl::string_view path, Json value);
  void Remove(absl::string_view key);
  // Appends an element; a value that is not an array becomes one.
  Json& Push(Json value);

  // Applies a JSON merge patch (RFC 7396).
  void MergePatch(JsonView patch);

  friend bool operator==(const Json& a, const Json& b) {
    return a.view() == b.view();
  }

 private:
  static rapidjson::CrtAllocator& allocator();
  JsonView::Raw* FindMember(absl::string_view key);

  JsonView::Raw raw_;
};

// Sets a text member unless the text is empty.
void SetText(Json& object, absl::string_view path, absl::string_view text);

// Returns the merge patch (RFC 7396) that turns `from` into `to`; nullopt if
// they are equal. Null members of `to` can't be expressed and count as absent.
std::optional<Json> MergePatchBetween(JsonView from, JsonView to);

}  // namespace evroc

#endif  // COMMON_JSON_JSON_H_
