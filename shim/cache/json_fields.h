// Reads and writes the JSON shapes that repeat in our objects. Pure functions.

#ifndef SHIM_CACHE_JSON_FIELDS_H_
#define SHIM_CACHE_JSON_FIELDS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc::shim {

// A value that is missing or of another type reads as empty or 0.
std::string ReadText(JsonView object, absl::string_view path);
int ReadInt(JsonView object, absl::string_view path);
std::vector<std::string> ReadTexts(JsonView list);
std::map<std::string, std::string> ReadTextMap(JsonView object);

// Text: std::string or InternedString.
template <typename Text>
Json WriteTexts(const std::vector<Text>& texts) {
  Json list = Json::Array();
  for (const Text& text : texts) list.Push(text);
  return list;
}

// Sets a member unless the value is empty.
void SetTexts(Json& object, absl::string_view path,
              const std::vector<std::string>& texts);

}  // namespace evroc::shim

#endif  // SHIM_CACHE_JSON_FIELDS_H_
