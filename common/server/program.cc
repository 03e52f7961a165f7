#include "common/server/program.h"

#include <malloc.h>
#include <pthread.h>

#include <csignal>
#include <iostream>
#include <string>

#include "glog/logging.h"

namespace evroc {
namespace {

sigset_t TerminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void InitProgram(absl::string_view program) {
  static const std::string* const name = new std::string(program);
  // glibc gives threads arenas of their own, up to eight for each core, and an
  // arena keeps what its threads freed, also when they have gone: with gRPC's
  // threads, which come and go with the load, memory stays at the sum of their
  // peaks. Ours wait more than they allocate, so that two arenas do.
  mallopt(M_ARENA_MAX, 2);
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(name->c_str());
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = TerminationSignals();
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &signals, nullptr), 0);
}

void AnnounceReady(absl::string_view program, absl::string_view address) {
  std::cout << "ready " << program << " " << address << std::endl;
}

void WaitForTermination() {
  const sigset_t signals = TerminationSignals();
  int received = 0;
  CHECK_EQ(sigwait(&signals, &received), 0);
  LOG(INFO) << "Stopping signal=" << received;
}

}  // namespace evroc
