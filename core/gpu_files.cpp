#include "core/gpu_files.hpp"

#include <algorithm>
#include <climits>

#include "core/characters.hpp"
#include "core/dotted_path.hpp"
#include "core/roots_file.hpp"
#include "core/take_part.hpp"
#include "core/trusted_path.hpp"

namespace chainer {
namespace {

using Kind = GpuFile::Kind;

constexpr std::size_t longest_gpu_file_name = 255;  // NAME_MAX

std::string_view word_of(Kind kind) { return kind == Kind::library ? "library" : "tool"; }

std::optional<Kind> kind_named(std::string_view word) {
  for (const auto kind : {Kind::library, Kind::tool}) {
    if (word == word_of(kind)) return kind;
  }
  return std::nullopt;
}

bool is_version(std::string_view text) {
  return is_gpu_file_name(text) && text.front() >= '0' && text.front() <= '9';
}

/// What stands in a line may be anything: no message repeats much of it.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t most = 80;
  return "'" + std::string(text.substr(0, most)) + (text.size() > most ? "…'" : "'");
}

class GpuFilesReader {
 public:
  Result<void> read(std::string_view line) {
    if (line.size() > longest_gpu_file_name + PATH_MAX) return Error{"the line is too long", ""};
    if (line.empty() || line.front() == '#') return {};
    const auto word = take_part(line, ' ');
    if (word == "driver") return read_driver(line);
    const auto kind = kind_named(word);
    if (!kind) return Error{in_quotes(word) + " is none of driver, library and tool", ""};
    return read_file(*kind, line);
  }

  GpuFiles take() && { return std::move(list_); }

 private:
  Result<void> read_driver(std::string_view version) {
    if (!list_.driver.empty()) return Error{"'driver' is given twice", ""};
    if (!is_version(version)) return Error{in_quotes(version) + " is not a driver's version", ""};
    list_.driver = version;
    return {};
  }

  Result<void> read_file(Kind kind, std::string_view line) {
    const auto name = take_part(line, ' ');
    const auto path = line;
    if (!is_gpu_file_name(name)) return Error{in_quotes(name) + " is not the name of a file", ""};
    if (!is_gpu_file_path(path))
      return Error{in_quotes(path) + " is not a plain absolute path", ""};
    const bool is_there = std::ranges::any_of(
        list_.files, [&](const GpuFile& file) { return file.kind == kind && file.name == name; });
    if (is_there) return Error{in_quotes(name) + " is given twice", ""};
    if (list_.files.size() == most_gpu_files)
      return Error{"there are more than " + std::to_string(most_gpu_files) + " files", ""};
    list_.files.push_back({kind, std::string(name), std::string(path)});
    return {};
  }

  GpuFiles list_;
};

Error must_be_written_anew(Error error) {
  error.fault = Fault::node;
  if (error.hint.empty())
    error.hint = "an administrator must write it anew: chainer-node gpu-files --write";
  return error;
}

}  // namespace

bool is_gpu_file_name(std::string_view name) {
  const bool has_plain_start = !name.empty() && name.front() != '.' && name.front() != '-';
  return has_plain_start && name.size() <= longest_gpu_file_name &&
         std::ranges::all_of(name, [](char c) {
           return is_letter_or_digit(c) || std::string_view("._+-").find(c) != std::string::npos;
         });
}

bool is_gpu_file_path(std::string_view path) {
  if (!path.starts_with('/') || path.ends_with('/') || path.size() >= PATH_MAX) return false;
  // A colon separates paths wherever people write several.
  if (path.find(':') != std::string_view::npos || has_dots(path)) return false;
  return std::ranges::none_of(path, is_control);
}

Result<GpuFiles> parse_gpu_files(std::string_view text, std::string_view path) {
  GpuFilesReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto read = reader.read(take_line(text));
    if (!read)
      return must_be_written_anew(
          std::move(read).error().within(std::string(path) + ":" + std::to_string(number)));
  }
  return std::move(reader).take();
}

std::string gpu_files_text(const GpuFiles& list, std::string_view remark) {
  std::string text = "# " + std::string(remark) + "\n";
  if (!list.driver.empty()) text += "driver " + list.driver + "\n";
  for (const auto& [kind, name, path] : list.files)
    text += std::string(word_of(kind)) + " " + name + " " + path + "\n";
  return text;
}

Result<std::optional<GpuFiles>> load_gpu_files(const std::string& path) {
  TRY(check_only_root_can_change(path));
  auto text = read_roots_file(path, largest_gpu_list);
  if (!text && text.error().error_number == ENOENT) return std::optional<GpuFiles>();
  if (!text) return must_be_written_anew(std::move(text).error());
  TRY_ASSIGN(auto list, parse_gpu_files(*text, path));
  return std::optional(std::move(list));
}

}  // namespace chainer
