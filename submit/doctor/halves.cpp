#include "submit/doctor/halves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/trimmed.hpp"
#include "submit/run/cluster_facts.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::doctor {
namespace {

constexpr std::string_view end_of_half = "== ended with ";

std::string_view headline_of(Place place) {
  return place == Place::outside ? "== outside" : "== inside";
}

/// What srun says of an image that is being prepared.
bool is_progress(std::string_view line) {
  return line.starts_with("chainer: node ") &&
         (line.find(": ready in ") != line.npos || line.ends_with(" MB"));
}

/// What Slurm says of a task that has ended, and of the step that ends with it. It may come before
/// the line of slurmstepd's or the task's own that says why: they arrive by different ways.
bool is_slurm_on_an_end(std::string_view line) {
  return (line.starts_with("srun: error: ") && line.find("Exited with exit code") != line.npos) ||
         line.starts_with("srun: launch/slurm: ") || line.starts_with("srun: Job step aborted") ||
         (line.starts_with("slurmstepd") && line.find("*** STEP ") != line.npos);
}

}  // namespace

std::string script_of_half(Place place, const std::vector<std::string>& step) {
  return fmt::format("{}\n{} 2>&1\ncode=$?\necho \"{}$code\"\n",
                     run::shell_words({"echo", std::string(headline_of(place))}),
                     run::shell_words(step), end_of_half);
}

std::vector<Half> halves_in(std::string_view out, Place place) {
  std::vector<Half> halves;
  const auto begin = std::string(headline_of(place)) + "\n";
  for (auto from = out.find(begin); from != out.npos; from = out.find(begin)) {
    out.remove_prefix(from + begin.size());
    const auto end = std::min(out.find(end_of_half), out.size());
    Half half{std::string(out.substr(0, end))};
    out.remove_prefix(std::min(end + end_of_half.size(), out.size()));
    std::from_chars(out.data(), out.data() + out.size(), half.code);
    halves.push_back(std::move(half));
  }
  return halves;
}

std::string words_of(const Half& half) {
  std::string_view end;
  for (const auto line : run::split(half.said, '\n')) {
    const auto words = trimmed(line);
    if (words.empty() || is_progress(line)) continue;
    if (!is_slurm_on_an_end(words)) return std::string(words);
    if (end.empty()) end = words;
  }
  if (!end.empty()) return std::string(end);
  return fmt::format("it ends with {} and says nothing", half.code);
}

bool lacks_its_libc(std::string_view said) {
  constexpr std::string_view of_the_linker = "GLIBC_",
                             of_the_plugin = "which is not in the container";
  return said.find(of_the_linker) != said.npos || said.find(of_the_plugin) != said.npos;
}

std::string mount_of_program(const std::string& path) {
  // A backslash keeps a colon or a comma in a path from being one of the option's own.
  std::string text;
  for (const char c : path) {
    if (c == ':' || c == ',' || c == '\\') text += '\\';
    text += c;
  }
  return fmt::format("--chainer-mount={0}:{0}:ro", text);
}

}  // namespace chainer::doctor
