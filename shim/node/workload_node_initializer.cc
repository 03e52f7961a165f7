#include "shim/node/workload_node_initializer.h"

#include <optional>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "glog/logging.h"
#include "shim/node/cluster_failure.h"

namespace evroc::shim {

WorkloadNodeInitializer::WorkloadNodeInitializer(
    KubeClient& management, WorkloadClientFactory factory, Clock& clock,
    OnChange on_change, const NodeInitializerOptions& options)
    : access_(management, std::move(factory), clock,
              options.kubeconfig_max_age),
      clock_(clock),
      on_change_(std::move(on_change)),
      options_(options),
      turns_(options.turns),
      dispatcher_([this] { Dispatch(); }) {}

WorkloadNodeInitializer::~WorkloadNodeInitializer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  dispatcher_.join();
  std::map<ObjectKey, std::unique_ptr<Actor>> actors;
  {
    absl::MutexLock lock(&mutex_);
    actors.swap(actors_);
  }
  for (const auto& [cluster, actor] : actors) actor->stop.request_stop();
  for (const auto& [cluster, actor] : actors) actor->thread->Join();
}

void WorkloadNodeInitializer::Want(const ObjectKey& cluster,
                                   const ObjectKey& machine,
                                   const DesiredNode& desired) {
  if (!board_.Want(cluster, machine, desired)) return;
  std::shared_ptr<NodeWake> wake;
  {
    absl::MutexLock lock(&mutex_);
    auto found = actors_.find(cluster);
    if (found != actors_.end()) {
      wake = found->second->wake;
    } else {
      turns_.Add(cluster, clock_.Now());
      changed_ = true;
    }
  }
  if (wake != nullptr) wake->Wake();
}

void WorkloadNodeInitializer::Forget(const ObjectKey& machine) {
  const std::optional<ObjectKey> cluster = board_.Forget(machine);
  if (!cluster) return;
  std::shared_ptr<NodeWake> wake;
  {
    absl::MutexLock lock(&mutex_);
    // Asked under the lock: whoever wants something now adds its turn later.
    if (board_.HasOpen(*cluster)) return;
    auto found = actors_.find(*cluster);
    if (found != actors_.end()) {
      wake = found->second->wake;
    } else {
      turns_.Remove(*cluster);
      changed_ = true;
    }
  }
  if (wake != nullptr) {
    wake->Wake();
  } else {
    access_.Drop(*cluster);
  }
}

NodeState WorkloadNodeInitializer::StateOf(const ObjectKey& machine) {
  return board_.StateOf(machine);
}

size_t WorkloadNodeInitializer::ActorCount() const {
  absl::MutexLock lock(&mutex_);
  return actors_.size();
}

void WorkloadNodeInitializer::Dispatch() {
  while (AwaitChange()) {
    JoinEnded();
    StartDue();
    Interrupt();
  }
}

bool WorkloadNodeInitializer::AwaitChange() {
  const auto has_changes = [this] {
    mutex_.AssertReaderHeld();
    return changed_ || stopping_;
  };
  absl::MutexLock lock(&mutex_);
  const absl::Time next = turns_.NextEvent(clock_.Now());
  if (next == absl::InfiniteFuture()) {
    mutex_.Await(absl::Condition(&has_changes));
  } else {
    clock_.AwaitWithDeadline(mutex_, absl::Condition(&has_changes), next);
  }
  changed_ = false;
  return !stopping_;
}

void WorkloadNodeInitializer::JoinEnded() {
  std::vector<std::unique_ptr<Actor>> finished;
  std::vector<ObjectKey> done;
  {
    absl::MutexLock lock(&mutex_);
    for (auto at = actors_.begin(); at != actors_.end();) {
      auto here = at++;
      if (!here->second->finished) continue;
      Outcome outcome = here->second->outcome;
      const bool open = board_.HasOpen(here->first);
      if (!open) outcome = Outcome::kDone;
      if (open && outcome == Outcome::kDone) outcome = Outcome::kAgain;
      turns_.Finish(here->first, outcome, clock_.Now(),
                    absl::Uniform(random_, 0.0, 1.0));
      if (!open) done.push_back(here->first);
      finished.push_back(std::move(here->second));
      actors_.erase(here);
    }
  }
  for (const ObjectKey& cluster : done) access_.Drop(cluster);
}

void WorkloadNodeInitializer::Interrupt() {
  std::vector<std::stop_source> overdue;
  {
    absl::MutexLock lock(&mutex_);
    for (const ObjectKey& cluster : turns_.TakeOverdue(clock_.Now())) {
      overdue.push_back(actors_.at(cluster)->stop);
    }
  }
  for (std::stop_source& stop : overdue) stop.request_stop();
}

void WorkloadNodeInitializer::StartDue() {
  while (StartOne()) {
  }
}

bool WorkloadNodeInitializer::StartOne() {
  absl::MutexLock lock(&mutex_);
  const std::optional<ObjectKey> cluster = turns_.Start(clock_.Now());
  if (!cluster) return false;
  if (!board_.HasOpen(*cluster)) {
    turns_.Finish(*cluster, Outcome::kDone, clock_.Now(), 0);
    access_.Drop(*cluster);
    return true;
  }
  auto actor = std::make_unique<Actor>();
  absl::StatusOr<std::unique_ptr<SmallThread>> thread = SmallThread::Start(
      [this, cluster = *cluster, actor = actor.get()] { Act(cluster, actor); });
  if (!thread.ok()) {
    turns_.Finish(*cluster, Outcome::kFailed, clock_.Now(), 1);
    return true;
  }
  actor->thread = *std::move(thread);
  actors_[*cluster] = std::move(actor);
  return true;
}

void WorkloadNodeInitializer::Act(const ObjectKey& cluster, Actor* actor) {
  const Outcome outcome = Attempt(cluster, *actor);
  absl::MutexLock lock(&mutex_);
  actor->outcome = outcome;
  actor->finished = true;
  changed_ = true;
}

ClusterTurns::Outcome WorkloadNodeInitializer::Attempt(const ObjectKey& cluster,
                                                       const Actor& actor) {
  const absl::Time began = clock_.Now();
  const std::stop_token stop = actor.stop.get_token();
  for (bool may_repeat = true;; may_repeat = false) {
    const CallContext context{
        .deadline = clock_.Now() + options_.session.call_timeout,
        .cancel = stop};
    absl::StatusOr<WorkloadAccess::Opened> way = access_.Open(context, cluster);
    if (!way.ok()) {
      RecordClusterState(cluster, StateWithoutAccess(way.status(), cluster));
      return Outcome::kFailed;
    }
    NodeSession session(cluster,
                        {*way->client, board_, *actor.wake, clock_, on_change_},
                        options_.session);
    const absl::Status ended = session.Run(stop);
    if (absl::IsUnauthenticated(ended) || absl::IsPermissionDenied(ended)) {
      access_.Drop(cluster);
      const bool stale = !way->fresh || session.listed();
      if (stale && may_repeat) continue;
    }
    return AfterSession(cluster, ended, session.listed(), began);
  }
}

// A cluster that did answer is not called dead at once: the next attempt will
// tell, and the condition does not flap when a server restarts.
ClusterTurns::Outcome WorkloadNodeInitializer::AfterSession(
    const ObjectKey& cluster, const absl::Status& ended, bool listed,
    absl::Time began) {
  if (ended.ok()) return Outcome::kDone;
  if (absl::IsAborted(ended)) return Outcome::kLater;
  if (absl::IsCancelled(ended) && listed) return Outcome::kAgain;
  VLOG(1) << "Session with workload cluster failed kind=Cluster namespace="
          << cluster.name_space << " name=" << cluster.name << ": " << ended;
  if (!listed) RecordClusterState(cluster, StateAfterRefusal(ended));
  const bool lasted =
      listed && clock_.Now() - began > options_.turns.longest_pause;
  return lasted ? Outcome::kLater : Outcome::kFailed;
}

void WorkloadNodeInitializer::RecordClusterState(const ObjectKey& cluster,
                                                 const NodeState& state) {
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
  }
  const std::vector<ObjectKey> changed = board_.SettleCluster(cluster, state);
  if (changed.empty()) return;
  LOG(WARNING) << "Failed to read Nodes kind=Cluster namespace="
               << cluster.name_space << " name=" << cluster.name
               << " reason=" << state.reason << " message=" << state.message;
  for (const ObjectKey& machine : changed) on_change_(machine);
}

}  // namespace evroc::shim
