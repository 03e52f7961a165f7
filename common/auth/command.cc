#include "common/auth/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace evroc {
namespace {

// How soon the end of the context is noticed.
constexpr int kLookMilliseconds = 50;

std::vector<std::string> Environment(const Command& command) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    if (!command.env.contains(name)) entries.emplace_back(text);
  }
  for (const auto& [name, value] : command.env) {
    entries.push_back(absl::StrCat(name, "=", value));
  }
  return entries;
}

// A null-terminated array for posix_spawn.
std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

absl::StatusOr<pid_t> Spawn(const Command& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  // The command must not inherit the blocked termination signals.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const absl::Cleanup destroy = [&] {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  };
  std::vector<std::string> args = command.args;
  args.insert(args.begin(), command.program);
  std::vector<std::string> environment = Environment(command);
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, command.program.c_str(), &actions, &attributes,
                   Pointers(args).data(), Pointers(environment).data());
  if (error != 0) {
    return absl::FailedPreconditionError("the command can't be started");
  }
  return pid;
}

// Reads the pipe until it is closed.
absl::StatusOr<std::string> ReadAll(const CallContext& context, int fd,
                                    size_t max_bytes, Clock& clock) {
  std::string output;
  std::array<char, 4096> piece;
  while (true) {
    EVROC_RETURN_IF_ERROR(CheckAlive(context, clock));
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, kLookMilliseconds) <= 0) continue;
    const ssize_t got = read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return output;
    output.append(piece.data(), got);
    if (output.size() > max_bytes) {
      return absl::FailedPreconditionError("the command prints too much");
    }
  }
}

// Returns the wait status of a command that has exited.
absl::StatusOr<int> AwaitEnd(const CallContext& context, pid_t pid,
                             Clock& clock) {
  // Most commands exit right after they have closed their output.
  for (int pause = 1;; pause = std::min(2 * pause, kLookMilliseconds)) {
    int state = 0;
    const pid_t ended = waitpid(pid, &state, WNOHANG);
    if (ended == pid) return state;
    if (ended < 0 && errno != EINTR) {
      return absl::FailedPreconditionError("the command can't be waited for");
    }
    EVROC_RETURN_IF_ERROR(CheckAlive(context, clock));
    poll(nullptr, 0, pause);
  }
}

void Kill(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

absl::StatusOr<std::string> RunCommand(const CallContext& context,
                                       const Command& command, size_t max_bytes,
                                       Clock& clock) {
  std::array<int, 2> pipe_fds;
  if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0) {
    return absl::FailedPreconditionError("no pipe for the command");
  }
  const absl::StatusOr<pid_t> pid = Spawn(command, pipe_fds[1]);
  close(pipe_fds[1]);
  const absl::Cleanup close_pipe = [&] { close(pipe_fds[0]); };
  EVROC_RETURN_IF_ERROR(pid.status());
  absl::StatusOr<std::string> output =
      ReadAll(context, pipe_fds[0], max_bytes, clock);
  const absl::StatusOr<int> state =
      output.ok() ? AwaitEnd(context, *pid, clock) : output.status();
  if (!state.ok()) {
    Kill(*pid);
    return state.status();
  }
  if (!WIFEXITED(*state) || WEXITSTATUS(*state) != 0) {
    return absl::FailedPreconditionError("the command has failed");
  }
  return output;
}

}  // namespace evroc
