#include "tests/evroc_sim/control/control_api.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/control/inventory.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

Response ErrorResponse(const absl::Status& status) {
  return JsonResponse(HttpStatusOf(status),
                      Json::Object({{"error", status.message()}}));
}

Response Done() { return JsonResponse(200, Json::Object()); }

Response WrongMethod() {
  return ErrorResponse(ApiError(405, "MethodNotAllowed", "wrong method"));
}

}  // namespace

Response ControlApi::Handle(const Request& request) {
  const std::vector<std::string> path = SplitPath(request.path);
  const std::string what = path.size() > 2 ? path[2] : "";
  if (what == "inventory" && path.size() == 3) return Inventory(request);
  if (what == "calls" && path.size() == 3) return Calls(request);
  if (what == "faults" && path.size() == 3) return Faults(request);
  if (what == "settings" && path.size() == 3) return Settings(request);
  if (what == "vms") return Machines(request, path);
  return ErrorResponse(NotFound("there is no such control route"));
}

Response ControlApi::Inventory(const Request& request) const {
  if (request.method != "GET") return WrongMethod();
  Json json;
  parts_.cloud.Read([&](const Store& store) {
    json = InventoryJson(store, FieldOf(request.query, "project"),
                         parts_.clock.Now());
  });
  return JsonResponse(200, json);
}

Response ControlApi::Calls(const Request& request) {
  if (request.method == "GET") {
    return JsonResponse(200, parts_.statistics.ToJson());
  }
  if (request.method != "DELETE") return WrongMethod();
  parts_.statistics.Reset();
  return Done();
}

Response ControlApi::Faults(const Request& request) {
  if (request.method == "POST") return AddFault(request);
  if (request.method == "GET") {
    Json json = Json::Object({{"routes", parts_.faults.ToJson()}});
    parts_.cloud.EditFaults(
        [&](ObjectFaults& faults) { json.Set("objects", faults.ToJson()); });
    return JsonResponse(200, json);
  }
  if (request.method != "DELETE") return WrongMethod();
  parts_.faults.Clear();
  parts_.cloud.EditFaults([](ObjectFaults& faults) { faults.Clear(); });
  return Done();
}

// A route fault, an object fault ("collection"), or {"expire_tokens": true}.
Response ControlApi::AddFault(const Request& request) {
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok() || !body->view().is_object()) {
    return ErrorResponse(Invalid("the body is no JSON object"));
  }
  if ((*body)["expire_tokens"].Bool()) {
    parts_.issuer.ExpireAll();
    return Done();
  }
  if ((*body)["collection"].exists()) {
    const absl::StatusOr<ObjectFault> fault = ParseObjectFault(*body);
    if (!fault.ok()) return ErrorResponse(fault.status());
    parts_.cloud.EditFaults([&](ObjectFaults& faults) { faults.Add(*fault); });
    return Done();
  }
  absl::StatusOr<RouteFault> fault = ParseRouteFault(*body);
  if (!fault.ok()) return ErrorResponse(fault.status());
  parts_.faults.Add(*std::move(fault));
  return Done();
}

Response ControlApi::Settings(const Request& request) {
  if (request.method == "PUT") {
    const absl::StatusOr<Json> body = Json::Parse(request.body);
    if (!body.ok()) return ErrorResponse(Invalid("the body is no JSON"));
    const absl::Status status = parts_.cloud.UpdateSettings(*body);
    if (!status.ok()) return ErrorResponse(status);
  } else if (request.method != "GET") {
    return WrongMethod();
  }
  return JsonResponse(200, parts_.cloud.settings().ToJson());
}

// /sim/v1/vms, /sim/v1/vms/{project}/{id}/{action or "user-data"}.
Response ControlApi::Machines(const Request& request,
                              const std::vector<std::string>& path) {
  if (path.size() == 3) {
    if (request.method != "GET") return WrongMethod();
    return FieldOf(request.query, "watch") == "true" ? WatchMachines()
                                                     : ListMachines(request);
  }
  if (path.size() != 6) return ErrorResponse(NotFound("no such route"));
  const absl::StatusOr<Key> key = MachineKey(path[3], path[4]);
  if (!key.ok()) return ErrorResponse(key.status());
  if (path[5] == "user-data") return UserData(*key);
  if (request.method != "POST") return WrongMethod();
  const absl::Status status = parts_.cloud.ActOnMachine(*key, path[5]);
  return status.ok() ? Done() : ErrorResponse(status);
}

Response ControlApi::ListMachines(const Request& request) const {
  const std::string project = FieldOf(request.query, "project");
  Json machines = Json::Array();
  parts_.cloud.Read([&](const Store& store) {
    store.ForEach([&](const ObjectPtr& object) {
      if (object->key.kind == Kind::kVirtualMachine &&
          (project.empty() || object->key.project == project)) {
        machines.Push(MachineLine(store, *object, /*gone=*/false));
      }
    });
  });
  return JsonResponse(200, Json::Object({{"vms", std::move(machines)}}));
}

Response ControlApi::WatchMachines() const {
  Response response;
  Cloud& cloud = parts_.cloud;
  response.stream = [&cloud](const CallContext& context,
                             const Response::Write& write) {
    int64_t version = 0;
    std::string first;
    cloud.Read([&](const Store& store) {
      version = store.resource_version();
      store.ForEach([&](const ObjectPtr& object) {
        if (object->key.kind != Kind::kVirtualMachine) return;
        absl::StrAppend(&first, MachineLine(store, *object, false).Dump(),
                        "\n");
      });
    });
    if (!write(absl::StrCat(first, "{\"synced\":true}\n"))) return;
    std::vector<Change> changes;
    while (!context.cancel.stop_requested() &&
           cloud.AwaitChanges(context, version, changes)) {
      for (const Change& change : changes) {
        if (change.object->key.kind != Kind::kVirtualMachine) continue;
        Json line;
        cloud.Read([&](const Store& store) {
          line = MachineLine(store, *change.object, change.deleted);
        });
        if (!write(absl::StrCat(line.Dump(), "\n"))) return;
      }
    }
  };
  return response;
}

// As a guest sees it: decoded if it is valid base64 (B.5.2).
Response ControlApi::UserData(const Key& key) const {
  const absl::StatusOr<ObjectPtr> machine = parts_.cloud.Get(key);
  if (!machine.ok()) return ErrorResponse(machine.status());
  const absl::string_view stored =
      (*machine)->spec.At("osSettings.cloudInitUserData").String();
  std::string decoded;
  if (!absl::Base64Unescape(stored, &decoded)) decoded = std::string(stored);
  return {.content_type = "application/octet-stream",
          .body = std::move(decoded)};
}

absl::StatusOr<Key> ControlApi::MachineKey(const std::string& project,
                                           const std::string& id) const {
  Key key{Kind::kVirtualMachine, project, "", id};
  bool found = false;
  parts_.cloud.Read([&](const Store& store) {
    store.ForEach([&](const ObjectPtr& object) {
      if (object->key.kind == Kind::kVirtualMachine &&
          object->key.project == project && object->key.id == id) {
        key = object->key;
        found = true;
      }
    });
  });
  if (!found) return NotFound("there is no such machine");
  return key;
}

}  // namespace evroc::sim
