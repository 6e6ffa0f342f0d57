#include "node/builder/requirements_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>

#include "core/environment_files.hpp"
#include "core/fd_io.hpp"
#include "core/requirement.hpp"
#include "core/result.hpp"
#include "core/trimmed.hpp"
#include "core/unique_fd.hpp"
#include "core/utf8_text.hpp"

namespace chainer::builder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{16} << 20;
constexpr int deepest_include = 20;  // files that include each other end here

/// pip's rule: `#` starts a comment at the start of a line or after a blank; URLs hold others.
std::string_view without_comment(std::string_view line) {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

/// The lines of a text, split where Python would split people's files.
std::vector<std::string_view> physical_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  return lines;
}

/// pip's order (its req_file.py): lines that a backslash ends are joined as they are, a line that
/// is a comment ends the joining, and only then are comments and blank lines dropped.
std::vector<NumberedLine> logical_lines(std::string_view text) {
  std::vector<NumberedLine> lines;
  std::string joined;
  std::size_t start = 0;  // where `joined` starts; 0: no line is being continued
  const auto finish = [&](std::size_t number, const std::string& whole) {
    const auto content = trimmed(without_comment(whole));
    if (!content.empty()) lines.push_back({number, std::string(content)});
  };
  std::size_t number = 0;
  for (const auto piece : physical_lines(text)) {
    ++number;
    const bool is_comment = trimmed(piece).starts_with('#');
    if (start == 0) start = number;
    if (piece.ends_with('\\') && !is_comment) {
      joined += piece.substr(0, piece.find_last_not_of('\\') + 1);
      continue;
    }
    if (is_comment) joined += ' ';
    finish(start, joined.append(piece));
    joined.clear();
    start = 0;
  }
  if (start != 0) finish(start, joined);
  return lines;
}

struct OptionName {
  std::string_view short_name, long_name;
};
constexpr OptionName requirement{"-r", "--requirement"};
constexpr OptionName constraint{"-c", "--constraint"};
constexpr OptionName editable{"-e", "--editable"};
constexpr std::array index_options{OptionName{"-i", "--index-url"},
                                   OptionName{"", "--extra-index-url"},
                                   OptionName{"-f", "--find-links"},
                                   OptionName{"", "--trusted-host"}, OptionName{"", "--no-index"}};

/// The option's value when the line is this option: `-rX`, `-r X`, `--requirement X` or `…=X`.
std::optional<std::string> value_of(std::string_view line, const OptionName& option) {
  if (line.starts_with(option.long_name)) {
    const auto rest = line.substr(option.long_name.size());
    if (rest.empty()) return "";
    if (rest.front() == '=' || rest.front() == ' ' || rest.front() == '\t') {
      return std::string(trimmed(rest.substr(1)));
    }
  }
  if (!option.short_name.empty() && line.starts_with(option.short_name) &&
      !line.starts_with("--")) {
    return std::string(trimmed(line.substr(option.short_name.size())));
  }
  return std::nullopt;
}

/// Like pip, replaces `${NAME}` by the variable's value, so that no secret has to stand in the
/// file.
std::string with_variables(const std::string& text, const Variables& variables) {
  std::string result;
  std::string_view rest = text;
  for (auto at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
    const auto end = rest.find('}', at);
    if (end == std::string_view::npos) break;
    const auto found = variables.find(rest.substr(at + 2, end - at - 2));
    result.append(rest.substr(0, at));
    result.append(found == variables.end() ? rest.substr(at, end + 1 - at)
                                           : std::string_view(found->second));
    rest.remove_prefix(end + 1);
  }
  return result.append(rest);
}

/// What is wrong with a line that is no option; empty for a requirement and for a URL alone.
std::string fault_of(std::string_view line) {
  if (line.starts_with('-')) return {};
  if (is_local_path(line)) {
    return "'" + std::string(line) + "' is a local path, not a published package";
  }
  const auto text = without_options(line);
  if (text.find("://") != text.npos && text.find_first_of(" \t") == text.npos) return {};
  const auto parsed = Requirement::parse(text);
  return parsed ? "" : parsed.error().what;
}

Error refused(const std::string& file, const NumberedLine& line, const std::string& why) {
  return {
      file + ":" + std::to_string(line.number) + ": " + why,
      "put code of your own into source_directory, and published packages into the requirements", 0,
      Fault::user};
}

class Flattener {
 public:
  explicit Flattener(const Variables& variables) : variables_(variables) {}

  Result<void> add_file(const std::string& path, std::string RequirementsFile::*into, int depth) {
    if (depth > deepest_include) {
      return Error{path + ": the files include each other", "", 0, Fault::user};
    }
    TRY_ASSIGN(const auto text, read_user_file(path));
    for (const auto& line : logical_lines(text)) {
      TRY(add_line(path, line, into, depth));
    }
    return {};
  }

  Result<void> add_line(const std::string& path, const NumberedLine& line,
                        std::string RequirementsFile::*into, int depth) {
    if (const auto file = value_of(line.text, requirement)) {
      return add_file(beside(path, *file), into, depth + 1);
    }
    if (const auto file = value_of(line.text, constraint)) {
      return add_file(beside(path, *file), &RequirementsFile::constraints, depth + 1);
    }
    for (const auto& option : index_options) {
      const auto value = value_of(line.text, option);
      if (!value) continue;
      result.index_options.emplace_back(option.long_name.substr(2),
                                        with_variables(*value, variables_));
      return {};
    }
    if (value_of(line.text, editable)) {
      return refused(path, line, "an editable package cannot be part of a packed environment");
    }
    if (auto fault = fault_of(line.text); !fault.empty()) return refused(path, line, fault);
    (result.*into).append(line.text).append("\n");
    return {};
  }

  RequirementsFile result;

 private:
  static std::string beside(const std::string& path, const std::string& other) {
    return (fs::path(path).parent_path() / other).string();
  }

  const Variables& variables_;
};

}  // namespace

PipSettings RequirementsFile::with_index_options(PipSettings settings) const {
  for (const auto& [name, value] : index_options) {
    // pip lets a file's index replace the configured one, and adds to all lists.
    if (name == "extra-index-url")
      settings.extra_index_urls.push_back(value);
    else if (name == "find-links")
      settings.find_links.push_back(value);
    else if (name == "trusted-host")
      settings.trusted_hosts.push_back(value);
    else
      settings.set(name, name == "no-index" ? "yes" : value);
  }
  return settings;
}

Result<std::string> read_user_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return Error::from_errno("cannot read " + path, errno, Fault::user);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return Error::from_errno("cannot read " + path, errno, Fault::user);
  if (!S_ISREG(status.st_mode)) return Error{path + " is not a regular file", "", 0, Fault::user};
  auto text = read_all(fd.get(), largest_file);
  if (!text)
    return Error::from_errno("cannot read " + path, text.error().error_number, Fault::user);
  auto readable = utf8_text(*std::move(text));
  if (!readable) return std::move(readable).error().within("cannot read " + path);
  return readable;
}

namespace {

/// Adds the files that lie beside one: what packages may build with, and what each Python runs at
/// its start.
Result<RequirementsFile> with_files_beside(Flattener flattener, const std::string& path) {
  const auto build_constraints = path + std::string(build_constraints_suffix);
  if (::access(build_constraints.c_str(), F_OK) == 0) {
    TRY(flattener.add_file(build_constraints, &RequirementsFile::build_constraints, 0));
  }
  const auto startup = path + std::string(startup_suffix);
  if (::access(startup.c_str(), F_OK) == 0) {
    TRY_ASSIGN(auto text, read_user_file(startup));
    flattener.result.startup = std::move(text);
  }
  return std::move(flattener.result);
}

}  // namespace

Result<RequirementsFile> load_requirements(const std::string& path, const Variables& variables) {
  Flattener flattener(variables);
  TRY(flattener.add_file(path, &RequirementsFile::requirements, 0));
  return with_files_beside(std::move(flattener), path);
}

Result<RequirementsFile> flatten_requirements(const std::string& path,
                                              const std::vector<NumberedLine>& lines,
                                              const Variables& variables) {
  Flattener flattener(variables);
  for (const auto& line : lines) {
    TRY(flattener.add_line(path, line, &RequirementsFile::requirements, 0));
  }
  return with_files_beside(std::move(flattener), path);
}

}  // namespace chainer::builder
