#include "submit/cli/site_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "submit/cli/explanation.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/site_keys.hpp"
#include "submit/toml/toml_text.hpp"

namespace chainer::cli {
namespace {

constexpr std::size_t widest_column = 56;

constexpr std::string_view site_page_head =
    "# The site file\n"
    "\n"
    "<!-- Written from submit/input/site_keys.cpp by its test: UPDATE_GOLDEN=1 writes it again. "
    "-->\n"
    "\n"
    "What chainer-submit knows of a site is one TOML file: `--site FILE`, else "
    "`$CHAINER_SUBMIT_SITE`, else\n"
    "`/etc/chainer/site.toml`. Nobody but its owner may write it. A size is `<n>[b,k,m,g]` in "
    "units of 1024.\n"
    "\n"
    "- `chainer-submit site show` shows every value that is in force, with the file and line that "
    "it comes from.\n"
    "- `chainer-submit check FILE` also names what is wrong in this file, all of it at once; "
    "`chainer-submit doctor`\n"
    "  holds it against the cluster: see [Is it well?](doctor.md).\n"
    "- `chainer-submit schema --site` writes a JSON Schema for editors.\n"
    "- [site.toml](../site-config/site.toml) explains itself, and begins with the least that "
    "works; "
    "whole ones are\n"
    "  for [a cluster of CPUs](../site-config/examples/cpu-cluster.toml), [one of several GPUs]"
    "(../site-config/examples/gpu-cluster.toml)\n"
    "  and [two partitions of which one is preempted](../site-config/examples/federation.toml).\n"
    "\n"
    "What the site forbids, no estimator can have by another spelling: `[slurm] extra` is read as "
    "sbatch reads it,\n"
    "abbreviations and clusters of letters included, and `SBATCH_*` variables do not reach sbatch. "
    "A person can still write\n"
    "a script by hand: limits that have to hold are Slurm's own, in partitions, accounts and "
    "QOSs.\n";

}  // namespace

std::string site_page() {
  std::string text(site_page_head);
  std::string_view section = "-";
  for (const auto& key : input::all_site_keys()) {
    const auto& info = key.info;
    if (key.section != section) {
      section = key.section;
      const auto sentence = input::sentence_of_site_table(section);
      text += section.empty() ? "\n## The top level\n"
                              : fmt::format("\n## [{}]\n\n{}\n", section, sentence);
      text += "\n| key | type | default | |\n|---|---|---|---|\n";
    }
    text += fmt::format("| {} | {} | {} | {} |\n", info.name, type_and_unit(info),
                        input::text_of(info.fallback), info.sentence);
  }
  return text;
}

std::string site_values_text(const std::vector<input::SiteValue>& values) {
  std::vector<std::pair<std::string, std::string>> lines;
  std::size_t width = 0;
  for (const auto& [key, value, is_default] : values) {
    const auto& place = value.place;
    lines.emplace_back(fmt::format("{} = {}", key, toml::toml_text(value.data)),
                       is_default ? "default" : fmt::format("{}:{}", place.file, place.at.line));
    width = std::max(width, std::min(lines.back().first.size(), widest_column));
  }
  std::string text;
  for (const auto& [value, place] : lines) text += fmt::format("{:<{}}  {}\n", value, width, place);
  return text;
}

}  // namespace chainer::cli
