// evroc-sim: a simulated Evroc Cloud on one HTTP port.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/server/flag_set.h"
#include "common/server/program.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/simulator.h"

namespace {

constexpr char kProgram[] = "evroc-sim";

struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string s3_listen;
  std::string settings = "{}";
  evroc::sim::SimulatorOptions options;
};

void Register(evroc::FlagSet& set, Flags& flags) {
  evroc::sim::SimulatorOptions& options = flags.options;
  set.Add("listen", &flags.listen, "HOST:PORT to serve on; port 0 is any");
  set.Add(
      "s3-listen", &flags.s3_listen,
      "HOST:PORT of the S3 endpoint, with the same certificate; empty: none");
  set.Add("state", &options.state_file,
          "file that keeps the inventory over a restart");
  set.Add("data-plane", &options.data_plane,
          "IPv4 block inside 127.0.0.0/8 in which load balancers forward");
  set.Add("credentials-out", &options.credentials_out,
          "folder to write credentials to that work against this simulator");
  set.Add("organization", &options.organisation,
          "organisation of the credentials, and KCP workspace");
  set.Add("project", &options.project, "project of the credentials");
  set.Add("settings", &flags.settings,
          "JSON with settings other than the defaults, as GET "
          "/sim/v1/settings shows them");
  set.Add("call-log", &options.call_log, "file that gets a line for each call");
  set.Add("redact-call-log", &options.redact_call_log,
          "leave bodies out of the call log");
  set.Add("tls-cert", &options.listener.tls_certificate,
          "PEM file with the certificate to serve TLS with");
  set.Add("tls-key", &options.listener.tls_key, "PEM file with its key");
  set.Add("client-ca", &options.listener.client_ca,
          "PEM file; every client must show a certificate signed by it");
}

absl::Status ParseListener(const std::string& flag, const std::string& text,
                           evroc::sim::Listener& listener) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos ||
      !absl::SimpleAtoi(text.substr(colon + 1), &listener.port)) {
    return absl::InvalidArgumentError(absl::StrCat(flag, " is HOST:PORT"));
  }
  listener.host = text.substr(0, colon);
  return absl::OkStatus();
}

absl::Status Complete(Flags& flags) {
  EVROC_RETURN_IF_ERROR(
      ParseListener("--listen", flags.listen, flags.options.listener));
  if (!flags.s3_listen.empty()) {
    EVROC_RETURN_IF_ERROR(ParseListener("--s3-listen", flags.s3_listen,
                                        flags.options.s3_listener.emplace()));
  }
  EVROC_ASSIGN_OR_RETURN(flags.options.settings,
                         evroc::Json::Parse(flags.settings));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  evroc::InitProgram(kProgram);
  Flags flags;
  evroc::FlagSet set(kProgram,
                     "A simulated Evroc Cloud, for tests and trials.");
  Register(set, flags);
  set.ParseOrExit(argc, argv, [&] { return Complete(flags); });
  const auto simulator = evroc::sim::Simulator::Start(flags.options);
  if (!simulator.ok()) {
    std::cerr << kProgram << ": " << simulator.status().message() << "\n";
    return absl::IsInvalidArgument(simulator.status()) ? 2 : 1;
  }
  if (const std::string s3 = (*simulator)->s3_address(); !s3.empty()) {
    evroc::AnnounceReady("evroc-sim-s3", s3);
  }
  evroc::AnnounceReady(kProgram, (*simulator)->address());
  evroc::WaitForTermination();
  return EXIT_SUCCESS;
}
