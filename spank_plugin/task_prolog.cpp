#include "spank_plugin/task_prolog.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "core/container/path_text.hpp"
#include "core/fd_io.hpp"
#include "core/take_part.hpp"
#include "core/trimmed.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_slurm_conf = 4 * 1024 * 1024;

/// The program of a "#!" line; empty when none can be read.
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

/// Empty where it cannot be read.
std::string text_of_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto text = file ? read_all(file.get(), largest_slurm_conf) : Result(std::string());
  return text ? *std::move(text) : std::string();
}

/// Where Debian's and RPM packages put slurm.conf, and where slurmd keeps what the controller sent.
std::string path_of_slurm_conf() {
  const char* named = std::getenv("SLURM_CONF");
  for (const char* path : {named, "/etc/slurm/slurm.conf", "/run/slurm/conf/slurm.conf"}) {
    if (path != nullptr && ::access(path, R_OK) == 0) return path;
  }
  return {};
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Takes the next line off `text`, together with its continuation lines (a backslash ends each but
/// the last), and without a comment.
std::string next_line(std::string_view& text) {
  std::string line;
  bool goes_on = true;
  while (goes_on && !text.empty()) {
    auto part = take_line(text);
    if (part.ends_with('\r')) part.remove_suffix(1);
    goes_on = part.ends_with('\\');
    if (goes_on) part.remove_suffix(1);
    line += part;
  }
  return line.substr(0, line.find('#'));
}

/// Reads one of Slurm's files as Slurm does: the last value of a key wins, names of keys ignore
/// case, and an Include stands for what is in that file.
class SlurmConf {
 public:
  explicit SlurmConf(const ReadFile& read) : read_(read) {}

  void look_through(std::string_view text, const std::string& path, int depth = 0) {
    while (!text.empty()) {
      const auto line = next_line(text);
      const auto words = trimmed(line);
      constexpr std::string_view include = "include";
      if (words.size() > include.size() && is_space(words[include.size()]) &&
          lower_case(std::string(words.substr(0, include.size()))) == include) {
        if (depth < deepest_include)
          take_in(trimmed(words.substr(include.size())), parent_of(path), depth);
      } else {
        take_pairs(words);
      }
    }
  }

  std::string task_prolog() const { return task_prolog_; }

 private:
  static constexpr int deepest_include = 16;

  static bool is_space(char c) { return c == ' ' || c == '\t'; }

  void take_in(std::string_view words, const std::string& folder, int depth) {
    std::string name(words.substr(0, words.find_first_of(" \t")));
    if (const auto at = name.find("%c"); at != std::string::npos) name.replace(at, 2, cluster_);
    const auto path = absolute(name, folder);
    look_through(read_(path), path, depth + 1);
  }

  /// `Key=Value Key = "a value"`: what Slurm takes for pairs.
  void take_pairs(std::string_view words) {
    while (!words.empty()) {
      const auto equals = words.find('=');
      if (equals == std::string_view::npos) return;
      const auto before = trimmed(words.substr(0, equals));
      const auto key = before.substr(before.find_last_of(" \t") + 1);
      words = trimmed(words.substr(equals + 1));
      const bool is_quoted = words.starts_with('"');
      if (is_quoted) words.remove_prefix(1);
      const auto end = words.find_first_of(is_quoted ? "\"" : " \t");
      const auto value = words.substr(0, end);
      words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
      take(lower_case(std::string(key)), std::string(value));
    }
  }

  void take(const std::string& key, const std::string& value) {
    if (key == "taskprolog") task_prolog_ = value;
    if (key == "clustername") cluster_ = lower_case(value);
  }

  const ReadFile& read_;
  std::string cluster_{}, task_prolog_{};
};

bool is_shown(const std::string& path, const PluginConf& conf) {
  const auto shows = [&](const std::string& folder) { return lies_in(path, folder); };
  return path == conf.task_prolog || std::ranges::any_of(conf.binds, shows) ||
         std::ranges::any_of(conf.binds_if_present, shows);
}

}  // namespace

std::string task_prolog_of(std::string_view slurm_conf, const std::string& path,
                           const ReadFile& read) {
  SlurmConf conf(read);
  conf.look_through(slurm_conf, path);
  return conf.task_prolog();
}

Result<void> check_task_prolog_is_known(const PluginConf& conf) {
  const auto path = path_of_slurm_conf();
  const auto prolog = task_prolog_of(text_of_file(path), path, text_of_file);
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
