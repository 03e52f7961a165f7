#include "services/evroc/codec/os_settings.h"

#include <utility>

#include "absl/strings/escaping.h"

namespace evroc::cloud {

void SetOsSettings(Json& spec, const VirtualMachine& machine) {
  if (!machine.user_data.empty()) {
    spec.SetAt("osSettings.cloudInitUserData",
               absl::Base64Escape(machine.user_data));
  }
  if (machine.ssh_authorized_keys.empty()) return;
  Json keys = Json::Array();
  for (const std::string& key : machine.ssh_authorized_keys) {
    keys.Push(Json::Object({{"value", key}}));
  }
  spec.SetAt("osSettings.ssh.authorizedKeys", std::move(keys));
}

}  // namespace evroc::cloud
