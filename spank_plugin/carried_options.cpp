#include "spank_plugin/carried_options.hpp"

#include <algorithm>

#include "core/take_part.hpp"

namespace chainer {
namespace {

// The kernel refuses to start a program with a variable of 128 KiB, its name included.
constexpr std::size_t longest_text = 96 * 1024;
constexpr std::size_t longest_digest_line = 128;
constexpr std::string_view of_variable = "variable ";
constexpr std::string_view digest = "digest";

const char* prefix_of(Origin origin) {
  return origin == Origin::variable ? of_variable.data() : "";
}

Error too_long() {
  return {
      "the --chainer options are longer than " + std::to_string(longest_text) + " bytes together",
      "name fewer mounts, or shorter paths", 0, Fault::user};
}

Error malformed(std::string_view name) {
  return {"the job's options name '" + std::string(name) + "', which this node does not know",
          "an administrator must install the same version of chainer-submit everywhere", 0,
          Fault::node};
}

Result<void> read_line(std::string_view line, RawOptions& options) {
  const auto origin = line.starts_with(of_variable) ? Origin::variable : Origin::job;
  if (origin == Origin::variable) line.remove_prefix(of_variable.size());
  const auto equals = std::min(line.find('='), line.size());
  const auto name = line.substr(0, equals);
  const auto value = line.substr(std::min(equals + 1, line.size()));
  if (name == digest) {
    options.set_resolved(std::string(value));
    return {};
  }
  const auto* spec = std::ranges::find_if(
      option_specs, [&](const OptionSpec& known) { return known.name == name; });
  if (spec == option_specs.end()) return malformed(name.substr(0, 64));
  options.give(spec->option, value, origin);
  return {};
}

}  // namespace

Result<std::string> carried_text(const RawOptions& options) {
  std::string text;
  const auto add = [&](std::string_view prefix, std::string_view name, std::string_view value) {
    text.append(prefix).append(name).append("=").append(value).append("\n");
  };
  for (const auto& spec : option_specs) {
    if (!options.is_given(spec.option)) continue;
    const auto* prefix = prefix_of(options.origin_of(spec.option));
    if (spec.option == Option::mount && options.has(Option::mount)) {
      for (const auto& mount : options.mounts()) add(prefix, spec.name, mount);
    } else {
      add(prefix, spec.name, options.text_of(spec.option));
    }
  }
  if (text.size() > longest_text) return too_long();
  // Found out when the step already exists: it must not be what makes the text too long.
  if (!options.resolved().empty()) add("", digest, options.resolved());
  return text;
}

Result<RawOptions> read_carried_text(std::string_view text) {
  if (text.size() > longest_text + longest_digest_line) return too_long();
  RawOptions options;
  while (!text.empty()) {
    TRY(read_line(take_line(text), options));
  }
  return options;
}

}  // namespace chainer
