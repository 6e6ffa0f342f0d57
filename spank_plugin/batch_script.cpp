#include "spank_plugin/batch_script.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "core/fd_io.hpp"
#include "core/take_part.hpp"
#include "core/trimmed.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/program.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_script = 4 * 1024 * 1024;  // max_script_size of slurm.conf

std::string text_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto text = file ? read_all(file.get(), largest_script) : Result(std::string());
  return text ? *std::move(text) : std::string();
}

bool has_slurms_configuration(const std::optional<std::string>& named) {
  if (named && ::access(named->c_str(), R_OK) == 0) return true;
  constexpr const char* places[] = {"/etc/slurm/slurm.conf", "/run/slurm/conf/slurm.conf"};
  return std::ranges::any_of(places, [](const char* place) { return ::access(place, R_OK) == 0; });
}

Error calls_srun(int line, const std::string& what_is_missing) {
  return {
      "line " + std::to_string(line) + " of the script calls srun, and " + what_is_missing,
      "leave --chainer-batch out: the script stays on the host then, and its sruns start in the "
      "image",
      0, Fault::user};
}

}  // namespace

std::optional<int> line_that_calls_srun(std::string_view script) {
  int number = 0;
  while (!script.empty()) {
    ++number;
    const auto line = take_line(script);
    const auto words = trimmed(line);
    if (words.substr(0, words.find_first_of(" \t;&|")) == "srun") return number;
  }
  return std::nullopt;
}

std::optional<Error> missing_for_srun(
    const std::string& script,
    const std::function<std::optional<std::string>(const std::string&)>& lookup) {
  const auto line = line_that_calls_srun(text_of(script));
  if (!line) return std::nullopt;
  if (place_of_program("srun", lookup("PATH").value_or("")).empty())
    return calls_srun(*line, "the image has none");
  if (!has_slurms_configuration(lookup("SLURM_CONF")))
    return calls_srun(*line, "the container has no slurm.conf for it");
  return std::nullopt;
}

}  // namespace chainer
