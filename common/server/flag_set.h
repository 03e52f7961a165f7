// Command-line flags of one program, parsed by CLI11: --name=value,
// --name value, and --name / --no-name for booleans. The last of a repeated
// flag counts. CLI11 throws; FlagSet does not.
//
// Not thread-safe; used in main before anything else runs.

#ifndef COMMON_SERVER_FLAG_SET_H_
#define COMMON_SERVER_FLAG_SET_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace CLI {
class App;
}  // namespace CLI

namespace evroc {

class FlagSet {
 public:
  // `program` and `summary` start the help text.
  FlagSet(absl::string_view program, absl::string_view summary);
  ~FlagSet();

  // Registers a flag. `*value` holds the default, which the help text shows,
  // and receives what is parsed; it must outlive Parse. A name that is taken or
  // malformed ends the program.
  void Add(absl::string_view name, std::string* value,
           absl::string_view help) noexcept;
  void Add(absl::string_view name, bool* value,
           absl::string_view help) noexcept;
  void Add(absl::string_view name, int* value, absl::string_view help) noexcept;
  void Add(absl::string_view name, double* value,
           absl::string_view help) noexcept;
  // As absl::ParseDuration reads it: "300ms", "10m".
  void Add(absl::string_view name, absl::Duration* value,
           absl::string_view help) noexcept;

  // INVALID_ARGUMENT naming the flag for an unknown flag, a bad value or a
  // stray argument. --help makes help_requested() true, unless a value before
  // it is bad.
  absl::Status Parse(int argc, char** argv);

  bool help_requested() const { return help_requested_; }
  std::string HelpText() const;

  // Parses, as every program's main does; prints the help text and exits 0 if
  // it is requested, or prints the error to stderr and exits 2. So does an
  // error of `check`, which looks at the parsed values.
  void ParseOrExit(int argc, char** argv,
                   const std::function<absl::Status()>& check = nullptr);

 private:
  const std::string program_;
  const std::unique_ptr<CLI::App> app_;
  bool help_requested_ = false;
};

// INVALID_ARGUMENT: "--<flag> <what>".
absl::Status BadFlag(absl::string_view flag, absl::string_view what);

}  // namespace evroc

#endif  // COMMON_SERVER_FLAG_SET_H_
