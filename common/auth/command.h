// Runs a command and takes what it prints. Thread-safe.

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
  std::map<std::string, std::string> env;  // beside this process's own
};

// Its standard output, once it has ended with exit code 0; standard input is
// empty, standard error is that of this process. FAILED_PRECONDITION if it
// can't be started, ends otherwise or prints over `max_bytes`; CANCELLED and
// DEADLINE_EXCEEDED when the context ends, which kills it, also if it has
// closed its output and goes on.
absl::StatusOr<std::string> RunCommand(const CallContext& context,
                                       const Command& command, size_t max_bytes,
                                       Clock& clock);

}  // namespace evroc

#endif  // COMMON_AUTH_COMMAND_H_
