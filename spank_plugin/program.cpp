#include "spank_plugin/program.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include "core/unique_fd.hpp"

namespace chainer {
namespace {

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

/// The topmost folder on the way to `path` that this account may not enter; empty when there is
/// none.
std::string closed_folder_above(const std::string& path) {
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    auto folder = path.substr(0, slash);
    if (::access(folder.c_str(), X_OK) != 0 && errno == EACCES) return folder;
  }
  return {};
}

Error is_closed(const std::string& what, const std::string& folder) {
  return Error::from_errno(what + " the image keeps its folder " + folder + " to its owner", EACCES,
                           Fault::user)
      .with_hint(
          "add --chainer-writable, with which the image's files are yours, or make the image anew "
          "with the program in a folder of mode 0755");
}

/// A program that no folder of PATH shows. What is in a folder that this account may not enter
/// cannot be seen: images whose programs were installed as root have them below /root.
Result<void> check_path_variable(const std::string& name, const std::string& path_variable) {
  for (std::string_view rest = path_variable; !rest.empty();) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    const auto closed = closed_folder_above(std::string(folder) + "/" + name);
    if (closed.empty()) continue;
    return is_closed("cannot find " + name + " in the folders of PATH that are open to you:",
                     closed);
  }
  return {};
}

Error is_not_executable(const std::string& path) {
  const std::string runs_it = path.ends_with(".sh") ? "bash " : "python ";
  return Error::from_errno("cannot start " + path + ": it is not executable", EACCES, Fault::user)
      .with_hint("make it so (chmod +x), or name what runs it first: " + runs_it + path);
}

std::string read_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  const auto got = ::pread(fd, text.data(), size, static_cast<off_t>(offset));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

/// What the first line of a script names. The kernel ends the line at its newline alone.
std::string interpreter_of_script(std::string_view text) {
  text = text.substr(2, text.find('\n') - 2);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return std::string(text.substr(0, text.find_first_of(" \t")));
}

/// The loader that a linked program names; empty where it names none.
std::string loader_of(int fd, std::string_view start) {
  Elf64_Ehdr header{};
  if (start.size() < sizeof header || start[EI_CLASS] != ELFCLASS64) return {};
  start.copy(reinterpret_cast<char*>(&header), sizeof header);
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    const auto offset = header.e_phoff + static_cast<std::uint64_t>(i) * sizeof part;
    const auto bytes = read_at(fd, offset, sizeof part);
    if (bytes.size() < sizeof part) return {};
    bytes.copy(reinterpret_cast<char*>(&part), sizeof part);
    if (part.p_type != PT_INTERP) continue;
    const auto name = read_at(fd, part.p_offset, std::min<std::size_t>(part.p_filesz, 4096));
    return name.substr(0, name.find('\0'));
  }
  return {};
}

bool is_missing(const std::string& path) {
  return path.starts_with('/') && ::access(path.c_str(), F_OK) != 0 &&
         (errno == ENOENT || errno == ENOTDIR);
}

/// A program that is there, without the one that the kernel has to start for it.
Result<void> check_interpreter(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  constexpr std::size_t most_that_the_kernel_reads = 256;
  const auto start = file ? read_at(file.get(), 0, most_that_the_kernel_reads) : std::string();
  if (start.starts_with("#!")) {
    const auto interpreter = interpreter_of_script(start);
    if (!is_missing(interpreter)) return {};
    if (interpreter.ends_with('\r')) {
      return Error{"cannot start " + path +
                       ": its lines end as on Windows, so that the first one "
                       "names no program",
                   "make them end as on Linux: sed -i 's/\\r$//' " + path, 0, Fault::user};
    }
    return Error{"cannot start " + path + ": its first line names " + interpreter +
                     ", which is not in the container",
                 "name a program of the image there, or use an image that has it", 0, Fault::user};
  }
  const auto loader = start.starts_with(ELFMAG) ? loader_of(file.get(), start) : std::string();
  if (!is_missing(loader)) return {};
  return Error{"cannot start " + path + ": it needs " + loader +
                   ", which is not in the container: it was built for another system",
               "build the program in this image, or use an image that has the file", 0,
               Fault::user};
}

}  // namespace

bool names_several_programs(const std::vector<std::string>& words) {
  if (words.size() < 2) return false;
  const std::string_view text = words[1];
  const bool starts_with_tasks = text.starts_with('*') || text.find_first_of("0123456789") == 0;
  return text.find('\n') != std::string_view::npos ||
         (starts_with_tasks && text.find_first_of(" \t") != std::string_view::npos);
}

std::string place_of_program(const std::string& name, const std::string& path_variable) {
  if (name.starts_with('/') || name.starts_with('.')) return name;
  std::string_view rest = path_variable;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    auto path = std::string(folder) + "/" + name;
    if (!folder.empty() && is_file(path)) return path;
  }
  return {};
}

Result<void> check_program(const std::vector<std::string>& words,
                           const std::string& path_variable) {
  if (words.empty() || names_several_programs(words)) return {};
  const auto path = place_of_program(words[0], path_variable);
  // A path that ends with a slash is srun --bcast's, which names the file itself.
  if (path.empty()) return check_path_variable(words[0], path_variable);
  if (path.ends_with('/')) return {};
  if (::access(path.c_str(), X_OK) == 0) return check_interpreter(path);
  if (errno != EACCES) return {};
  const auto closed = closed_folder_above(path);
  return closed.empty() ? is_not_executable(path) : is_closed("cannot start " + path + ":", closed);
}

}  // namespace chainer
