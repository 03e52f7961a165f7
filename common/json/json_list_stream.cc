#include "common/json/json_list_stream.h"

#include <utility>

#include "absl/strings/match.h"
#include "common/status/status_macros.h"

namespace evroc {
namespace {

constexpr size_t kMaxFrameBytes = size_t{1} << 20;
// The document's object and its "items" array.
constexpr size_t kItemsLevel = 2;

bool IsEnvelope(absl::string_view member) {
  return member == "apiVersion" || member == "kind" || member == "metadata" ||
         member == "items";
}

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

absl::Status CheckList(JsonView document, ListForm form) {
  if (!document.is_object()) {
    return absl::InvalidArgumentError("it is no object, and no list");
  }
  const JsonView kind = document["kind"];
  const bool is_typed = absl::EndsWith(kind.String(), "List");
  if (form == ListForm::kTyped && !is_typed) {
    return absl::InvalidArgumentError("its kind is not that of a list");
  }
  const JsonView items = document["items"];
  if (items.is_array()) return absl::OkStatus();
  if (items.exists() && !items.is_null()) {
    return absl::InvalidArgumentError("its items are no array");
  }
  bool is_bare = is_typed || !kind.exists();
  document.ForEachMember([&](absl::string_view name, JsonView) {
    is_bare = is_bare && IsEnvelope(name);
  });
  if (form == ListForm::kBare && !is_bare) {
    return absl::InvalidArgumentError("it is another answer than a list");
  }
  return absl::OkStatus();
}

JsonListStream::JsonListStream(absl::string_view skipped_key, Visitor visit)
    : skipped_key_(skipped_key), visit_(std::move(visit)) {}

absl::Status JsonListStream::Feed(absl::string_view piece) {
  for (const char c : piece) EVROC_RETURN_IF_ERROR(Take(c));
  if (element_.size() > kMaxElementBytes || frame_.size() > kMaxFrameBytes ||
      open_.size() > Json::kMaxDepth + kItemsLevel) {
    return absl::ResourceExhaustedError("an element of the list is too large");
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> JsonListStream::Finish(ListForm form) {
  if (!open_.empty() || in_string_) {
    return absl::InvalidArgumentError("the list is cut short");
  }
  EVROC_ASSIGN_OR_RETURN(Json frame, Json::Parse(frame_));
  EVROC_RETURN_IF_ERROR(CheckList(frame, form));
  // Elements under a name that is written in another way were not visited.
  if (frame["items"].size() != 0) {
    return absl::InvalidArgumentError("its items were not recognised");
  }
  return frame;
}

bool JsonListStream::InItems() const {
  return in_items_ && open_.size() >= kItemsLevel;
}

// Whether a value that starts here is skipped.
bool JsonListStream::IsSkippedMember() const {
  return InItems() && !skipped_key_.empty() && open_.back() == '{' &&
         !expect_key_ && key_ == skipped_key_;
}

void JsonListStream::Keep(char c) {
  if (skip_level_ != 0 && open_.size() >= skip_level_) return;
  (InItems() ? element_ : frame_).push_back(c);
}

absl::Status JsonListStream::Take(char c) {
  if (!in_string_) return TakeOutsideString(c);
  if (!skipping_) Keep(c);
  if (string_is_key_ && text_.size() < 64) text_.push_back(c);
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    EndString();
  }
  return absl::OkStatus();
}

void JsonListStream::EndString() {
  in_string_ = false;
  if (std::exchange(skipping_, false)) Keep('"');
  if (!string_is_key_) return;
  text_.pop_back();  // the quote
  key_ = std::exchange(text_, {});
}

absl::Status JsonListStream::TakeOutsideString(char c) {
  if (IsSpace(c)) {
    // Without the space two invalid tokens could join into a valid one.
    Keep(c);
    return absl::OkStatus();
  }
  if (c == ']' && in_items_ && open_.size() == kItemsLevel) {
    EVROC_RETURN_IF_ERROR(EndElement());
    in_items_ = false;
    open_.pop_back();
    frame_.push_back(c);
    return absl::OkStatus();
  }
  if (c == ',' && in_items_ && open_.size() == kItemsLevel) {
    return EndElement();
  }
  if (c == '}' || c == ']') return Close(c);
  Keep(c);
  switch (c) {
    case '"':
      in_string_ = true;
      string_is_key_ = expect_key_;
      skipping_ = IsSkippedMember();
      break;
    case '{':
      Open(c);
      expect_key_ = true;
      break;
    case '[':
      Open(c);
      expect_key_ = false;
      in_items_ |=
          open_.size() == kItemsLevel && open_[0] == '{' && key_ == "items";
      break;
    case ':':
      expect_key_ = false;
      break;
    case ',':
      expect_key_ = !open_.empty() && open_.back() == '{';
      break;
    default:
      break;
  }
  return absl::OkStatus();
}

void JsonListStream::Open(char c) {
  const bool skipped = skip_level_ == 0 && IsSkippedMember();
  open_.push_back(c);
  if (skipped) skip_level_ = open_.size();
}

absl::Status JsonListStream::Close(char c) {
  if (open_.empty() || open_.back() != (c == '}' ? '{' : '[')) {
    return absl::InvalidArgumentError("the list is not JSON");
  }
  if (skip_level_ == open_.size()) skip_level_ = 0;
  Keep(c);
  open_.pop_back();
  expect_key_ = false;
  return absl::OkStatus();
}

absl::Status JsonListStream::EndElement() {
  const std::string text = std::exchange(element_, {});
  key_.clear();
  if (text.find_first_not_of(" \n\r\t") == std::string::npos) {
    return absl::OkStatus();  // an empty array
  }
  bytes_ += text.size();
  if (bytes_ > kMaxBytes) {
    return absl::ResourceExhaustedError("the list is too large");
  }
  EVROC_ASSIGN_OR_RETURN(Json element, Json::Parse(text));
  return visit_(std::move(element));
}

}  // namespace evroc
