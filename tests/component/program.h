// One of our programs as a process of its own. Not thread-safe.

#ifndef TESTS_COMPONENT_PROGRAM_H_
#define TESTS_COMPONENT_PROGRAM_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace evroc {

class Program {
 public:
  // Starts it and waits until it says that it is ready. `path` is in the
  // test's runfiles; what it logs goes to `log`, if that is not empty, else to
  // this test's output.
  Program(const std::string& path, const std::vector<std::string>& args,
          const std::string& log = "");
  // Ends it if it still runs.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Where it serves, empty if it ended before it was ready.
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

  // SIGTERM, and what exit code it gave.
  int Terminate();
  // SIGKILL.
  void Kill();
  // Waits for its end.
  int Wait();

 private:
  pid_t pid_ = -1;
  std::string address_;
};

}  // namespace evroc

#endif  // TESTS_COMPONENT_PROGRAM_H_
