#include "tests/evroc_sim/simulator.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/files/read_file.h"
#include "common/net/cidr.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "glog/logging.h"
#include "tests/evroc_sim/iam/credential_files.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rest/rest_error.h"

namespace evroc::sim {
namespace {

constexpr char kControl[] = "/sim/v1/";
constexpr int kKeyBits = 2048;
constexpr char kUser[] = "demo@example.com";
constexpr char kPassword[] = "correct-horse-battery";
constexpr char kServiceAccount[] = "capi";
constexpr absl::Duration kStaticTokenLifetime = absl::Hours(24 * 365);
constexpr absl::Duration kSaveInterval = absl::Milliseconds(200);

absl::Status WriteFile(const std::string& path, absl::string_view text) {
  const std::string temporary = absl::StrCat(path, ".new");
  std::ofstream file(temporary, std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (!file || error) {
    return absl::UnavailableError(absl::StrCat("can't write ", path));
  }
  return absl::OkStatus();
}

absl::StatusOr<AddressRanges> RangesFor(const std::string& data_plane) {
  AddressRanges ranges;
  if (data_plane.empty()) return ranges;
  const auto block = Cidr::Parse(data_plane);
  if (!block.ok() || !Cidr::Parse("127.0.0.0/8")->Contains(*block) ||
      block->prefix() > 28) {
    return absl::InvalidArgumentError(
        "--data-plane is an IPv4 block of at least 16 addresses inside "
        "127.0.0.0/8");
  }
  ranges.data_plane = *block;
  ranges.public_addresses = block->Part(1, 0);
  return ranges;
}

absl::StatusOr<Json> ReadState(const std::string& path) {
  if (path.empty()) return Json::Object();
  const std::string text = ReadFile(path).value_or("");
  if (text.empty()) return Json::Object();
  absl::StatusOr<Json> state = Json::Parse(text, size_t{1} << 30);
  if (!state.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the state file ", path, " is damaged: ", state.status().message()));
  }
  return state;
}

int PortOf(absl::string_view address) {
  int port = 0;
  (void)absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port);
  return port;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Simulator>> Simulator::Start(
    const SimulatorOptions& options, Clock& clock) {
  EVROC_ASSIGN_OR_RETURN(const AddressRanges ranges,
                         RangesFor(options.data_plane));
  EVROC_ASSIGN_OR_RETURN(const Json state, ReadState(options.state_file));
  absl::StatusOr<RsaKey> key = RsaKey::FromJwk(state["key"]);
  if (!key.ok()) {
    key = RsaKey::Generate(kKeyBits);
    key->set_id(RandomUuid());
  }
  std::unique_ptr<Simulator> simulator(
      new Simulator(options, ranges, *std::move(key), clock));
  EVROC_RETURN_IF_ERROR(simulator->Prepare(state));
  EVROC_RETURN_IF_ERROR(simulator->Listen());
  EVROC_RETURN_IF_ERROR(simulator->WriteCredentials());
  return simulator;
}

Simulator::Simulator(const SimulatorOptions& options, AddressRanges ranges,
                     RsaKey key, Clock& clock)
    : options_(options),
      clock_(clock),
      cloud_(ranges, clock),
      issuer_(std::move(key), clock),
      iam_(accounts_, clock),
      rest_(cloud_, issuer_, iam_),
      s3_(cloud_),
      kcp_(cloud_, issuer_, options.organisation),
      tokens_(cloud_, accounts_, issuer_, clock),
      statistics_(clock),
      control_({cloud_, issuer_, faults_, statistics_, clock}) {}

absl::Status Simulator::Prepare(JsonView state) {
  if (state["cloud"].exists()) {
    EVROC_RETURN_IF_ERROR(cloud_.LoadState(state["cloud"]));
    EVROC_RETURN_IF_ERROR(accounts_.LoadState(state["accounts"]));
    iam_.LoadState(state["iam"]);
    refresh_token_ = std::string(state["refreshToken"].String());
    service_account_jwk_ = Json(state["serviceAccountJwk"]);
  } else {
    MakeAccounts();
  }
  if (options_.s3_listener.has_value()) {
    Json checked = Json::Object();
    checked.SetAt("choices.custom_image_objects", "checked");
    EVROC_RETURN_IF_ERROR(cloud_.UpdateSettings(checked));
  }
  EVROC_RETURN_IF_ERROR(cloud_.UpdateSettings(options_.settings));
  if (options_.call_log.empty()) return absl::OkStatus();
  return statistics_.OpenLog(options_.call_log, options_.redact_call_log);
}

void Simulator::MakeAccounts() {
  accounts_.AddUser(kUser, kPassword);
  refresh_token_ = accounts_.IssueRefreshToken(kUser);
  iam_.Ensure("organizations", options_.organisation, Json::Object());
  iam_.Ensure("projects", options_.project,
              Json::Object({{"name", options_.project},
                            {"organization", options_.organisation}}));
  service_account_jwk_ =
      iam_.MakeServiceAccount(options_.project, kServiceAccount);
  for (const std::string& principal :
       {accounts_.IdentityOf(kUser).principal,
        ServiceAccountPrincipal(options_.project, kServiceAccount)}) {
    iam_.MakeOwner(options_.organisation, principal);
  }
}

absl::Status Simulator::Listen() {
  if (!options_.data_plane.empty()) {
    data_plane_ = std::make_unique<DataPlane>(cloud_);
  }
  EVROC_ASSIGN_OR_RETURN(
      server_,
      HttpServer::Start(options_.listener, [this](const Request& request) {
        return Serve(request);
      }));
  tokens_.set_listener(
      options_.listener.tls_certificate.empty() ? "http" : "https",
      PortOf(server_->address()));
  EVROC_RETURN_IF_ERROR(ListenForS3());
  if (!options_.state_file.empty()) {
    saver_ = std::thread([this] { SavePeriodically(); });
  }
  return absl::OkStatus();
}

absl::Status Simulator::ListenForS3() {
  if (!options_.s3_listener.has_value()) return absl::OkStatus();
  Listener listener = *options_.s3_listener;
  listener.tls_certificate = options_.listener.tls_certificate;
  listener.tls_key = options_.listener.tls_key;
  EVROC_ASSIGN_OR_RETURN(
      s3_server_, HttpServer::Start(listener, [this](const Request& request) {
        return Delivery{.response = s3_.Handle(request)};
      }));
  return absl::OkStatus();
}

std::string Simulator::s3_address() const {
  return s3_server_ == nullptr ? "" : s3_server_->address();
}

Simulator::~Simulator() {
  s3_server_.reset();
  server_.reset();
  data_plane_.reset();
  if (!saver_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  saver_.join();
}

std::string Simulator::Credential(const std::string& name) const {
  CredentialValues values{
      .url = url(),
      .s3_url = s3_server_ == nullptr ? url() : s3_server_->url(),
      .organisation = options_.organisation,
      .project = options_.project,
      .region = std::string(kRegion),
      .user = kUser,
      .password = kPassword,
      .refresh_token = refresh_token_,
      .service_account = kServiceAccount,
      .service_account_jwk = service_account_jwk_};
  values.static_token =
      issuer_.Issue(accounts_.IdentityOf(kUser), absl::StrCat(url(), kRealm),
                    kStaticTokenLifetime);
  if (!options_.listener.tls_certificate.empty()) {
    values.ca_pem = ReadFile(options_.listener.tls_certificate).value_or("");
  }
  return CredentialFiles(values)[name];
}

absl::Status Simulator::WriteCredentials() const {
  if (options_.credentials_out.empty()) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(options_.credentials_out, error);
  for (const char* name : {"profile.yaml", "service-account.json",
                           "password.yaml", "token.yaml", "kubeconfig.yaml"}) {
    EVROC_RETURN_IF_ERROR(WriteFile(
        absl::StrCat(options_.credentials_out, "/", name), Credential(name)));
  }
  return absl::OkStatus();
}

Delivery Simulator::Serve(const Request& request) {
  if (absl::StartsWith(request.path, kControl)) {
    return {.response = control_.Handle(request)};
  }
  const auto fault = faults_.Strike(request.method, request.path);
  Delivery delivery;
  if (!fault.has_value()) {
    delivery.response = Answer(request);
    statistics_.Record(request, delivery.response);
    return delivery;
  }
  delivery.lost = fault->lose_answer || fault->refuse;
  delivery.cut_after = fault->cut_after;
  delivery.pause_per_kib = fault->pause_per_kib;
  delivery.delay = fault->delay;
  if (fault->status != 0) {
    delivery.response = RestError(
        ApiError(fault->status, "Injected", "a fault was set on this route"));
    if (fault->body.has_value()) delivery.response.body = *fault->body;
    delivery.response.route = "(fault)";
  } else if (!fault->refuse) {
    delivery.response = Answer(request);
  }
  for (const RouteFault::Request& each : fault->then) {
    Request next = request;
    next.method = each.method;
    next.path = each.path;
    next.query.clear();
    next.body = each.body;
    if (absl::StartsWith(next.path, kControl)) {
      control_.Handle(next);
    } else {
      Answer(next);
    }
  }
  if (fault->retry_after_s.has_value()) {
    delivery.response.headers.emplace_back("Retry-After",
                                           absl::StrCat(*fault->retry_after_s));
  }
  statistics_.Record(request, delivery.response);
  return delivery;
}

Response Simulator::Answer(const Request& request) {
  if (absl::StartsWith(request.path, kRealm)) return tokens_.Handle(request);
  if (absl::StartsWith(request.path, "/clusters/")) {
    return kcp_.Handle(request);
  }
  return rest_.Handle(request);
}

void Simulator::SavePeriodically() {
  std::pair<int64_t, int64_t> saved = {-1, -1};
  bool stopping = false;
  while (!stopping) {
    const std::pair<int64_t, int64_t> version = {
        cloud_.resource_version() + cloud_.contents().revision(),
        iam_.version()};
    if (version != saved) {
      const absl::Status status = SaveState();
      LOG_IF(ERROR, !status.ok())
          << "Failed to save state error=" << status.message();
      saved = version;
    }
    absl::MutexLock lock(&mutex_);
    stopping =
        mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kSaveInterval);
  }
  const absl::Status status = SaveState();
  LOG_IF(ERROR, !status.ok())
      << "Failed to save state error=" << status.message();
}

absl::Status Simulator::SaveState() const {
  const Json state =
      Json::Object({{"cloud", cloud_.SaveState()},
                    {"accounts", accounts_.SaveState()},
                    {"iam", iam_.SaveState()},
                    {"key", issuer_.key().PrivateJwk()},
                    {"refreshToken", refresh_token_},
                    {"serviceAccountJwk", service_account_jwk_}});
  return WriteFile(options_.state_file, state.Dump());
}

}  // namespace evroc::sim
