// The common frame of all programs: logging to stderr, the "ready" line on
// stdout, and an orderly end on SIGTERM or SIGINT.

#ifndef COMMON_SERVER_PROGRAM_H_
#define COMMON_SERVER_PROGRAM_H_

#include "absl/strings/string_view.h"

namespace evroc {

// Call first in main, before any thread starts: sets up glog (stderr, one line
// for each message, no stack traces of user errors), ignores SIGPIPE and
// blocks SIGTERM and SIGINT in this and all later threads.
void InitProgram(absl::string_view program);

// Prints the line "ready <program> <address>" on stdout, which scripts wait
// for, and flushes it.
void AnnounceReady(absl::string_view program, absl::string_view address);

// Blocks until SIGTERM or SIGINT arrives; meanwhile returns freed memory.
void WaitForTermination();

}  // namespace evroc

#endif  // COMMON_SERVER_PROGRAM_H_
