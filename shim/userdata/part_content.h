// What a part of a MIME message brings to the configuration that cloud-init
// merges of all parts. Pure functions.

#ifndef SHIM_USERDATA_PART_CONTENT_H_
#define SHIM_USERDATA_PART_CONTENT_H_

#include <string>
#include <vector>

#include "common/json/json.h"
#include "shim/userdata/mime_message.h"

namespace evroc::shim {

struct PartContent {
  // The cloud-configs in it, as mappings, in order.
  std::vector<Json> configs;
  // It is fetched at boot, and may bring anything.
  bool fetched = false;
  // Why its keys can't be read although it may have some; empty if they can.
  std::string unreadable;
  // It tells by itself how it is merged with what comes before it, or can't be
  // told how.
  bool fixed_merge = false;

  bool MayConfigure() const {
    return fetched || !unreadable.empty() || !configs.empty();
  }
};

PartContent ContentOf(const MimePart& part);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_PART_CONTENT_H_
