// Measures the services against evroc-sim: creates machines, leaves them idle,
// deletes them. Prints cloud calls by kind for each machine, bytes, memory,
// latencies.
//
// Uses the services as the shim does: Apply or Delete once, and again only when
// a Watch reports a change.

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/http/curl_http_client.h"
#include "common/json/json.h"
#include "common/server/flag_set.h"
#include "evroc/compute/v1/compute_service.grpc.pb.h"
#include "evroc/network/v1/network_service.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "tests/bench/samples.h"
#include "tests/component/program.h"

namespace evroc {
namespace {

namespace compute = compute::v1;
namespace network = network::v1;

struct Flags {
  int machines = 1000;
  int clients = 32;
  absl::Duration idle = absl::Seconds(60);
  std::string rate = "1000";
  std::string programs = "bazel-bin";
};

constexpr char kCluster[] = "bench";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string MemoryOf(const Program& program) {
  for (const absl::string_view line : absl::StrSplit(
           ReadFile(absl::StrCat("/proc/", program.pid(), "/status")), '\n')) {
    if (absl::StartsWith(line, "VmRSS:")) {
      return std::string(absl::StripAsciiWhitespace(line.substr(6)));
    }
  }
  return "?";
}

// Runs `work` for 0 … count-1 on several threads.
void InParallel(int count, int threads, const std::function<void(int)>& work) {
  std::atomic<int> next = 0;
  std::vector<std::thread> pool;
  pool.reserve(threads);
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&] {
      for (int i = next++; i < count; i = next++) work(i);
    });
  }
  for (std::thread& thread : pool) thread.join();
}

// The machines to process next, fed by the Watch.
class Pending {
 public:
  void Add(const std::string& machine) {
    absl::MutexLock lock(&mutex_);
    queue_.push_back(machine);
  }
  // Empty once all is done.
  std::string Take() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Pending::ReadyLocked));
    if (queue_.empty()) return "";
    std::string machine = queue_.back();
    queue_.pop_back();
    return machine;
  }
  void Reset(int goal) {
    absl::MutexLock lock(&mutex_);
    goal_ = goal;
    queue_.clear();
  }
  void Done() {
    absl::MutexLock lock(&mutex_);
    --goal_;
  }

 private:
  bool ReadyLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return goal_ <= 0 || !queue_.empty();
  }
  absl::Mutex mutex_;
  int goal_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> queue_ ABSL_GUARDED_BY(mutex_);
};

class Bench {
 public:
  explicit Bench(const Flags& flags)
      : flags_(flags),
        folder_(absl::StrCat("/tmp/cloud_bench.", getpid())),
        simulator_(flags.programs + "/tests/evroc_sim/evroc_sim",
                   {"--listen=127.0.0.1:0", "--credentials-out=" + folder_},
                   "/dev/null"),
        network_program_(flags.programs + "/services/network/network-service",
                         ServiceFlags(), "/dev/null"),
        compute_program_(flags.programs + "/services/compute/compute-service",
                         ServiceFlags(), "/dev/null"),
        network_(network::NetworkService::NewStub(grpc::CreateChannel(
            network_program_.address(), grpc::InsecureChannelCredentials()))),
        compute_(compute::ComputeService::NewStub(grpc::CreateChannel(
            compute_program_.address(), grpc::InsecureChannelCredentials()))) {}

  int Run() {
    if (simulator_.address().empty() || compute_program_.address().empty()) {
      std::cerr << "a program did not start\n";
      return 1;
    }
    std::cout << absl::StrFormat(
        "%d machines, %d clients, rate limit %s/s, poll interval 1 s\n",
        flags_.machines, flags_.clients, flags_.rate);
    std::cout << "memory at the start: " << Memory() << "\n";
    std::thread cloud([this] { FollowCloud(); });
    std::thread service([this] { FollowService(); });
    Phase("made", [this] { MakeAll(); });
    std::cout << "  Apply that makes: " << first_apply_.ToString() << "\n"
              << "  Apply after an event: " << later_apply_.ToString() << "\n"
              << "  Running in the cloud to the Watch event: "
              << observed_.ToString() << "\n";
    Phase("idle", [this] { absl::SleepFor(flags_.idle); });
    Phase("removed", [this] { RemoveAll(); });
    stop_.request_stop();
    watch_.TryCancel();
    cloud.join();
    service.join();
    return 0;
  }

 private:
  std::vector<std::string> ServiceFlags() const {
    return {"--listen=127.0.0.1:0", "--insecure",
            "--credentials-dir=" + folder_, "--cloud-rate=" + flags_.rate,
            "--cloud-burst=" + flags_.rate};
  }

  std::string Memory() const {
    return absl::StrCat("network-service ", MemoryOf(network_program_),
                        ", compute-service ", MemoryOf(compute_program_),
                        " (evroc-sim ", MemoryOf(simulator_), ")");
  }

  // Runs `work` and prints its cost.
  void Phase(const char* name, const std::function<void()>& work) {
    Send("DELETE", "/sim/v1/calls");
    const absl::Time began = absl::Now();
    work();
    const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
    const Json answer =
        Json::Parse(Send("GET", "/sim/v1/calls")).value_or(Json());
    int64_t bytes = 0;
    std::map<std::string, int64_t> calls;
    const JsonView all = answer["calls"];
    for (size_t i = 0; i < all.size(); ++i) {
      const absl::string_view route = all[i]["route"].String();
      if (absl::StrContains(route, "/sim/")) continue;
      const std::vector<std::string> parts = absl::StrSplit(route, '/');
      const bool one = absl::StartsWith(parts.back(), "{");
      std::string what =
          absl::StrCat(all[i]["method"].String(), " ",
                       one ? parts[parts.size() - 2] + "/{id}" : parts.back());
      calls[what] += all[i]["count"].Integer();
      bytes += all[i]["bytes_out"].Integer();
    }
    std::cout << absl::StrFormat("%s: %.1f s, %s\n", name, seconds, Memory());
    for (const auto& [what, count] : calls) {
      std::cout << absl::StrFormat(
          "  %-32s %7d  %.3f for each machine\n", what, count,
          static_cast<double>(count) / flags_.machines);
    }
    std::cout << absl::StrFormat("  bytes received: %d, %d for each machine\n",
                                 bytes, bytes / flags_.machines);
  }

  std::string Send(const std::string& method, const std::string& path) {
    const auto response = http_.Send(
        {}, {.method = method,
             .url = absl::StrCat("http://", simulator_.address(), path)});
    return response.ok() ? response->body : "";
  }

  template <typename Request>
  void SetScope(Request& request) const {
    request.mutable_scope()->mutable_credentials()->set_name("profile.yaml");
  }

  compute::VirtualMachine DesiredMachine(const std::string& machine) const {
    compute::VirtualMachine desired;
    desired.mutable_owner()->set_cluster_id(kCluster);
    desired.mutable_owner()->set_cluster_name(kCluster);
    desired.mutable_owner()->set_machine_id(machine);
    desired.mutable_owner()->set_machine_name(machine);
    desired.set_compute_profile("a1a.s");
    desired.mutable_boot_disk()->set_image("ubuntu.24-04.1");
    desired.set_zone("a");
    desired.set_subnet_id("bench-a");
    desired.set_user_data(std::string(2048, 'x'));
    return desired;
  }

  compute::VirtualMachine Apply(const std::string& machine, Samples& samples) {
    grpc::ClientContext context;
    compute::ApplyVirtualMachineRequest request;
    SetScope(request);
    *request.mutable_virtual_machine() = DesiredMachine(machine);
    compute::ApplyVirtualMachineResponse response;
    const absl::Time began = absl::Now();
    const grpc::Status status =
        compute_->ApplyVirtualMachine(&context, request, &response);
    samples.Add(absl::Now() - began);
    if (!status.ok()) std::cerr << status.error_message() << "\n";
    return response.virtual_machine();
  }

  static bool IsReady(const compute::VirtualMachine& machine) {
    return !machine.conditions().empty() &&
           machine.conditions().rbegin()->status() ==
               common::v1::Condition::STATUS_TRUE;
  }

  void MakeNetwork() {
    for (bool ready = false; !ready;) {
      grpc::ClientContext context;
      network::ApplyClusterNetworkRequest request;
      SetScope(request);
      network::ClusterNetwork& desired = *request.mutable_cluster_network();
      desired.mutable_owner()->set_cluster_id(kCluster);
      desired.mutable_owner()->set_cluster_name(kCluster);
      desired.mutable_vpc()->set_name("bench");
      network::Subnet* subnet = desired.add_subnets();
      subnet->set_name("bench-a");
      subnet->set_zone("a");
      subnet->set_ipv4_cidr_block("10.0.0.0/16");
      network::ApplyClusterNetworkResponse response;
      const grpc::Status status =
          network_->ApplyClusterNetwork(&context, request, &response);
      if (!status.ok()) std::cerr << status.error_message() << "\n";
      ready = response.cluster_network().state() ==
              network::ClusterNetwork::STATE_READY;
      if (!ready) absl::SleepFor(absl::Seconds(1));
    }
  }

  void MakeAll() {
    MakeNetwork();
    Send("DELETE", "/sim/v1/calls");
    pending_.Reset(flags_.machines);
    making_ = true;
    InParallel(flags_.machines, flags_.clients,
               [this](int i) { Apply(absl::StrCat("m", i), first_apply_); });
    WorkOff([this](const std::string& id) {
      return IsReady(Apply(id, later_apply_)) && NoteReady(id);
    });
    making_ = false;
  }

  // Runs `step` for machines as the Watch reports them, until it has returned
  // true once for each machine.
  void WorkOff(const std::function<bool(const std::string&)>& step) {
    InParallel(flags_.clients, flags_.clients, [&](int /*client*/) {
      for (std::string id = pending_.Take(); !id.empty();
           id = pending_.Take()) {
        if (step(id)) pending_.Done();
      }
    });
  }

  bool NoteReady(const std::string& machine) {
    absl::MutexLock lock(&mutex_);
    return ready_.insert(machine).second;
  }

  bool Delete(const std::string& machine) {
    grpc::ClientContext context;
    compute::DeleteVirtualMachineRequest request;
    SetScope(request);
    request.mutable_owner()->set_cluster_id(kCluster);
    request.mutable_owner()->set_machine_id(machine);
    compute::DeleteVirtualMachineResponse response;
    const grpc::Status status =
        compute_->DeleteVirtualMachine(&context, request, &response);
    if (!status.ok()) std::cerr << status.error_message() << "\n";
    return status.ok() && response.remaining_size() == 0;
  }

  void RemoveAll() {
    pending_.Reset(flags_.machines);
    removing_ = true;
    InParallel(flags_.machines, flags_.clients,
               [this](int i) { Delete(absl::StrCat("m", i)); });
    WorkOff(
        [this](const std::string& id) { return Delete(id) && NoteGone(id); });
  }

  bool NoteGone(const std::string& machine) {
    absl::MutexLock lock(&mutex_);
    return ready_.erase(machine) == 1;
  }

  // Records when the cloud itself reports that a machine runs.
  void FollowCloud() {
    std::string line;
    (void)http_.Send({.cancel = stop_.get_token()},
                     {.method = "GET",
                      .url = absl::StrCat("http://", simulator_.address(),
                                          "/sim/v1/vms?watch=true"),
                      .headers = {{"Accept-Encoding", "identity"}}},
                     [&](absl::string_view piece) {
                       for (const char c : piece) {
                         if (c != '\n') {
                           line.push_back(c);
                           continue;
                         }
                         NoteCloud(line);
                         line.clear();
                       }
                       return absl::OkStatus();
                     });
  }

  void NoteCloud(const std::string& line) {
    const auto json = Json::Parse(line);
    if (!json.ok() || (*json)["state"].String() != "Running") return;
    absl::MutexLock lock(&mutex_);
    runs_since_.try_emplace(std::string((*json)["id"].String()), absl::Now());
  }

  void FollowService() {
    compute::WatchRequest request;
    SetScope(request);
    const auto events = compute_->Watch(&watch_, request);
    compute::WatchResponse event;
    while (events->Read(&event)) {
      const compute::VirtualMachine& machine = event.virtual_machine();
      if (machine.state() == compute::VirtualMachine::STATE_RUNNING) {
        NoteService(machine.id());
      }
      if (machine.owner().machine_id().empty()) continue;
      if (making_ || removing_) pending_.Add(machine.owner().machine_id());
    }
    events->Finish();
  }

  void NoteService(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    const auto since = runs_since_.find(id);
    if (since == runs_since_.end() || !observed_ids_.insert(id).second) return;
    observed_.Add(absl::Now() - since->second);
  }

  const Flags flags_;
  const std::string folder_;
  Program simulator_;
  Program network_program_;
  Program compute_program_;
  std::unique_ptr<network::NetworkService::Stub> network_;
  std::unique_ptr<compute::ComputeService::Stub> compute_;
  CurlHttpClient http_;
  std::stop_source stop_;
  grpc::ClientContext watch_;
  Pending pending_;
  std::atomic<bool> making_ = false;
  std::atomic<bool> removing_ = false;
  Samples first_apply_;
  Samples later_apply_;
  Samples observed_;
  absl::Mutex mutex_;
  std::map<std::string, absl::Time> runs_since_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> observed_ids_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> ready_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace
}  // namespace evroc

int main(int argc, char** argv) {
  evroc::Flags flags;
  evroc::FlagSet set("cloud_bench", "Measures the services against evroc-sim.");
  set.Add("machines", &flags.machines, "how many machines");
  set.Add("clients", &flags.clients, "how many calls at once");
  set.Add("idle", &flags.idle, "how long nothing is done");
  set.Add("rate", &flags.rate, "the services' limit of cloud calls per second");
  set.Add("programs", &flags.programs, "folder with the built programs");
  set.ParseOrExit(argc, argv);
  return evroc::Bench(flags).Run();
}
