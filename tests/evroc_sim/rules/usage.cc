#include "tests/evroc_sim/rules/usage.h"

#include "absl/strings/strip.h"

namespace evroc::sim {

Usage UsageOf(const Store& store, const Key* besides) {
  Usage usage;
  store.ForEach([&](const ObjectPtr& object) {
    if (besides != nullptr && object->key == *besides) return;
    if (object->key.kind == Kind::kPublicIp) ++usage.public_ips;
    if (object->key.kind != Kind::kVirtualMachine) return;
    const Profile& profile = *ProfileOf(*object);
    usage.gpus += profile.gpus;
    if (profile.gpus > 0) return;
    usage.vcpus += profile.vcpus;
    usage.memory_gb += profile.memory_gb;
  });
  return usage;
}

const Profile* ProfileOf(const Object& machine) {
  absl::string_view ref = machine.spec["computeProfileRef"].String();
  if (!absl::ConsumePrefix(&ref, "/compute/global/computeProfiles/")) {
    return nullptr;
  }
  return FindProfile(ref);
}

}  // namespace evroc::sim
