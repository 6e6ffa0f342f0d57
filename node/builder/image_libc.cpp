#include "node/builder/image_libc.hpp"

#include <algorithm>

#include "core/text_cursor.hpp"

namespace chainer::builder {
namespace {

// The loader states its release since glibc 2.33; images with an older one mostly have getconf or
// ldd.
const std::vector<std::vector<std::string>> questions {
#if defined(__aarch64__)
  {"/lib/ld-linux-aarch64.so.1", "--version"},
#else
  {"/lib64/ld-linux-x86-64.so.2", "--version"},
#endif
      {"/usr/bin/getconf", "GNU_LIBC_VERSION"}, {
    "/usr/bin/ldd", "--version"
  }
};

bool is_release(std::string_view word) {
  TextCursor text(word);
  return !text.take_while(is_digit).empty() && text.take(".") &&
         !text.take_while(is_digit).empty() && text.at_end();
}

}  // namespace

std::string glibc_release_in(std::string_view output) {
  auto line = output.substr(0, output.find('\n'));
  // musl's ldd states a release too, but musl's.
  if (line.find("musl") != std::string_view::npos) return {};
  while (line.ends_with('.') || line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
  const auto word = line.substr(line.rfind(' ') + 1);
  return is_release(word) ? std::string(word) : std::string();
}

Result<std::string> glibc_of_image(ImageExec& exec) {
  for (const auto& question : questions) {
    const auto answer = exec.run({question, {"PATH=/usr/bin:/bin", "LC_ALL=C"}}, [](auto) {});
    // A program that could not be started is missing, or is not for this machine.
    if (!answer && answer.error().error_number == EPIPE) return answer.error();
    if (!answer || !answer->succeeded()) continue;
    if (auto release = glibc_release_in(answer->out); !release.empty()) return release;
  }
  return Error{"the image has no glibc that says its release, and conda packages need one",
               "use an image with glibc, such as Debian's; or set CONDA_OVERRIDE_GLIBC to its "
               "release",
               0, Fault::user};
}

}  // namespace chainer::builder
