#include "tests/component/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "absl/strings/str_split.h"
#include "glog/logging.h"

namespace evroc {
namespace {

std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

}  // namespace

Program::Program(const std::string& path, const std::vector<std::string>& args,
                 const std::string& log) {
  int out[2];
  CHECK_EQ(pipe2(out, O_CLOEXEC), 0);
  std::vector<const char*> argv = {path.c_str()};
  for (const std::string& arg : args) argv.push_back(arg.c_str());
  argv.push_back(nullptr);
  pid_ = fork();
  CHECK_GE(pid_, 0);
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    if (!log.empty()) {
      dup2(open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600),
           STDERR_FILENO);
    }
    execv(path.c_str(), const_cast<char* const*>(argv.data()));
    _exit(127);
  }
  close(out[1]);
  // "ready <program> <address>"
  const std::vector<std::string> words = absl::StrSplit(ReadLine(out[0]), ' ');
  if (words.size() == 3 && words[0] == "ready") address_ = words[2];
  close(out[0]);
}

Program::~Program() {
  if (pid_ > 0) Kill();
}

int Program::Wait() {
  int status = 0;
  CHECK_EQ(waitpid(pid_, &status, 0), pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int Program::Terminate() {
  kill(pid_, SIGTERM);
  return Wait();
}

void Program::Kill() {
  kill(pid_, SIGKILL);
  Wait();
}

}  // namespace evroc
