// Starts the image's ENTRYPOINT with a command after it. Slurm starts this program in place of the
// command, as the job's user, in the container: the plugin can exchange the first word of a
// command, but cannot add one.

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/container/entrypoint.hpp"
#include "core/container/image_environment.hpp"

using namespace chainer;

namespace {

constexpr int cannot_start = 126;  // as shells have it

int failed(const std::string& what) {
  std::fprintf(stderr, "chainer: %s\n", what.c_str());
  return cannot_start;
}

}  // namespace

int main(int count, char** arguments) {
  const char* command = std::getenv(command_variable);
  if (command == nullptr || count < 1)
    return failed("this program is for srun --chainer-entrypoint to start");
  const auto image = read_environment_conf(image_conf_path);
  if (!image) return failed(image.error().what);
  auto words = image->entrypoint.value_or(std::vector<std::string>());
  words.emplace_back(command);
  words.insert(words.end(), arguments + 1, arguments + count);
  ::unsetenv(command_variable);

  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  return failed("cannot start the image's entrypoint " + words[0] + ": " + std::strerror(errno));
}
