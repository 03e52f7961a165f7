#include "tests/evroc_sim/rules/usage.h"

#include "absl/strings/strip.h"

namespace evroc::sim {
namespace {

const Profile* ProfileAt(absl::string_view ref) {
  if (!absl::ConsumePrefix(&ref, "/compute/global/computeProfiles/")) {
    return nullptr;
  }
  return FindProfile(ref);
}

void AddMachine(const Profile* profile, Usage& usage) {
  if (profile == nullptr) return;
  if (profile->gpus > 0) {
    usage.gpus[profile->gpu_model] += profile->gpus;
    return;
  }
  usage.vcpus += profile->vcpus;
  usage.memory_gb += profile->memory_gb;
}

}  // namespace

Usage UsageOf(const Store& store, absl::Time now, const Key* besides) {
  Usage usage;
  store.ForEach([&](const ObjectPtr& object) {
    if (besides != nullptr && object->key == *besides) return;
    switch (object->key.kind) {
      case Kind::kVirtualMachine:
        AddMachine(ProfileOf(*object), usage);
        break;
      case Kind::kDisk:
        usage.disk_kilobytes += KilobytesOf(object->spec["diskSize"]);
        break;
      case Kind::kPublicIp:
        ++usage.public_ips;
        break;
      case Kind::kLoadBalancer:
        ++usage.load_balancers;
        break;
      default:
        break;
    }
  });
  for (const DepartedMachine& machine : store.departed()) {
    if (machine.counted_until > now) {
      AddMachine(ProfileAt(machine.profile_ref), usage);
    }
  }
  return usage;
}

int64_t KilobytesOf(JsonView size) {
  const absl::string_view unit = size["unit"].String();
  const int64_t factor = unit == "TB"   ? kKilobytesPerGb << 10
                         : unit == "GB" ? kKilobytesPerGb
                         : unit == "MB" ? int64_t{1} << 10
                                        : 1;
  return size["amount"].Integer() * factor;
}

const Profile* ProfileOf(const Object& machine) {
  return ProfileAt(machine.spec["computeProfileRef"].String());
}

}  // namespace evroc::sim
