#include "node/gpu/linker_cache.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/spawn.hpp"
#include "core/take_part.hpp"
#include "core/trimmed.hpp"

namespace chainer::gpu {
namespace {

constexpr std::size_t largest_print = 64 * 1024 * 1024;
constexpr char ldconfig[] = "/sbin/ldconfig";

}  // namespace

std::vector<CachedLibrary> parse_linker_cache(std::string_view printed) {
  // 	libcuda.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libcuda.so.1
  constexpr std::string_view arrow = " => ";
  std::vector<CachedLibrary> libraries;
  while (!printed.empty()) {
    const auto line = trimmed(take_line(printed));
    const auto name_end = line.find(" (");
    const auto at = line.rfind(arrow);
    if (name_end == std::string_view::npos || at == std::string_view::npos || at < name_end)
      continue;
    libraries.push_back(
        {std::string(line.substr(0, name_end)), std::string(line.substr(at + arrow.size()))});
  }
  return libraries;
}

Result<std::string> print_linker_cache() {
  TRY_ASSIGN(auto pipe, Pipe::create());
  Spawn program;
  program.open("/dev/null", O_RDONLY, STDIN_FILENO);
  program.give(pipe.write_end.get(), STDOUT_FILENO);
  auto child = program.start({ldconfig, "-p"}, {"LC_ALL=C"});
  if (!child) return std::move(child).error().within("cannot ask the linker's cache");
  pipe.write_end.reset();
  auto printed = read_all(pipe.read_end.get(), largest_print);
  pipe.read_end.reset();
  const int code = shell_exit_code(wait_for_end(*child));
  if (!printed) return std::move(printed).error().within(ldconfig);
  if (code != 0)
    return Error{std::string(ldconfig) + " -p ended with exit code " + std::to_string(code), ""};
  return printed;
}

bool is_drivers_library(std::string_view name) {
  constexpr std::string_view named[] = {"libcuda",       "libcudadebugger",     "libnvcuvid",
                                        "libnvoptix",    "libvdpau_nvidia",     "libEGL_nvidia",
                                        "libGLX_nvidia", "libGLESv1_CM_nvidia", "libGLESv2_nvidia"};
  const auto stem = name.substr(0, name.find(".so"));
  if (stem.size() == name.size()) return false;
  // Of the programs that make containers, and not of the driver.
  if (stem.starts_with("libnvidia-container")) return false;
  return stem.starts_with("libnvidia-") || std::ranges::find(named, stem) != std::end(named);
}

}  // namespace chainer::gpu
