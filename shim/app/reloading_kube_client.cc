#include "shim/app/reloading_kube_client.h"

#include <utility>

#include "absl/status/status.h"
#include "common/files/read_file.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"

namespace evroc::shim {
namespace {

const absl::Status& StatusOf(const absl::Status& status) { return status; }

template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReloadingKubeClient>> ReloadingKubeClient::Make(
    Load load, Connect connect, Clock& clock) {
  std::unique_ptr<ReloadingKubeClient> client(
      new ReloadingKubeClient(std::move(load), std::move(connect), clock));
  EVROC_ASSIGN_OR_RETURN(ConnectionPtr first, client->Read());
  const absl::MutexLock lock(&client->mutex_);
  client->in_use_ = std::move(first);
  client->read_again_at_ = clock.Now() + kReadAgain;
  return client;
}

ReloadingKubeClient::ReloadingKubeClient(Load load, Connect connect,
                                         Clock& clock)
    : load_(std::move(load)), connect_(std::move(connect)), clock_(clock) {}

absl::StatusOr<ReloadingKubeClient::ConnectionPtr> ReloadingKubeClient::Read()
    const {
  auto read = std::make_shared<Connection>();
  EVROC_ASSIGN_OR_RETURN(read->config, load_());
  const ConnectionPtr in_use = InUse();
  if (in_use != nullptr && in_use->config == read->config) return in_use;
  EVROC_ASSIGN_OR_RETURN(read->client, connect_(read->config));
  return read;
}

ReloadingKubeClient::ConnectionPtr ReloadingKubeClient::InUse() const {
  const absl::MutexLock lock(&mutex_);
  return in_use_;
}

ReloadingKubeClient::ConnectionPtr ReloadingKubeClient::Current() {
  {
    const absl::MutexLock lock(&mutex_);
    const absl::Time now = clock_.Now();
    if (now < read_again_at_) return in_use_;
    read_again_at_ = now + kReadAgain;
  }
  return Reload();
}

ReloadingKubeClient::ConnectionPtr ReloadingKubeClient::Reload() {
  const absl::MutexLock reading(&reading_);
  const absl::StatusOr<ConnectionPtr> read = Read();
  RecordFailure(read.status());
  ConnectionPtr former = InUse();
  if (!read.ok() || *read == former) return former;
  {
    const absl::MutexLock lock(&mutex_);
    in_use_ = *read;
  }
  LOG(INFO) << "Reloaded kubeconfig server=" << (*read)->config.server;
  former->replaced.request_stop();
  return *read;
}

void ReloadingKubeClient::RecordFailure(const absl::Status& error) {
  const std::string failure = error.ok() ? "" : ErrorText(error);
  if (failure == failure_) return;
  failure_ = failure;
  LOG_IF(WARNING, !error.ok())
      << "Failed to reload kubeconfig error=" << failure;
}

ReloadingKubeClient::ConnectionPtr ReloadingKubeClient::After(
    const absl::Status& error, const ConnectionPtr& used) {
  // A server with another authority, or at another address, is unavailable.
  if (!absl::IsUnauthenticated(error) && !absl::IsUnavailable(error)) {
    return used;
  }
  const ConnectionPtr in_use = InUse();
  return in_use == used ? Reload() : in_use;
}

template <typename Call>
auto ReloadingKubeClient::Run(const Call& call)
    -> decltype(call(std::declval<Connection&>())) {
  const ConnectionPtr used = Current();
  auto result = call(*used);
  const ConnectionPtr next = After(StatusOf(result), used);
  if (next == used || !absl::IsUnauthenticated(StatusOf(result))) return result;
  return call(*next);
}

absl::StatusOr<Json> ReloadingKubeClient::Get(const CallContext& context,
                                              const ResourceType& type,
                                              const ObjectKey& key) {
  return Run([&](Connection& connection) {
    return connection.client->Get(context, type, key);
  });
}

absl::StatusOr<std::string> ReloadingKubeClient::List(
    const CallContext& context, const ResourceType& type,
    const Selection& selection, const ObjectSink& sink) {
  bool passed = false;
  const ObjectSink noting = [&](Json object) {
    passed = true;
    return sink(std::move(object));
  };
  using Result = absl::StatusOr<std::string>;
  return Run([&](Connection& connection) -> Result {
    // A repeat can't take back what is gone meanwhile.
    if (passed) return absl::OutOfRangeError("the kubeconfig has changed");
    return connection.client->List(context, type, selection, noting);
  });
}

absl::Status ReloadingKubeClient::Watch(const CallContext& context,
                                        const ResourceType& type,
                                        const Selection& selection,
                                        const std::string& resource_version,
                                        const EventSink& sink) {
  return Run([&](Connection& connection) {
    std::stop_source stop;
    const auto end = [&stop] { stop.request_stop(); };
    const std::stop_callback by_caller(context.cancel, end);
    const std::stop_callback by_reload(connection.replaced.get_token(), end);
    CallContext own = context;
    own.cancel = stop.get_token();
    absl::Status ended =
        connection.client->Watch(own, type, selection, resource_version, sink);
    const bool replaced = connection.replaced.stop_requested() &&
                          !context.cancel.stop_requested();
    return replaced && absl::IsCancelled(ended) ? absl::OkStatus() : ended;
  });
}

absl::StatusOr<Json> ReloadingKubeClient::Create(const CallContext& context,
                                                 const ResourceType& type,
                                                 const Json& object) {
  return Run([&](Connection& connection) {
    return connection.client->Create(context, type, object);
  });
}

absl::StatusOr<Json> ReloadingKubeClient::Update(const CallContext& context,
                                                 const ResourceType& type,
                                                 const Json& object) {
  return Run([&](Connection& connection) {
    return connection.client->Update(context, type, object);
  });
}

absl::StatusOr<Json> ReloadingKubeClient::Patch(const CallContext& context,
                                                const ResourceType& type,
                                                const ObjectKey& key,
                                                absl::string_view subresource,
                                                const Json& patch) {
  return Run([&](Connection& connection) {
    return connection.client->Patch(context, type, key, subresource, patch);
  });
}

}  // namespace evroc::shim
