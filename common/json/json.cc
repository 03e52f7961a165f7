#include "common/json/json.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rapidjson/error/en.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace evroc {
namespace {

using Raw = JsonView::Raw;
using RawDocument =
    rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::CrtAllocator>;

rapidjson::GenericStringRef<char> Ref(absl::string_view text) {
  return {text.empty() ? "" : text.data(),
          static_cast<rapidjson::SizeType>(text.size())};
}

// Returns the nesting depth of arrays and objects in `text`, which may be
// invalid.
int Depth(absl::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

std::pair<absl::string_view, absl::string_view> SplitPath(
    absl::string_view path) {
  const size_t dot = path.find('.');
  if (dot == absl::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

}  // namespace

JsonView JsonView::operator[](absl::string_view key) const {
  if (!is_object()) return {};
  const Raw::ConstMemberIterator found = raw_->FindMember(Raw(Ref(key)));
  const Raw::ConstMemberIterator end = raw_->MemberEnd();
  return found == end ? JsonView() : JsonView(&found->value);
}

JsonView JsonView::At(absl::string_view path) const {
  JsonView view = *this;
  while (!path.empty() && view.exists()) {
    const auto [first, rest] = SplitPath(path);
    view = view[first];
    path = rest;
  }
  return view;
}

absl::string_view JsonView::String(absl::string_view otherwise) const {
  if (!is_string()) return otherwise;
  return {raw_->GetString(), raw_->GetStringLength()};
}

int64_t JsonView::Integer(int64_t otherwise) const {
  return is_integer() ? raw_->GetInt64() : otherwise;
}

bool JsonView::Bool(bool otherwise) const {
  return is_bool() ? raw_->GetBool() : otherwise;
}

void JsonView::ForEachMember(
    absl::FunctionRef<void(absl::string_view, JsonView)> visit) const {
  if (!is_object()) return;
  for (const auto& member : raw_->GetObject()) {
    visit({member.name.GetString(), member.name.GetStringLength()},
          JsonView(&member.value));
  }
}

std::string JsonView::Dump() const {
  if (raw_ == nullptr) return "null";
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  raw_->Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

bool operator==(JsonView a, JsonView b) {
  if (!a.exists() || !b.exists()) return a.exists() == b.exists();
  return *a.raw_ == *b.raw_;
}

rapidjson::CrtAllocator& Json::allocator() {
  static rapidjson::CrtAllocator allocator;  // has no state
  return allocator;
}

Json::Json(absl::string_view text) {
  const auto ref = Ref(text);
  raw_.SetString(ref.s, ref.length, allocator());
}

Json::Json(JsonView view) {
  if (view.raw_ != nullptr) {
    raw_.CopyFrom(*view.raw_, allocator());
  }
}

Json Json::Object(std::initializer_list<Member> members) {
  Json object;
  object.raw_.SetObject();
  for (const auto& [key, value] : members) object.Set(key, value);
  return object;
}

Json Json::Array(std::initializer_list<Json> elements) {
  Json array;
  array.raw_.SetArray();
  for (const Json& element : elements) array.Push(element);
  return array;
}

absl::StatusOr<Json> Json::Parse(absl::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "JSON of ", text.size(), " bytes is over the limit of ", max_bytes));
  }
  if (Depth(text) > kMaxDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("JSON nests deeper than ", kMaxDepth, " levels"));
  }
  RawDocument document;
  document.Parse<rapidjson::kParseIterativeFlag |
                 rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                        text.size());
  if (document.HasParseError()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not JSON at byte ", document.GetErrorOffset(), ": ",
                     rapidjson::GetParseError_En(document.GetParseError())));
  }
  Json json;
  json.raw_ = static_cast<Raw&>(document);
  return json;
}

Raw* Json::FindMember(absl::string_view key) {
  return const_cast<Raw*>(view()[key].raw_);  // this object is not const
}

Json& Json::Set(absl::string_view key, Json value) {
  if (!raw_.IsObject()) raw_.SetObject();
  if (Raw* member = FindMember(key)) {
    *member = value.raw_;  // RapidJSON's assignment moves
  } else {
    const auto ref = Ref(key);
    raw_.AddMember(Raw(ref.s, ref.length, allocator()), value.raw_,
                   allocator());
  }
  return *this;
}

Json& Json::SetAt(absl::string_view path, Json value) {
  const auto [first, rest] = SplitPath(path);
  if (rest.empty()) return Set(first, std::move(value));
  // Moves the child out, changes it and moves it back: no deep copy.
  Json child;
  if (Raw* member = FindMember(first)) child.raw_ = *member;
  child.SetAt(rest, std::move(value));
  return Set(first, std::move(child));
}

void Json::Remove(absl::string_view key) {
  if (raw_.IsObject()) raw_.RemoveMember(Raw(Ref(key)));
}

Json& Json::Push(Json value) {
  if (!raw_.IsArray()) raw_.SetArray();
  raw_.PushBack(value.raw_, allocator());
  return *this;
}

void Json::MergePatch(JsonView patch) {
  if (!patch.is_object()) {
    *this = Json(patch);
    return;
  }
  if (!raw_.IsObject()) raw_.SetObject();
  patch.ForEachMember([this](absl::string_view key, JsonView value) {
    if (value.is_null()) {
      Remove(key);
      return;
    }
    Json child;
    if (Raw* member = FindMember(key)) child.raw_ = *member;
    child.MergePatch(value);
    Set(key, std::move(child));
  });
}

void SetText(Json& object, absl::string_view path, absl::string_view text) {
  if (!text.empty()) object.SetAt(path, text);
}

std::optional<Json> MergePatchBetween(JsonView from, JsonView to) {
  if (!from.is_object() || !to.is_object()) {
    if (from == to) return std::nullopt;
    return Json(to);
  }
  Json patch = Json::Object();
  bool different = false;
  from.ForEachMember([&](absl::string_view key, JsonView) {
    const JsonView wanted = to[key];
    if (wanted.exists() && !wanted.is_null()) return;
    patch.Set(key, Json());
    different = true;
  });
  to.ForEachMember([&](absl::string_view key, JsonView wanted) {
    if (wanted.is_null()) return;
    const JsonView current = from[key];
    std::optional<Json> member =
        current.exists() ? MergePatchBetween(current, wanted) : Json(wanted);
    if (!member.has_value()) return;
    patch.Set(key, *std::move(member));
    different = true;
  });
  if (!different) return std::nullopt;
  return patch;
}

}  // namespace evroc
