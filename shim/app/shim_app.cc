#include "shim/app/shim_app.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/http/curl_loop.h"
#include "common/server/metrics_page.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "common/time/jitter.h"
#include "glog/logging.h"
#include "shim/app/fenced_kube_client.h"
#include "shim/app/kube_clients.h"
#include "shim/diagnostics/queue_collector.h"
#include "shim/node/workload_client.h"
#include "shim/reconcile/cluster/cloud_config.h"
#include "shim/reconcile/cluster/secret_release.h"

namespace evroc::shim {
namespace {

std::string HostName() {
  std::string name(256, '\0');
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  name.resize(name.find('\0'));
  return name;
}

ServiceChannel::OnCall CountCalls(ShimMetrics& metrics,
                                  const std::string& service) {
  return [&metrics, service](absl::string_view method, absl::StatusCode code,
                             absl::Duration took) {
    metrics.RpcDone(service, method, code, took);
  };
}

// Workload clusters that are looked at at the same time. Most of the workers
// wait for clusters that do not answer, and start only then.
constexpr int kNodeWorkers = 128;

// Of the credential Secrets that are not used any more.
constexpr int kSecretWorkers = 2;

Enqueue AddTo(Controller& controller) {
  return [&controller](const ObjectKey& key, Priority priority) {
    controller.queue().Add(key, priority);
  };
}

Selection SelectionOf(const ShimFlags& flags) {
  Selection selection{.name_space = flags.name_space,
                      .label_selector = {},
                      .field_selector = {}};
  if (!flags.watch_filter.empty()) {
    selection.label_selector =
        absl::StrCat("cluster.x-k8s.io/watch-filter=", flags.watch_filter);
  }
  return selection;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ShimApp>> ShimApp::Make(const ShimFlags& flags) {
  const auto registry = std::make_shared<prometheus::Registry>();
  auto metrics = std::make_unique<ShimMetrics>(*registry);
  EVROC_ASSIGN_OR_RETURN(KubeClients clients,
                         MakeKubeClients(flags, *metrics, Clock::Real()));
  std::unique_ptr<ShimApp> app(new ShimApp(flags, registry, std::move(metrics),
                                           std::move(clients.objects),
                                           std::move(clients.lease)));
  EVROC_RETURN_IF_ERROR(app->ServePages());
  return app;
}

ShimApp::ShimApp(const ShimFlags& flags,
                 std::shared_ptr<prometheus::Registry> registry,
                 std::unique_ptr<ShimMetrics> metrics,
                 std::unique_ptr<KubeClient> kube,
                 std::unique_ptr<KubeClient> lease_kube)
    : flags_(flags),
      clock_(Clock::Real()),
      registry_(std::move(registry)),
      metrics_(std::move(metrics)),
      lease_kube_(std::move(lease_kube)),
      election_(MakeElection()),
      kube_(Fenced(std::move(kube))),
      network_(flags.network_service, CountCalls(*metrics_, "network-service")),
      compute_(flags.compute_service, CountCalls(*metrics_, "compute-service")),
      secrets_(*kube_, clock_, flags.sync_period),
      events_(std::make_unique<EventRecorder>(
          *kube_, EventRecorderOptions{.instance = HostName()}, clock_)) {
  MakeControllers();
  secret_watches_ = std::make_unique<SecretWatches>(*kube_, clock_);
  desired_nodes_ = std::make_unique<DesiredNodes>(
      clock_, [this](const ObjectKey& cluster, absl::Duration delay) {
        node_controller_->queue().AddAfter(cluster, Jittered(delay, 0.5, 1.5));
      });
  workload_access_ =
      std::make_unique<WorkloadAccess>(*kube_, MakeWorkloadClients(), clock_);
  nodes_ = std::make_unique<NodeReconciler>(
      *desired_nodes_, *workload_access_, clock_,
      [this](const ObjectKey& cluster) {
        node_controller_->queue().Add(cluster);
      },
      [this](const ObjectKey& machine) {
        machine_controller_->queue().Add(machine);
      },
      NodeReconciler::Options{.workers = kNodeWorkers,
                              .sync_period = flags_.sync_period});
  watcher_ = std::make_unique<CloudWatcher>(
      network_, compute_, view_, clock_, *this,
      CloudWatcherOptions{.stale_after = flags_.stale_after,
                          .on_lost = [this](absl::string_view service) {
                            metrics_->WatchLost(service);
                          }});
  env_ = std::make_unique<ReconcileEnv>(MakeEnv());
  access_ = std::make_unique<ClusterAccess>(
      *env_,
      ClusterAccess::Options{.cluster_workers = flags_.cluster_concurrency,
                             .machine_workers = flags_.machine_concurrency,
                             .template_workers = flags_.template_concurrency});
  clusters_ = std::make_unique<ClusterReconciler>(*env_, *access_);
  machines_ = std::make_unique<MachineReconciler>(*env_, *access_);
  templates_ = std::make_unique<TemplateReconciler>(*env_, *access_);
  WatchResources();
  MakeHealth();
}

void ShimApp::WatchResources() {
  watched_ = std::make_unique<WatchedResources>(*kube_, SelectionOf(flags_),
                                                cache_, clock_);
  watched_->AddMetadata(kSecretType, kSecretLabel,
                        [this](const ObjectKey& key, const ObjectMeta* meta) {
                          secret_controller_->queue().Add(key);
                          if (!secrets_.Changed(key, meta)) return;
                          event_handlers_->OnSecretChange(key);
                        });
  watched_->AddMetadata(
      kConfigMapType, kCloudConfigLabel,
      [this](const ObjectKey& key, const ObjectMeta* /*meta*/) {
        event_handlers_->OnConfigMapChange(key);
      });
}

void ShimApp::MakeHealth() {
  const std::vector<Controller*> controllers = Controllers();
  health_ = std::make_unique<ShimHealth>(
      *kube_, *watched_,
      std::vector<const Controller*>(controllers.begin(), controllers.end()),
      ShimHealth::Options{
          .lease = {flags_.leader_elect_namespace, flags_.leader_elect_name},
          .network_service =
              [this](const CallContext& context) {
                return network_.CheckServing(context);
              },
          .compute_service =
              [this](const CallContext& context) {
                return compute_.CheckServing(context);
              },
          .tolerance = flags_.not_ready_after},
      clock_);
}

ShimApp::~ShimApp() {
  stop_.request_stop();
  if (election_ != nullptr) election_->Stop();
  if (starter_.joinable()) starter_.join();
  health_pages_.reset();
  diagnostics_.reset();
  StopWork();
}

void ShimApp::StopWork() {
  // All at once, so that no controller works on while another one is awaited.
  for (Controller* controller : Controllers()) controller->Cancel();
  for (Controller* controller : Controllers()) controller->Stop();
  events_->Stop();
}

std::unique_ptr<KubeClient> ShimApp::Fenced(
    std::unique_ptr<KubeClient> client) const {
  return std::make_unique<FencedKubeClient>(std::move(client), [this] {
    return election_ == nullptr || election_->is_leader();
  });
}

WorkloadClientFactory ShimApp::MakeWorkloadClients() const {
  using Client = absl::StatusOr<std::unique_ptr<KubeClient>>;
  return [this, loop = std::make_shared<CurlLoop>()](
             absl::string_view kubeconfig) -> Client {
    EVROC_ASSIGN_OR_RETURN(std::unique_ptr<KubeClient> client,
                           MakeWorkloadClient(kubeconfig, loop, clock_));
    return Fenced(std::move(client));
  };
}

ReconcileEnv ShimApp::MakeEnv() {
  return {.cache = cache_,
          .kube = *kube_,
          .network = network_,
          .compute = compute_,
          .view = view_,
          .watcher = *watcher_,
          .nodes = *desired_nodes_,
          .secrets = secrets_,
          .secret_watches = *secret_watches_,
          .cluster_infos = cluster_infos_,
          .quota = quota_,
          .failing_calls = failing_calls_,
          .clock = clock_,
          .monotonic = clock_,
          .provisioning_timeout = flags_.provisioning_timeout,
          .retry_interval = flags_.retry_interval,
          .stale_after = flags_.stale_after,
          .reference_interval = flags_.reference_interval,
          .enqueue_cluster = AddTo(*cluster_controller_),
          .enqueue_machine = AddTo(*machine_controller_),
          .enqueue_template = AddTo(*template_controller_),
          .publish = [this](const StatusChange& change) { Publish(change); }};
}

std::unique_ptr<Controller> ShimApp::MakeController(
    const std::string& kind, int workers, Controller::Reconcile reconcile,
    Controller::Options options) {
  options.kind = kind;
  options.workers = workers;
  options.sync_period = flags_.sync_period;
  return std::make_unique<Controller>(
      std::move(options), clock_, std::move(reconcile),
      [this, kind](absl::string_view outcome, absl::Duration took) {
        metrics_->ReconcileDone(kind, outcome, took);
      });
}

void ShimApp::MakeControllers() {
  cluster_controller_ = MakeController(
      std::string(kEvrocClusterType.kind), flags_.cluster_concurrency,
      [this](const CallContext& context, const ReconcileRequest& request) {
        return clusters_->Reconcile(context, request);
      });
  machine_controller_ = MakeController(
      std::string(kEvrocMachineType.kind), flags_.machine_concurrency,
      [this](const CallContext& context, const ReconcileRequest& request) {
        return machines_->Reconcile(context, request);
      });
  template_controller_ = MakeController(
      std::string(kEvrocMachineTemplateType.kind), flags_.template_concurrency,
      [this](const CallContext& context, const ReconcileRequest& request) {
        return templates_->Reconcile(context, request);
      });
  node_controller_ = MakeController(
      std::string(kClusterType.kind), kNodeWorkers,
      [this](const CallContext& context, const ReconcileRequest& request) {
        return nodes_->Reconcile(context, request);
      },
      {.deadline = absl::Minutes(2),
       .backoff = {.initial = absl::Seconds(1), .max = absl::Seconds(30)}});
  secret_controller_ = MakeController(
      std::string(kSecretType.kind), kSecretWorkers,
      [this](const CallContext& context,
             const ReconcileRequest& request) -> ReconcileResult {
        EVROC_ASSIGN_OR_RETURN(const bool released,
                               ReleaseIfUnused(context, *env_, request.key));
        if (released) return Gone{};
        return Done{};
      });
  event_handlers_ = std::make_unique<EventHandlers>(
      cache_,
      EventHandlers::Queues{.cluster = AddTo(*cluster_controller_),
                            .machine = AddTo(*machine_controller_),
                            .machine_template = AddTo(*template_controller_)});
}

void ShimApp::OnCloudChange(const std::string& cluster_id,
                            const std::string& machine_id) {
  const auto vm = view_.Machine(cluster_id, machine_id);
  std::optional<EventHandlers::VmState> state;
  if (vm.has_value()) state = vm->state;
  event_handlers_->OnCloudChange(cluster_id, machine_id, state);
}

void ShimApp::OnScopeRefused(const std::vector<std::string>& cluster_ids,
                             const absl::Status& /*status*/) {
  for (const std::string& cluster_id : cluster_ids) {
    event_handlers_->OnClusterResync(cluster_id);
  }
}

void ShimApp::OnContactChange(const std::vector<std::string>& cluster_ids) {
  for (const std::string& cluster_id : cluster_ids) {
    event_handlers_->OnClusterResync(cluster_id);
  }
}

void ShimApp::Publish(const StatusChange& change) {
  if (change.warning) metrics_->Warned(change.type.kind, change.reason);
  events_->Record({.type = change.type,
                   .object = change.object.key,
                   .uid = change.object.uid,
                   .severity = change.warning ? Event::Severity::kWarning
                                              : Event::Severity::kNormal,
                   .reason = std::string(change.reason),
                   .action = std::string(change.action),
                   .message = change.message});
}

void ShimApp::Start() {
  watched_->Start(stop_.get_token());
  if (election_ != nullptr) {
    election_->Start(stop_.get_token());
  } else {
    BeginToLead();
  }
}

void ShimApp::BeginToLead() {
  metrics_->SetLeader(true);
  starter_ = std::thread([this] { Work(); });
}

void ShimApp::StopLeading() {
  metrics_->SetLeader(false);
  if (!stop_.stop_requested()) health_->StoppedLeading();
  StopWork();
  if (stop_.stop_requested()) return;
  LOG(ERROR) << "Lost lease, exiting";
  lost_ = true;
  kill(getpid(), SIGTERM);
}

std::unique_ptr<LeaderElection> ShimApp::MakeElection() {
  if (!flags_.leader_elect) return nullptr;
  LeaderElectionOptions options{
      .lease = {flags_.leader_elect_namespace, flags_.leader_elect_name},
      .identity = absl::StrCat(HostName(), "_", RandomUuid()),
      .lease_duration = flags_.leader_elect_lease_duration,
      .renew_deadline = flags_.leader_elect_renew_deadline,
      .retry_period = flags_.leader_elect_retry_period};
  return std::make_unique<LeaderElection>(
      *lease_kube_, options,
      LeaderElection::Callbacks{.on_started = [this] { BeginToLead(); },
                                .on_stopped = [this] { StopLeading(); }},
      clock_);
}

void ShimApp::Work() {
  if (!watched_->AwaitSynced(stop_.get_token())) return;
  LOG(INFO) << "Started reconciling evrocclusters="
            << cache_.evroc_clusters.size()
            << " evrocmachines=" << cache_.evroc_machines.size();
  for (Controller* controller : Controllers()) controller->Start();
}

std::vector<Controller*> ShimApp::Controllers() const {
  return {cluster_controller_.get(), machine_controller_.get(),
          template_controller_.get(), node_controller_.get(),
          secret_controller_.get()};
}

absl::Status ShimApp::ServePages() {
  EVROC_ASSIGN_OR_RETURN(health_pages_, HttpEndpoint::Listen(flags_.health_addr,
                                                             health_->Pages()));
  if (flags_.diagnostics_address.empty()) return absl::OkStatus();
  const auto queues =
      std::make_shared<QueueCollector>(std::map<std::string, const WorkQueue*>{
          {"EvrocCluster", &cluster_controller_->queue()},
          {"EvrocMachine", &machine_controller_->queue()},
          {"EvrocMachineTemplate", &template_controller_->queue()},
          {"Cluster", &node_controller_->queue()},
          {"Secret", &secret_controller_->queue()}});
  EVROC_ASSIGN_OR_RETURN(
      diagnostics_,
      HttpEndpoint::Listen(flags_.diagnostics_address,
                           {{"/metrics", MetricsPage({registry_, queues})}}));
  LOG(INFO) << "Serving metrics address=" << diagnostics_->address();
  return absl::OkStatus();
}

}  // namespace evroc::shim
