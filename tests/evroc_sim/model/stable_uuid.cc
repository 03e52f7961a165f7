#include "tests/evroc_sim/model/stable_uuid.h"

#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"

namespace evroc::sim {

std::string StableUuid(absl::string_view name) {
  const std::string digest = Sha256Hex(name);
  const absl::string_view hex = digest;
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-8",
                      hex.substr(12, 3), "-a", hex.substr(15, 3), "-",
                      hex.substr(18, 12));
}

}  // namespace evroc::sim
