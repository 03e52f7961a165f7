// The simulator over its sockets, with this project's HTTP client.

#include "tests/evroc_sim/simulator.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/http/curl_http_client.h"
#include "common/http/testing/loopback_server.h"
#include "common/http/url.h"
#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

constexpr char kPools[] =
    "/loadbalancer/v1alpha1/projects/demo/regions/se-sto/backendPools";

std::string TempFile(const std::string& name) {
  return absl::StrCat(
      testing::TempDir(), "/", name, "-",
      testing::UnitTest::GetInstance()->current_test_info()->name());
}

class SimulatorTest : public testing::Test {
 protected:
  void Start(const SimulatorOptions& options = {}) {
    simulator_.reset();
    auto simulator = Simulator::Start(options);
    ASSERT_TRUE(simulator.ok()) << simulator.status();
    simulator_ = *std::move(simulator);
  }

  // The static token of token.yaml.
  std::string Token() const {
    const Json config = *Json::Parse(simulator_->Credential("token.yaml"));
    return std::string(config.At("auth.token").String());
  }

  absl::StatusOr<HttpResponse> Call(const std::string& method,
                                    const std::string& path,
                                    const std::string& body = "") {
    HttpRequest request{.method = method,
                        .url = absl::StrCat(simulator_->url(), path),
                        .body = body,
                        .route = path};
    request.headers = {{"Authorization", absl::StrCat("Bearer ", Token())},
                       {"Content-Type", "application/json"}};
    // A new one each time: on a reused connection, libcurl repeats a request
    // that got no answer.
    CurlHttpClient client;
    return client.Send({.deadline = absl::Now() + absl::Seconds(30)}, request);
  }

  int StatusOf(const std::string& method, const std::string& path,
               const std::string& body = "") {
    const auto response = Call(method, path, body);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->status : 0;
  }

  static std::string Pool(const char* id) {
    return absl::StrCat(
        R"({"apiVersion": "loadbalancer/v1alpha1", "kind": "BackendPool",
            "metadata": {"id": ")",
        id, R"("}, "spec": {}})");
  }

  CurlHttpClient client_;
  std::unique_ptr<Simulator> simulator_;
};

TEST_F(SimulatorTest, AnObjectMakesTheRoundTrip) {
  Start();
  EXPECT_EQ(StatusOf("POST", kPools, Pool("a")), 201);
  const auto response = Call("GET", absl::StrCat(kPools, "/a"));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(FindHeader(response->headers, "Content-Type"), "application/json");
  EXPECT_EQ(Json::Parse(response->body)->At("metadata.id").String(), "a");
  EXPECT_EQ(StatusOf("DELETE", absl::StrCat(kPools, "/a")), 204);
}

TEST_F(SimulatorTest, CountsCallsByRoute) {
  Start();
  EXPECT_EQ(StatusOf("GET", kPools), 200);
  EXPECT_EQ(StatusOf("GET", absl::StrCat(kPools, "/none")), 404);
  const Json json = *Json::Parse(Call("GET", "/sim/v1/calls")->body);
  ASSERT_EQ(json["calls"].size(), 2u);
  EXPECT_EQ(json["calls"][1]["route"].String(),
            "/loadbalancer/v1alpha1/projects/{project}/regions/{region}/"
            "backendPools/{id}");
  EXPECT_EQ(json["calls"][1]["errors"].Integer(), 1);
  EXPECT_EQ(StatusOf("DELETE", "/sim/v1/calls"), 200);
  EXPECT_EQ(Json::Parse(Call("GET", "/sim/v1/calls")->body)->At("calls").size(),
            0u);
}

TEST_F(SimulatorTest, ALostAnswerIsDoneAllTheSame) {
  Start();
  ASSERT_EQ(StatusOf("POST", "/sim/v1/faults",
                     R"({"method": "POST", "lose_answer": true})"),
            200);
  EXPECT_EQ(Call("POST", kPools, Pool("a")).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(StatusOf("POST", kPools, Pool("a")), 409);
}

TEST_F(SimulatorTest, ARefusedRequestIsNotDone) {
  Start();
  ASSERT_EQ(StatusOf("POST", "/sim/v1/faults",
                     R"({"method": "POST", "refuse": true})"),
            200);
  EXPECT_FALSE(Call("POST", kPools, Pool("a")).ok());
  EXPECT_EQ(StatusOf("POST", kPools, Pool("a")), 201);
}

TEST_F(SimulatorTest, FaultsAnswerInItsPlace) {
  Start();
  ASSERT_EQ(StatusOf("POST", "/sim/v1/faults",
                     R"({"path": "backendPools", "status": 429,
                         "retry_after_s": 7})"),
            200);
  const auto throttled = Call("GET", kPools);
  ASSERT_TRUE(throttled.ok());
  EXPECT_EQ(throttled->status, 429);
  EXPECT_EQ(FindHeader(throttled->headers, "Retry-After"), "7");
  EXPECT_EQ(StatusOf("GET", kPools), 200);
}

TEST_F(SimulatorTest, ADeletionCanBeAcceptedAndDropped) {
  Start();
  EXPECT_EQ(StatusOf("POST", kPools, Pool("a")), 201);
  EXPECT_EQ(StatusOf("POST", "/sim/v1/faults",
                     R"({"method": "DELETE", "status": 204, "body": ""})"),
            200);
  const std::string path = absl::StrCat(kPools, "/a");
  EXPECT_EQ(StatusOf("DELETE", path), 204);
  EXPECT_EQ(StatusOf("GET", path), 200);
}

TEST_F(SimulatorTest, AnotherWriterComesBetweenARequestAndItsAnswer) {
  Start();
  EXPECT_EQ(StatusOf("POST", kPools, Pool("a")), 201);
  const std::string path = absl::StrCat(kPools, "/a");
  EXPECT_EQ(StatusOf("POST", "/sim/v1/faults",
                     absl::StrCat(R"({"method": "GET", "path_end":
                         "/backendPools", "then": [{"method": "PATCH", "path":
                         ")",
                                  path, R"(", "body": {"metadata":
                         {"userLabels": {"k": "v"}}}}]})")),
            200);
  EXPECT_EQ(Call("GET", kPools)->body.find("userLabels"), std::string::npos);
  EXPECT_NE(Call("GET", path)->body.find("userLabels"), std::string::npos);
}

TEST_F(SimulatorTest, AnAnswerCanBeCut) {
  Start();
  ASSERT_EQ(StatusOf("POST", "/sim/v1/faults",
                     R"({"path": "backendPools", "cut_after": 5})"),
            200);
  EXPECT_FALSE(Call("GET", kPools).ok());
  EXPECT_EQ(StatusOf("GET", kPools), 200);
}

TEST_F(SimulatorTest, TokensCanExpireAtOnce) {
  Start();
  const std::string token = Token();
  ASSERT_EQ(StatusOf("POST", "/sim/v1/faults", R"({"expire_tokens": true})"),
            200);
  HttpRequest request{.method = "GET",
                      .url = absl::StrCat(simulator_->url(), kPools),
                      .route = kPools};
  request.headers = {{"Authorization", absl::StrCat("Bearer ", token)}};
  EXPECT_EQ(client_.Send({}, request)->status, 401);
}

TEST_F(SimulatorTest, SettingsAreShownAndChanged) {
  Start();
  EXPECT_EQ(StatusOf("PUT", "/sim/v1/settings",
                     R"({"choices": {"empty_items": "absent"}})"),
            200);
  EXPECT_EQ(Call("GET", kPools)->body, "{}");
  EXPECT_EQ(StatusOf("PUT", "/sim/v1/settings", R"({"cheese": {}})"), 400);
}

TEST_F(SimulatorTest, AStateFileBringsEverythingBack) {
  const std::string file = TempFile("state");
  std::filesystem::remove(file);
  Start({.state_file = file});
  EXPECT_EQ(StatusOf("POST", kPools, Pool("a")), 201);
  const std::string before = Call("GET", absl::StrCat(kPools, "/a"))->body;
  const std::string profile = simulator_->Credential("profile.yaml");
  const std::string refresh = profile.substr(profile.find("refreshToken"));
  const std::string token = Token();
  Start({.state_file = file});
  EXPECT_EQ(Call("GET", absl::StrCat(kPools, "/a"))->body, before);
  EXPECT_NE(simulator_->Credential("profile.yaml").find(refresh),
            std::string::npos);
  HttpRequest request{.method = "GET",
                      .url = absl::StrCat(simulator_->url(), kPools),
                      .route = kPools};
  request.headers = {{"Authorization", absl::StrCat("Bearer ", token)}};
  EXPECT_EQ(client_.Send({}, request)->status, 200);
}

TEST_F(SimulatorTest, TheWrittenCredentialsKeepAllRightsWhenRolesCount) {
  const SimulatorOptions options{
      .state_file = TempFile("state"),
      .settings = *Json::Parse(R"({"choices": {"roles": "enforced"}})")};
  std::filesystem::remove(options.state_file);
  for (const char* id : {"a", "b"}) {  // afresh, and from the state
    Start(options);
    const Json mine =
        *Json::Parse(Call("GET", "/iam/v1beta1/me/roleBindings")->body);
    ASSERT_EQ(mine["items"].size(), 1u);
    EXPECT_EQ(StatusOf("POST", kPools, Pool(id)), 201);
    const auto access = Call(
        "POST", "/iam/v1beta1/checkAccess",
        R"({"principal": "/iam/projects/demo/serviceAccounts/capi", "checks":
            [{"permission": "compute.virtualMachines.create", "resource":
              "/compute/projects/demo/regions/se-sto/virtualMachines/vm"},
             {"permission": "iam.roleBindings.create", "resource":
              "/iam/projects/demo/roleBindings/x"}]})");
    ASSERT_TRUE(access.ok());
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(
          Json::Parse(access->body)->At("results")[i]["allowed"].Bool());
    }
  }
}

TEST_F(SimulatorTest, ADamagedStateIsNamed) {
  const std::string file = TempFile("damaged");
  std::ofstream(file) << "{cheese";
  const auto simulator = Simulator::Start({.state_file = file});
  EXPECT_EQ(simulator.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(simulator.status().message().find(file), absl::string_view::npos);
}

TEST_F(SimulatorTest, RefusesABadDataPlane) {
  for (const char* block : {"10.0.0.0/16", "127.0.0.0/31", "cheese"}) {
    EXPECT_EQ(Simulator::Start({.data_plane = block}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << block;
  }
}

// A running machine behind a balancer.
class DataPlaneTest : public SimulatorTest {
 protected:
  static constexpr char kRange[] = "127.93.0.0/24";

  void SetUp() override {
    Start({.data_plane = kRange,
           .settings = *Json::Parse(
               R"({"latency_ms": {"disk_create": 4, "vm_create": 1,
                   "public_ip_create": 1, "load_balancer_create": 1,
                   "other_create": 1, "network_create": 1}})")});
    Post("networking/v1beta2", "publicIPs", "PublicIP", "ip", "{}");
    Post("compute/v1beta2", "disks", "Disk", "d",
         R"({"placement": {"zone": "a"},
             "diskSize": {"amount": 1, "unit": "GB"}})");
  }

  // `rules` are those of the machine's security group.
  void MakeMachine(const std::string& rules) {
    Post("networking/v1beta2", "securityGroups", "SecurityGroup", "g",
         absl::StrCat(
             R"({"vpcRef": "$N/virtualPrivateClouds/default-se-sto",
                 "rules": )",
             rules, "}"));
    Post("compute/v1beta2", "virtualMachines", "VirtualMachine", "m",
         R"({"computeProfileRef": "/compute/global/computeProfiles/c1a.s",
             "disks": [{"bootFrom": true, "diskRef": "$C/disks/d"}],
             "placement": {"zone": "a"},
             "networking": {"subnetRef": "$N/subnets/default-se-sto-a",
               "securityGroupSettings":
                 {"securityGroupMemberRefs": ["$N/securityGroups/g"]}}})");
    Await([this] { return !MachineAddress().empty(); });
  }

  void MakeBalancer(int port) {
    Post("loadbalancer/v1alpha1", "backendPools", "BackendPool", "pool",
         R"({"backendRefs": ["$C/virtualMachines/m"]})");
    Post("loadbalancer/v1alpha1", "backendServices", "BackendService", "s",
         absl::StrCat(R"({"port": )", port,
                      R"(, "backendPoolRef": "$L/backendPools/pool",
                 "healthCheck": {"tcp": {}, "interval": "10ms",
                                 "timeout": "1s", "targetPort": )",
                      port, "}}"));
    Post("loadbalancer/v1alpha1", "l4Routes", "L4Route", "r",
         R"({"defaultBackendServiceRef": "$L/backendServices/s"})");
    Post(
        "loadbalancer/v1alpha1", "loadBalancers", "LoadBalancer", "lb",
        absl::StrCat(
            R"({"publicIPRef": "$N/publicIPs/ip", "listeners": [
                  {"port": )",
            port, R"(, "protocol": "TCP", "routeRefs": ["$L/l4Routes/r"]}]})"));
    Await([this] { return !BalancerAddress().empty(); });
  }

  void Post(const std::string& api, const std::string& collection,
            const std::string& kind, const std::string& id, std::string spec) {
    const std::pair<std::string, std::string> names[] = {
        {"$N", "/networking/projects/demo/regions/se-sto"},
        {"$C", "/compute/projects/demo/regions/se-sto"},
        {"$L", "/loadbalancer/projects/demo/regions/se-sto"}};
    for (const auto& [name, text] : names) {
      for (size_t at; (at = spec.find(name)) != std::string::npos;) {
        spec.replace(at, 2, text);
      }
    }
    ASSERT_EQ(
        StatusOf("POST",
                 absl::StrCat("/", api, "/projects/demo/regions/se-sto/",
                              collection),
                 absl::StrCat(R"({"apiVersion": ")", api, R"(", "kind": ")",
                              kind, R"(", "metadata": {"id": ")", id,
                              R"("}, "spec": )", spec, "}")),
        201);
  }

  // Waits for changes in the cloud until `done`.
  void Await(const std::function<bool()>& done) {
    int64_t version = 1;
    std::vector<Change> changes;
    while (!done()) {
      ASSERT_TRUE(simulator_->cloud().AwaitChanges({}, version, changes));
    }
  }

  std::string BalancerAddress() {
    const auto balancer =
        simulator_->cloud().Get({Kind::kLoadBalancer, "demo", "se-sto", "lb"});
    return std::string(
        (*balancer)->status.At("networking.publicIPv4Address").String());
  }

  std::string MachineAddress() {
    const auto machine =
        simulator_->cloud().Get({Kind::kVirtualMachine, "demo", "se-sto", "m"});
    return (*machine)->phase == "Running" ? (*machine)->data_plane_address : "";
  }

  // Returns the balancer's answer, empty if it resets or does not listen yet.
  std::string Fetch(int port) {
    CurlHttpClient client;
    HttpRequest request{
        .method = "GET",
        .url = absl::StrCat("http://", BalancerAddress(), ":", port, "/")};
    const auto response =
        client.Send({.deadline = absl::Now() + absl::Seconds(10)}, request);
    return response.ok() ? response->body : "";
  }

  // Probes connect and disconnect; a request sends bytes.
  static void ServeOnce(LoopbackServer::Connection& connection) {
    if (!connection.ReadRequest().has_value()) return;
    connection.Write(LoopbackServer::Ok("from the machine"));
  }
};

TEST_F(DataPlaneTest, TheBalancerForwardsToAHealthyMember) {
  MakeMachine(R"([{"direction": "Ingress", "protocol": "TCP", "remote":
      {"vpcRef": "$N/virtualPrivateClouds/default-se-sto"}}])");
  const LoopbackServer server(ServeOnce, MachineAddress());
  MakeBalancer(server.port());
  std::string body;
  while (body.empty()) body = Fetch(server.port());
  EXPECT_EQ(body, "from the machine");
}

// D.18.
TEST_F(DataPlaneTest, BackendsMayHaveToAdmitTheClient) {
  MakeMachine(R"([{"direction": "Ingress", "protocol": "TCP", "remote":
      {"vpcRef": "$N/virtualPrivateClouds/default-se-sto"}}])");
  const LoopbackServer server(ServeOnce, MachineAddress());
  EXPECT_EQ(StatusOf("PUT", "/sim/v1/settings",
                     R"({"choices": {"load_balancer_source": "client"}})"),
            200);
  MakeBalancer(server.port());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Fetch(server.port()), "");
  EXPECT_EQ(StatusOf("PATCH",
                     "/networking/v1beta2/projects/demo/regions/se-sto/"
                     "securityGroups/g",
                     R"({"spec": {"rules": [{"direction": "Ingress", "remote":
                    {"address": {"ipAddressOrCIDR": "0.0.0.0/0"}}}]}})"),
            200);
  std::string body;
  while (body.empty()) body = Fetch(server.port());
  EXPECT_EQ(body, "from the machine");
}

TEST_F(DataPlaneTest, NothingPassesThatTheGroupsDoNotAdmit) {
  MakeMachine("[]");
  const LoopbackServer server(ServeOnce, MachineAddress());
  MakeBalancer(server.port());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Fetch(server.port()), "");
  EXPECT_EQ(StatusOf("PUT", "/sim/v1/settings",
                     R"({"choices": {"data_plane_security_groups":
                                       "ignored"}})"),
            200);
  // The data plane reads the objects again at the next change in the cloud.
  Post("networking/v1beta2", "publicIPs", "PublicIP", "other", "{}");
  std::string body;
  while (body.empty()) body = Fetch(server.port());
  EXPECT_EQ(body, "from the machine");
}

}  // namespace
}  // namespace evroc::sim
