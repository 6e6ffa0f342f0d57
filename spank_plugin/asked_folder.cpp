#include "spank_plugin/asked_folder.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/container/path_text.hpp"
#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_command_line = 4 * 1024 * 1024;
constexpr std::string_view by_option = "option ";
constexpr std::string_view by_place = "place ";

/// The value that `word` and the one after it give to --chdir; nothing when it is another option.
/// getopt_long takes a long option's unambiguous beginnings.
std::optional<std::string> value_of_chdir(std::string_view word, std::string_view next) {
  constexpr std::string_view option = "--chdir", shortest = "--chd";
  if (word.starts_with("--")) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (!name.starts_with(shortest) || !option.starts_with(name)) return std::nullopt;
    return std::string(equals == std::string_view::npos ? next : word.substr(equals + 1));
  }
  if (!word.starts_with("-D")) return std::nullopt;
  return std::string(word.size() == 2 ? next : word.substr(2));
}

}  // namespace

std::string AskedFolder::to_text() const {
  return std::string(by == By::option ? by_option : by_place) + path;
}

std::optional<AskedFolder> AskedFolder::parse(std::string_view text) {
  for (const auto& [prefix, by] : {std::pair{by_option, By::option}, {by_place, By::place}}) {
    if (text.starts_with(prefix) && text.substr(prefix.size()).starts_with('/'))
      return AskedFolder{by, std::string(text.substr(prefix.size()))};
  }
  return std::nullopt;
}

AskedFolder asked_folder(const std::vector<std::string>& words,
                         const std::function<std::optional<std::string>(const char*)>& lookup,
                         const std::string& here) {
  std::optional<std::string> asked;
  // The later name wins in srun too, and its options win over both.
  for (const auto* name : {"SLURM_REMOTE_CWD", "SLURM_WORKING_DIR"}) {
    if (auto value = lookup(name); value && !value->empty()) asked = std::move(value);
  }
  const bool several_components = std::ranges::find(words, ":") != words.end();
  for (std::size_t i = 0; i < words.size() && !several_components; ++i) {
    const std::string_view next = i + 1 < words.size() ? words[i + 1] : std::string_view();
    if (auto value = value_of_chdir(words[i], next); value && !value->empty())
      asked = std::move(value);
  }
  if (!asked) return {AskedFolder::By::place, here};
  return {AskedFolder::By::option, absolute(*asked, here)};
}

std::optional<AskedFolder> folder_of_batch_job(std::string_view line,
                                               std::string_view submitted_from) {
  // The last one counts, since a job's name stands before it. A user whose comment imitates it
  // misleads nobody else.
  constexpr std::string_view start = " WorkDir=", end = " StdErr=";
  line = line.substr(0, line.find("\nJobId="));  // only the first of several components
  constexpr std::string_view between[] = {" AdminComment=", " SystemComment=", " Comment="};
  const auto from = line.rfind(start);
  if (from == std::string_view::npos) return std::nullopt;
  line.remove_prefix(from + start.size());
  const auto whole = line.find(end);  // absent: not a batch job, which has one
  if (whole == std::string_view::npos) return std::nullopt;
  line = line.substr(0, whole);
  for (const auto key : between) line = line.substr(0, line.find(key));
  const std::string path(line);
  if (!path.starts_with('/')) return std::nullopt;
  return AskedFolder{path == submitted_from ? AskedFolder::By::place : AskedFolder::By::option,
                     path};
}

std::vector<std::string> options_of_srun(std::size_t command_words) {
  const UniqueFd file(::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC));
  auto text = file ? read_all(file.get(), longest_command_line) : Result<std::string>(Error{""});
  std::vector<std::string> words;
  if (!text) return words;
  for (std::string_view rest = *text; !rest.empty();) {
    words.emplace_back(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(words.back().size() + 1, rest.size()));
  }
  words.resize(words.size() - std::min(words.size(), command_words));
  if (!words.empty()) words.erase(words.begin());
  return words;
}

}  // namespace chainer
