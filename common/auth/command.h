// Runs a command and captures its standard output. Thread-safe.

#ifndef COMMON_AUTH_COMMAND_H_
#define COMMON_AUTH_COMMAND_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"

namespace evroc {

struct Command {
  std::string program;  // looked up in PATH unless it has a slash
  std::vector<std::string> args;
  std::map<std::string, std::string> env;  // added to this process's own
};

// Returns the command's standard output once it has exited with code 0;
// standard input is empty, standard error is this process's.
// FAILED_PRECONDITION if it can't be started, exits otherwise or prints more
// than `max_bytes`; CANCELLED and DEADLINE_EXCEEDED when the context ends,
// which kills the command even if it has closed its output.
absl::StatusOr<std::string> RunCommand(const CallContext& context,
                                       const Command& command, size_t max_bytes,
                                       Clock& clock);

}  // namespace evroc

#endif  // COMMON_AUTH_COMMAND_H_
