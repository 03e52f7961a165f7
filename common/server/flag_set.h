// Command-line flags of one program, parsed by getopt_long: --name=value,
// --name value, and --name / --no-name for booleans.
//
// Not thread-safe; used in main before anything else runs.

#ifndef COMMON_SERVER_FLAG_SET_H_
#define COMMON_SERVER_FLAG_SET_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evroc {

class FlagSet {
 public:
  // `program` and `summary` start the help text.
  FlagSet(absl::string_view program, absl::string_view summary);

  // Registers a flag. `*value` holds the default, which the help text shows,
  // and receives what is parsed; it must outlive Parse.
  void Add(absl::string_view name, std::string* value, absl::string_view help);
  void Add(absl::string_view name, bool* value, absl::string_view help);
  void Add(absl::string_view name, int* value, absl::string_view help);
  void Add(absl::string_view name, double* value, absl::string_view help);
  // As absl::ParseDuration parses it: "300ms", "10m".
  void Add(absl::string_view name, absl::Duration* value,
           absl::string_view help);

  // INVALID_ARGUMENT naming the flag for an unknown flag, a bad value or a
  // stray argument. A leading --help makes help_requested() true.
  absl::Status Parse(int argc, char** argv);

  bool help_requested() const { return help_requested_; }
  std::string HelpText() const;

  // What every program's main does: parses; prints the help text and exits 0;
  // or prints the error to stderr and exits 2.
  void ParseOrExit(int argc, char** argv);

 private:
  struct Flag {
    std::string name;
    std::string help;
    std::string default_text;
    bool is_bool = false;
    std::function<absl::Status(absl::string_view)> set;
  };

  void AddFlag(Flag flag);
  // Handles the option that getopt_long found at `index`; `text` is null if it
  // has no value.
  absl::Status Take(size_t index, const char* text);

  std::string program_;
  std::string summary_;
  std::vector<Flag> flags_;
  bool help_requested_ = false;
};

}  // namespace evroc

#endif  // COMMON_SERVER_FLAG_SET_H_
