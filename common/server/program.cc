#include "common/server/program.h"

#include <malloc.h>
#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <iostream>
#include <string>

#include "common/server/free_memory_trimmer.h"
#include "glog/logging.h"

namespace evroc {
namespace {

// The interval at which freed memory is returned.
constexpr timespec kHousekeeping = {.tv_sec = 10, .tv_nsec = 0};

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
  // glibc gives threads arenas of their own, up to eight per core, and an arena
  // keeps what its threads freed, even after they have ended: with gRPC's
  // varying number of threads, memory stays at the sum of their peaks. Threads
  // here wait more than they allocate, so one arena is enough.
  mallopt(M_ARENA_MAX, 1);
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
  FreeMemoryTrimmer memory;
  int received = sigtimedwait(&signals, nullptr, &kHousekeeping);
  while (received < 0) {
    CHECK(errno == EAGAIN || errno == EINTR);
    memory.Run();
    received = sigtimedwait(&signals, nullptr, &kHousekeeping);
  }
  LOG(INFO) << "Stopping signal=" << received;
}

}  // namespace evroc
