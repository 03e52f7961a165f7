// Runs one of this project's programs as a child process. Not thread-safe.

#ifndef TESTS_COMPONENT_PROGRAM_H_
#define TESTS_COMPONENT_PROGRAM_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace evroc {

class Program {
 public:
  // Starts it and waits until it is ready. `path` is in the test's runfiles;
  // its log goes to `log`, if that is not empty, else to this test's output.
  Program(const std::string& path, const std::vector<std::string>& args,
          const std::string& log = "");
  // Ends it if it is still running.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Its serving address, empty if it ended before it was ready.
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

  // Sends SIGTERM and returns the exit code.
  int Terminate();
  // Sends SIGKILL.
  void Kill();
  // Waits until it ends and returns the exit code.
  int Wait();

 private:
  pid_t pid_ = -1;
  std::string address_;
};

}  // namespace evroc

#endif  // TESTS_COMPONENT_PROGRAM_H_
