#include "submit/plan/script_traps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "submit/plan/script_arguments.hpp"

namespace chainer::plan {
namespace {

/// The lines of a script, without what Python does not run.
class CodeLines {
 public:
  explicit CodeLines(std::string_view script) : rest_(script) {}

  /// The next line, with blanks in place of comments and of triple-quoted strings.
  std::optional<std::string> next() {
    if (rest_.empty()) return std::nullopt;
    const auto end = std::min(rest_.find('\n'), rest_.size());
    std::string line(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    blank_out(line);
    return line;
  }

 private:
  void blank_out(std::string& line) {
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      const bool is_triple = line.compare(at, 3, "\"\"\"") == 0 || line.compare(at, 3, "'''") == 0;
      if (long_quote_ != 0) {
        const bool ends = is_triple && line[at] == long_quote_;
        if (ends) long_quote_ = 0;
        const auto length = ends ? std::size_t{3} : std::size_t{1};
        std::fill_n(line.begin() + static_cast<std::ptrdiff_t>(at), length, ' ');
        at += length - 1;
      } else if (quote != 0) {
        if (line[at] == '\\')
          ++at;
        else if (line[at] == quote)
          quote = 0;
      } else if (is_triple) {
        long_quote_ = line[at];
        std::fill_n(line.begin() + static_cast<std::ptrdiff_t>(at), 3, ' ');
        at += 2;
      } else if (line[at] == '"' || line[at] == '\'') {
        quote = line[at];
      } else if (line[at] == '#') {
        std::fill(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(), ' ');
        return;
      }
    }
  }

  std::string_view rest_;
  char long_quote_{0};
};

/// The string that `text` starts with, after blanks; nothing for anything else.
std::optional<std::string_view> leading_string(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return std::nullopt;
  const auto end = text.find(text[0], 1);
  if (end == text.npos) return std::nullopt;
  return text.substr(1, end - 1);
}

/// What follows `name(` in a line.
std::optional<std::string_view> arguments_of(std::string_view line, std::string_view name) {
  const auto at = line.find(name);
  if (at == line.npos) return std::nullopt;
  const auto rest = line.substr(at + name.size());
  return rest.starts_with('(') ? std::optional(rest.substr(1)) : std::nullopt;
}

/// The argument `name=`, else the first.
std::optional<std::string_view> string_argument(std::string_view arguments, std::string_view name) {
  const auto at = arguments.find(name);
  if (at == arguments.npos) return leading_string(arguments);
  return leading_string(arguments.substr(at + name.size()));
}

class TrapFinder {
 public:
  TrapFinder(const std::string& file, const Plan& plan, toml::Report& report)
      : file_(file), plan_(plan), report_(report) {}

  void look_at(std::string_view line, std::uint32_t number) {
    line_ = line;
    number_ = number;
    look_for_dotted_checkpoint();
    look_for_one_gpu_for_all();
    look_for_communicator();
  }

 private:
  toml::Place place_of(std::string_view word) const {
    const auto at = std::min(line_.find(word), line_.size());
    return {file_, {number_, static_cast<std::uint32_t>(at + 1)}};
  }

  void look_for_dotted_checkpoint() {
    constexpr std::string_view call = "create_multi_node_checkpointer";
    const auto arguments = arguments_of(line_, call);
    const auto name = arguments ? string_argument(*arguments, "name=") : std::nullopt;
    if (!name || name->find('.') == name->npos) return;
    report_.warning(place_of(call),
                    fmt::format("the checkpointer's name '{}' has a dot: it will not find its own "
                                "snapshots again, and start anew without a word",
                                *name),
                    "write another character for the dot");
  }

  void look_for_one_gpu_for_all() {
    if (plan_.allocation.ranks_per_node < 2) return;
    for (const std::string_view call : {"get_device_from_id", "to_gpu", "get_device"}) {
      const auto arguments = arguments_of(line_, call);
      if (!arguments || arguments->empty() ||
          std::isdigit(static_cast<unsigned char>((*arguments)[0])) == 0)
        continue;
      return report_.warning(
          place_of(call),
          fmt::format("all {} processes of a node take GPU {} here",
                      plan_.allocation.ranks_per_node,
                      arguments->substr(0, arguments->find_first_not_of("0123456789"))),
          "give it comm.intra_rank, the process's number on its node");
    }
  }

  void look_for_communicator() {
    constexpr std::string_view call = "create_communicator";
    const auto arguments = arguments_of(line_, call);
    const auto name = arguments ? string_argument(*arguments, "communicator_name=") : std::nullopt;
    if (!name) return;
    warn_about_communicator(std::string(*name), place_of(call), plan_.allocation.gpus_per_node > 0,
                            plan_.framework_version, report_);
  }

  const std::string& file_;
  const Plan& plan_;
  toml::Report& report_;
  std::string_view line_;
  std::uint32_t number_{0};
};

}  // namespace

void find_traps(std::string_view script, const std::string& file, const Plan& plan,
                toml::Report& report) {
  CodeLines lines(script);
  TrapFinder finder(file, plan, report);
  std::uint32_t number = 0;
  while (const auto line = lines.next()) finder.look_at(*line, ++number);
}

}  // namespace chainer::plan
