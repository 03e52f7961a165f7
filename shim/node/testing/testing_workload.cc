#include "shim/node/testing/testing_workload.h"

#include <optional>
#include <stop_token>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/time/call_context.h"
#include "glog/logging.h"
#include "shim/node/node_patch.h"
#include "shim/node/node_snapshot.h"

namespace evroc::shim {
namespace {

class CountedClient : public KubeClient {
 public:
  CountedClient(KubeClient& target, AliveCount& alive)
      : target_(target), alive_(alive) {
    alive_.Add(1);
  }
  ~CountedClient() override { alive_.Add(-1); }

  absl::StatusOr<Json> Get(const CallContext& context, const ResourceType& type,
                           const ObjectKey& key) override {
    return target_.Get(context, type, key);
  }
  absl::StatusOr<std::string> List(const CallContext& context,
                                   const ResourceType& type,
                                   const Selection& selection,
                                   const ObjectSink& sink) override {
    return target_.List(context, type, selection, sink);
  }
  absl::Status Watch(const CallContext& context, const ResourceType& type,
                     const Selection& selection,
                     const std::string& resource_version,
                     const EventSink& sink) override {
    return target_.Watch(context, type, selection, resource_version, sink);
  }
  absl::StatusOr<Json> Create(const CallContext& context,
                              const ResourceType& type,
                              const Json& object) override {
    return target_.Create(context, type, object);
  }
  absl::StatusOr<Json> Update(const CallContext& context,
                              const ResourceType& type,
                              const Json& object) override {
    return target_.Update(context, type, object);
  }
  absl::StatusOr<Json> Patch(const CallContext& context,
                             const ResourceType& type, const ObjectKey& key,
                             absl::string_view subresource,
                             const Json& patch) override {
    return target_.Patch(context, type, key, subresource, patch);
  }

 private:
  KubeClient& target_;
  AliveCount& alive_;
};

class SilentClient : public KubeClient {
 public:
  SilentClient(Clock& clock, AliveCount& calls)
      : clock_(clock), calls_(calls) {}

  absl::StatusOr<Json> Get(const CallContext& context, const ResourceType&,
                           const ObjectKey&) override {
    return Hang(context);
  }
  absl::StatusOr<std::string> List(const CallContext& context,
                                   const ResourceType&, const Selection&,
                                   const ObjectSink&) override {
    return Hang(context);
  }
  absl::Status Watch(const CallContext& context, const ResourceType&,
                     const Selection&, const std::string&,
                     const EventSink&) override {
    return Hang(context);
  }
  absl::StatusOr<Json> Create(const CallContext& context, const ResourceType&,
                              const Json&) override {
    return Hang(context);
  }
  absl::StatusOr<Json> Update(const CallContext& context, const ResourceType&,
                              const Json&) override {
    return Hang(context);
  }
  absl::StatusOr<Json> Patch(const CallContext& context, const ResourceType&,
                             const ObjectKey&, absl::string_view,
                             const Json&) override {
    return Hang(context);
  }

 private:
  absl::Status Hang(const CallContext& context) {
    calls_.Add(1);
    Sleep(context);
    calls_.Add(-1);
    return CheckAlive(context, clock_);
  }

  // Until the deadline, also if the clock passes it before this begins.
  void Sleep(const CallContext& context) {
    absl::Mutex mutex;
    // A condition on a mutex is evaluated when the mutex is unlocked.
    const std::stop_callback wake(context.cancel,
                                  [&] { absl::MutexLock lock(&mutex); });
    absl::MutexLock lock(&mutex);
    clock_.AwaitWithDeadline(
        mutex,
        absl::Condition(&context.cancel, &std::stop_token::stop_requested),
        context.deadline);
  }

  Clock& clock_;
  AliveCount& calls_;
};

std::string NameOf(int number) { return absl::StrCat("vm-", number); }

}  // namespace

DesiredNode TestDesiredNode(int number) {
  return DesiredNode{
      .provider_id = absl::StrCat("evroc://uid-", number),
      .vm_id = NameOf(number),
      .instance_type = "c1a.m",
      .region = "se-sto",
      .zone = "a",
      .addresses = {{"InternalIP", absl::StrCat("10.0.0.", number)},
                    {"ExternalIP", absl::StrCat("203.0.113.", number)}}};
}

Json FreshNode(int number) {
  Json node = Json::Object({{"apiVersion", "v1"}, {"kind", "Node"}});
  node.SetAt("metadata.name", NameOf(number));
  node.SetAt("spec.taints",
             Json::Array({Json::Object({{"key", kUninitializedTaint},
                                        {"value", "true"},
                                        {"effect", "NoSchedule"}})}));
  node.SetAt(
      "status.conditions",
      Json::Array({Json::Object({{"type", "Ready"}, {"status", "False"}})}));
  return node;
}

Json RightNode(int number) {
  Json node = FreshNode(number);
  const NodePlan plan = PlanNode(TestDesiredNode(number), ReadNode(node));
  node.MergePatch(*plan.node_patch);
  node.MergePatch(*plan.status_patch);
  Json metadata(node["metadata"]);
  metadata.Remove("resourceVersion");
  node.Set("metadata", std::move(metadata));
  return node;
}

bool IsRight(const FakeKubeClient& workload, int number) {
  const std::optional<Json> node =
      workload.Find(kNodeType, {"", NameOf(number)});
  return node.has_value() &&
         PlanNode(TestDesiredNode(number), ReadNode(*node)).nothing_to_do();
}

Json KubeconfigSecret(const ObjectKey& cluster, absl::string_view content) {
  Json secret = Json::Object({{"apiVersion", "v1"}, {"kind", "Secret"}});
  secret.SetAt("metadata.namespace", cluster.name_space);
  secret.SetAt("metadata.name",
               absl::StrCat(cluster.name.str(), "-kubeconfig"));
  secret.SetAt("data.value", absl::Base64Escape(content));
  return secret;
}

void AliveCount::Add(int change) {
  absl::MutexLock lock(&mutex_);
  count_ += change;
}

void AliveCount::Await(int count) {
  absl::MutexLock lock(&mutex_);
  const auto reached = [&] {
    mutex_.AssertReaderHeld();
    return count_ == count;
  };
  mutex_.Await(absl::Condition(&reached));
}

int AliveCount::count() {
  absl::MutexLock lock(&mutex_);
  return count_;
}

std::unique_ptr<KubeClient> MakeCountedClient(KubeClient& target,
                                              AliveCount& alive) {
  return std::make_unique<CountedClient>(target, alive);
}

std::unique_ptr<KubeClient> MakeDeadClient(Clock& clock, AliveCount& calls) {
  return std::make_unique<SilentClient>(clock, calls);
}

}  // namespace evroc::shim
