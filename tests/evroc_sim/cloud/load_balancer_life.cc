#include "tests/evroc_sim/cloud/load_balancer_life.h"

namespace evroc::sim {
namespace {

bool Exists(JsonView ref, const Store& store) {
  return store.FindRef(ref.String()) != nullptr;
}

bool ListenersResolve(const Object& balancer, const Store& store) {
  const JsonView listeners = balancer.spec["listeners"];
  for (size_t i = 0; i < listeners.size(); ++i) {
    const JsonView routes = listeners[i]["routeRefs"];
    for (size_t j = 0; j < routes.size(); ++j) {
      if (!Exists(routes[j], store)) return false;
    }
  }
  return true;
}

bool Resolves(const Object& object, const Store& store) {
  switch (object.key.kind) {
    case Kind::kL4Route:
      return Exists(object.spec["defaultBackendServiceRef"], store);
    case Kind::kBackendService:
      return !object.spec["backendPoolRef"].exists() ||
             Exists(object.spec["backendPoolRef"], store);
    default: {
      const ObjectPtr address =
          store.FindRef(object.spec["publicIPRef"].String());
      return address != nullptr && address->phase == "Ready" &&
             address->status["usedByRef"].String() == FqidOf(object.key) &&
             ListenersResolve(object, store);
    }
  }
}

}  // namespace

NextStep BeginLoadBalancerObject(Object& object, LifeContext& context) {
  if (object.key.kind == Kind::kBackendPool) {
    EnterPhase(object, "Ready", context.now);
    return std::nullopt;
  }
  EnterPhase(object, "Creating", context.now);
  return context.settings.Latency(object.key.kind == Kind::kLoadBalancer
                                      ? "load_balancer_create"
                                      : "other_create");
}

NextStep AdvanceLoadBalancerObject(Object& object, LifeContext& context) {
  EnterPhase(object, "Ready", context.now);
  return std::nullopt;
}

void DeriveLoadBalancerStatus(Object& object, const LifeContext& context) {
  if (object.key.kind == Kind::kBackendPool) return;
  const bool resolves = Resolves(object, context.store);
  const bool ready = object.phase == "Ready" && resolves;
  SetCondition(object, "Ready", ready,
               ready                        ? "Ready"
               : object.phase == "Creating" ? "Creating"
                                            : "RefsNotResolved",
               "", context.now);
  if (object.key.kind != Kind::kLoadBalancer) return;
  const ObjectPtr address =
      context.store.FindRef(object.spec["publicIPRef"].String());
  if (!ready || address == nullptr) return;
  object.status.SetAt("networking.publicIPv4Address",
                      Json(address->status["publicIPv4Address"]));
}

std::vector<ObjectPtr> MembersOf(const Object& pool, const Store& store) {
  std::vector<ObjectPtr> members;
  const JsonView refs = pool.spec["backendRefs"];
  for (size_t i = 0; i < refs.size(); ++i) {
    const ObjectPtr machine = store.FindRef(refs[i].String());
    if (machine != nullptr) members.push_back(machine);
  }
  return members;
}

}  // namespace evroc::sim
