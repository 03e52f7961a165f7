#include "tests/evroc_sim/control/inventory.h"

#include <map>
#include <utility>

namespace evroc::sim {
namespace {

bool IsDefault(const Object& object) {
  return object.system_labels.contains("networking.evroc.com/managed-network");
}

void AddAddresses(const Object& object, Json& entry) {
  const std::pair<const char*, JsonView> addresses[] = {
      {"private_ipv4", object.status.At("networking.privateIPv4Address")},
      {"public_ipv4", object.status.At("networking.publicIPv4Address")},
      {"ipv6", object.status.At("networking.ipv6Address")},
      {"address", object.status["publicIPv4Address"]},
      {"used_by", object.status["usedByRef"]}};
  for (const auto& [name, value] : addresses) {
    if (value.exists()) entry.Set(name, Json(value));
  }
  if (!object.data_plane_address.empty()) {
    entry.Set("data_plane", object.data_plane_address);
  }
}

Json EntryOf(const Object& object, absl::Time now) {
  Json labels = Json::Object();
  for (const auto& [key, value] : object.user_labels) labels.Set(key, value);
  Json entry = Json::Object(
      {{"fqid", FqidOf(object.key)},
       {"collection", InfoOf(object.key.kind).collection},
       {"project", object.key.project},
       {"region", object.key.region},
       {"id", object.key.id},
       {"uid", object.uid},
       {"state", object.deleting ? "Deleting" : object.phase},
       {"since_ms", absl::ToInt64Milliseconds(now - object.phase_since)},
       {"labels", std::move(labels)}});
  AddAddresses(object, entry);
  return entry;
}

ObjectPtr BootDiskOf(const Store& store, const Object& machine) {
  const JsonView disks = machine.spec["disks"];
  for (size_t i = 0; i < disks.size(); ++i) {
    if (disks[i]["bootFrom"].Bool()) {
      return store.FindRef(disks[i]["diskRef"].String());
    }
  }
  return nullptr;
}

// Null for a machine that does not boot from an image.
Json ImageOf(const Store& store, const Object& machine) {
  const ObjectPtr disk = BootDiskOf(store, machine);
  if (disk == nullptr) return {};
  const JsonView ref = disk->spec.At("source.diskImageRef");
  if (!ref.exists()) return {};
  Json image = Json::Object({{"ref", Json(ref)}});
  const ObjectPtr custom = store.FindRef(ref.String());
  if (custom == nullptr) return image;
  const JsonView version = custom->spec["imageVersion"];
  if (version.exists()) image.Set("version", Json(version));
  return image;
}

}  // namespace

Json InventoryJson(const Store& store, const std::string& project,
                   absl::Time now) {
  Json objects = Json::Array();
  std::map<std::string, int64_t> counts;
  store.ForEach([&](const ObjectPtr& object) {
    if (IsDefault(*object) ||
        (!project.empty() && object->key.project != project)) {
      return;
    }
    objects.Push(EntryOf(*object, now));
    ++counts[std::string(InfoOf(object->key.kind).collection)];
  });
  Json count_json = Json::Object();
  for (const auto& [name, count] : counts) count_json.Set(name, count);
  return Json::Object(
      {{"objects", std::move(objects)}, {"counts", std::move(count_json)}});
}

Json MachineLine(const Store& store, const Object& machine, bool gone) {
  Json line =
      Json::Object({{"id", machine.key.id},
                    {"project", machine.key.project},
                    {"uid", machine.uid},
                    {"hostname", machine.key.id},
                    {"region", machine.key.region},
                    {"zone", Json(machine.spec.At("placement.zone"))},
                    {"profile", Json(machine.spec["computeProfileRef"])},
                    {"disks", Json(machine.spec["disks"])},
                    {"image", ImageOf(store, machine)},
                    {"state", gone               ? "Gone"
                              : machine.deleting ? "Deleting"
                                                 : machine.phase}});
  const JsonView keys = machine.spec.At("osSettings.ssh.authorizedKeys");
  if (keys.exists()) line.Set("ssh_keys", Json(keys));
  AddAddresses(machine, line);
  return line;
}

}  // namespace evroc::sim
