#include "shim/cache/json_fields.h"

namespace evroc::shim {

std::string ReadText(JsonView object, absl::string_view path) {
  return std::string(object.At(path).String());
}

int ReadInt(JsonView object, absl::string_view path) {
  return static_cast<int>(object.At(path).Integer());
}

std::vector<std::string> ReadTexts(JsonView list) {
  std::vector<std::string> texts;
  texts.reserve(list.size());
  for (size_t i = 0; i < list.size(); ++i) texts.emplace_back(list[i].String());
  return texts;
}

std::map<std::string, std::string> ReadTextMap(JsonView object) {
  std::map<std::string, std::string> map;
  object.ForEachMember([&](absl::string_view key, JsonView value) {
    map.emplace(key, value.String());
  });
  return map;
}

void SetTexts(Json& object, absl::string_view path,
              const std::vector<std::string>& texts) {
  if (!texts.empty()) object.SetAt(path, WriteTexts(texts));
}

}  // namespace evroc::shim
