#include "submit/cli/manual.hpp"

#include <fmt/format.h>

#include "submit/cli/command_help.hpp"
#include "submit/cli/explanation.hpp"
#include "submit/input/defaults.hpp"

namespace chainer::cli {
namespace {

/// Says where the pages come from, in a comment of man(7).
constexpr std::string_view origin_comment =
    ".\\\" Written by chainer-submit's own test: UPDATE_GOLDEN=1 writes it again.\n";

/// The code point that begins at `at`, which moves past it. The tables of this program are UTF-8.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  std::uint32_t code = more == 0 ? first : first & (0x3fu >> more);
  for (; more > 0 && at < text.size(); --more) {
    code = (code << 6) | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  }
  return code;
}

/// Text that troff shows as it stands.
std::string roff(std::string_view text) {
  std::string written;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins_line = at == 0 || text[at - 1] == '\n';
    const char c = text[at];
    const auto code = next_code_point(text, at);
    if (begins_line && (c == '.' || c == '\'')) written += "\\&";
    if (code >= 0x80) {
      written += fmt::format("\\[u{:04X}]", code);
    } else if (c == '\\') {
      written += "\\e";
    } else if (c == '-') {
      written += "\\-";
    } else if (c == '\'') {
      written += "\\(aq";
    } else {
      written += c;
    }
  }
  return written;
}

/// The text as one argument of a macro.
std::string macro_argument(std::string_view text) {
  std::string written;
  for (const char c : roff(text)) written += c == '"' ? "\\(dq" : std::string(1, c);
  return "\"" + written + "\"";
}

std::string section(std::string_view name) { return fmt::format(".SH {}\n", macro_argument(name)); }
std::string bold(std::string_view text) { return fmt::format(".B {}\n", macro_argument(text)); }
std::string line(std::string_view text) { return roff(text) + "\n"; }

std::string tagged(std::string_view tag, std::string_view text) {
  return fmt::format(".TP\n{}{}", bold(tag), line(text));
}

std::string heading_of(std::string_view name, int number, std::string_view book,
                       std::string_view sentence) {
  std::string upper;
  for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return fmt::format(".TH {} {} \"\" \"chainer\\-submit\" {}\n", macro_argument(upper), number,
                     macro_argument(book)) +
         std::string(origin_comment) + ".nh\n.ad l\n" + section("NAME") +
         fmt::format("{} \\- {}\n", roff(name), roff(sentence));
}

std::string synopsis_of(const CommandHelp& command) {
  auto text = fmt::format(".B chainer\\-submit {}\n", roff(command.name));
  for (const auto& argument : command.arguments) {
    text += argument.is_required ? fmt::format(".I {}\n", roff(argument.names))
                                 : fmt::format(".RI [ {} ]\n", roff(argument.names));
  }
  return text + (command.options.empty() ? "" : ".RI [ OPTION .\\|.\\|. ]\n");
}

std::string options_of(const CommandHelp& command) {
  std::string text;
  for (const auto& argument : command.arguments) {
    text += fmt::format(".TP\n.I {}\n{}", roff(argument.names), line(argument.sentence));
  }
  for (const auto& option : command.options) {
    text += fmt::format(".TP\n.BI {} {}\n{}", macro_argument(option.names),
                        macro_argument(option.value.empty() ? "" : " " + option.value),
                        line(option.sentence));
  }
  return text;
}

std::string commands_section() {
  auto text = section("COMMANDS");
  for (const auto& command : describe_commands()) {
    text += fmt::format(".SS {}\n{}", macro_argument(command.name), line(command.sentence + "."));
    text += options_of(command);
  }
  return text;
}

std::string examples_section() {
  auto text = section("EXAMPLES");
  for (const auto& example : examples()) text += tagged(example.command, example.sentence);
  return text;
}

std::string key_entry(const input::ListedKey& key) {
  const auto& info = key.info;
  auto text = tagged(key.full_name(), info.sentence);
  text += ".br\n" + line(fmt::format("Type: {}.", toml::words(info.kind)));
  if (!info.unit.empty()) text += line(fmt::format("Unit: {}.", info.unit));
  if (const auto fallback = input::text_of(info.fallback); !fallback.empty()) {
    text += line(fmt::format("Default: {}.", fallback));
  }
  text += line(fmt::format("Set by: {}.", input::setters(info.set_by)));
  if (!info.newer.empty()) text += line(fmt::format("Deprecated: write {}.", info.newer));
  if (!info.example.empty()) text += ".EX\n" + line("Example: " + example_line(key)) + ".EE\n";
  return text;
}

std::string keys_sections() {
  std::string text;
  std::string_view current = "-";
  for (const auto& key : input::all_keys()) {
    if (key.section != current) {
      current = key.section;
      text += section(current.empty() ? "KEYS" : fmt::format("KEYS OF {}", current));
    }
    text += key_entry(key);
  }
  return text;
}

}  // namespace

const std::string_view example_estimator =
    "entry_script = \"train.py\"\n"
    "compute_target = \"cluster\"\n"
    "node_count = 2\n"
    "distributed_training = { type = \"mpi\", process_count_per_node = 2 }\n"
    "framework_version = \"7.8.1\"\n"
    "pip_packages = [\"scikit-learn==1.2.2\"]\n"
    "\n"
    "[script_params]\n"
    "\"--epochs\" = 15\n"
    "\n"
    "[run]\n"
    "name = \"digits\"\n";

std::string command_manual() {
  auto text = heading_of("chainer-submit", 1, "User Commands", "run an estimator as a Slurm job");
  text += section("SYNOPSIS");
  text += ".B chainer\\-submit\n.RI [ COMMAND ]\n.RI [ ARGUMENT .\\|.\\|. ]\n";
  for (const auto& command : describe_commands()) text += ".br\n" + synopsis_of(command);
  text += section("DESCRIPTION");
  text += line(program_sentence);
  text += line(
      "An estimator is a TOML file that says what is to run, on how many nodes, in which image and "
      "with which packages.");
  text += ".BR chainer\\-estimator (5)\n" + line("describes its keys.");
  text += line("A file alone is submitted.");
  text += commands_section() + examples_section();
  text += section("FILES");
  text += tagged("/etc/chainer/site.toml",
                 "What an administrator says of the site, unless --site or CHAINER_SUBMIT_SITE "
                 "names another file.");
  text += section("ENVIRONMENT");
  text += tagged("CHAINER_SUBMIT_SITE", "The site file, unless --site names one.");
  text += tagged("NO_COLOR", "Findings have no colours when this is set and not empty.");
  text += section("EXIT STATUS");
  for (const auto& status : exit_statuses()) {
    text += tagged(std::to_string(status.code), status.meaning);
  }
  return text + section("SEE ALSO") + ".BR chainer\\-estimator (5),\n.BR sbatch (1)\n";
}

std::string estimator_manual() {
  auto text =
      heading_of("chainer-estimator", 5, "File Formats", "what chainer-submit is to run, and how");
  text += section("DESCRIPTION");
  text += line("An estimator is a TOML file.");
  text += line("A leading underscore of a key makes no difference.");
  text += line("A size is a whole number followed by b, k, m or g, in units of 1024.");
  text += line("A path that is not absolute starts at the estimator's own folder.");
  text += line(
      "\"Set by\" says where a value may come from besides the file: from --set KEY=VALUE, or from "
      "the site file.");
  text += keys_sections();
  text += section("EXAMPLE") + ".EX\n" + roff(example_estimator) + ".EE\n";
  return text + section("SEE ALSO") + ".BR chainer\\-submit (1)\n";
}

}  // namespace chainer::cli
