#include "common/files/read_file.h"

#include <fstream>
#include <sstream>

namespace evroc {

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file.good()) return std::nullopt;
  return text.str();
}

}  // namespace evroc
