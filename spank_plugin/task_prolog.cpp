#include "spank_plugin/task_prolog.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "core/fd_io.hpp"
#include "core/trimmed.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/path_text.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_slurm_conf = 4 * 1024 * 1024;

/// The program of a "#!" line; empty when there is none to be read.
std::string interpreter_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 256> head{};  // BINPRM_BUF_SIZE: the kernel reads no more either
  const ssize_t got = file ? ::read(file.get(), head.data(), head.size()) : -1;
  std::string_view line(head.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (!line.starts_with("#!")) return {};
  line = line.substr(2, line.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t\r")));
}

Error cannot_run(const std::string& prolog, const std::string& missing, int error_number) {
  return Error::from_errno(
             "cannot run the site's TaskProlog " + prolog + " in the container: " + missing,
             error_number)
      .with_hint("use an image that has it, or ask an administrator to make it a static program");
}

std::string text_of_slurm_conf() {
  const char* named = std::getenv("SLURM_CONF");
  // Where Debian's and RPM packages have it, and where slurmd keeps what the controller sent.
  for (const char* path : {named, "/etc/slurm/slurm.conf", "/run/slurm/conf/slurm.conf"}) {
    if (path == nullptr) continue;
    const UniqueFd file(::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file) continue;
    auto text = read_all(file.get(), largest_slurm_conf);
    return text ? *std::move(text) : std::string();
  }
  return {};
}

bool is_shown(const std::string& path, const PluginConf& conf) {
  const auto shows = [&](const std::string& folder) { return lies_in(path, folder); };
  return path == conf.task_prolog || std::ranges::any_of(conf.binds, shows) ||
         std::ranges::any_of(conf.binds_if_present, shows);
}

}  // namespace

std::string task_prolog_of(std::string_view slurm_conf) {
  constexpr std::string_view key = "taskprolog=";
  std::string prolog;  // as for Slurm, the last line wins
  while (!slurm_conf.empty()) {
    const auto end = slurm_conf.find('\n');
    auto line = trimmed(slurm_conf.substr(0, end));
    slurm_conf.remove_prefix(end == std::string_view::npos ? slurm_conf.size() : end + 1);
    const bool is_key =
        line.size() > key.size() &&
        std::ranges::equal(line.substr(0, key.size()), key, {},
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (is_key) prolog = line.substr(key.size(), line.find_first_of(" \t#") - key.size());
  }
  return prolog;
}

Result<void> check_task_prolog_is_known(const PluginConf& conf) {
  const auto prolog = task_prolog_of(text_of_slurm_conf());
  if (prolog.empty() || is_shown(prolog, conf)) return {};
  return Error{"slurm.conf has TaskProlog=" + prolog +
                   ", which plugin.conf does not know: it would be missing in the container",
               "an administrator must add 'task_prolog " + prolog + "' to plugin.conf"};
}

Result<void> check_task_prolog(const std::string& path) {
  if (path.empty()) return {};
  if (::access(path.c_str(), X_OK) != 0) return cannot_run(path, path, errno);
  const std::string interpreter = interpreter_of(path);
  if (!interpreter.empty() && ::access(interpreter.c_str(), X_OK) != 0)
    return cannot_run(path, interpreter, errno);
  return {};
}

}  // namespace chainer
