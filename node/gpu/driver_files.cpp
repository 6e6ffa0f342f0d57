#include "node/gpu/driver_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "core/name_list.hpp"
#include "core/text_file.hpp"
#include "node/gpu/cdi_spec.hpp"
#include "node/gpu/linker_cache.hpp"

namespace chainer::gpu {
namespace {

namespace fs = std::filesystem;
using Kind = GpuFile::Kind;

constexpr char how_to_specify_anew[] =
    "write the specification anew, for example with nvidia-ctk cdi generate";

constexpr std::size_t largest_spec = 8 * 1024 * 1024;

/// Tools of NVIDIA's driver that programs in a container may call. Those that need root, such as
/// nvidia-modprobe, would not work there.
constexpr std::string_view tool_names[] = {"nvidia-smi", "nvidia-debugdump",
                                           "nvidia-cuda-mps-control", "nvidia-cuda-mps-server"};

/// The class, the byte order and the machine of an ELF file; nothing where it is none.
std::optional<std::string> machine_of(const fs::path& path) {
  constexpr std::size_t magic = 4, class_and_order = 4, machine = 18, size = 20;
  std::array<char, size> header{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(header.data(), header.size())) return std::nullopt;
  if (std::string_view(header.data(), magic) != "\177ELF") return std::nullopt;
  return std::string(&header[class_and_order], 2) + std::string(&header[machine], 2);
}

bool is_for_this_machine(const fs::path& library) {
  static const auto ours = machine_of("/proc/self/exe");
  return machine_of(library) == ours;
}

bool is_library_name(const std::string& name) {
  const auto suffix = name.find(".so");
  return name.starts_with("lib") && suffix != std::string::npos &&
         (suffix + 3 == name.size() || name[suffix + 3] == '.');
}

bool is_in_a_folder_of_programs(const fs::path& path) {
  const auto folder = path.parent_path().filename();
  return folder == "bin" || folder == "sbin";
}

/// `535.104.05` of `libcuda.so.535.104.05`; empty where the name holds no driver's version. Its
/// first part has had three digits for many years.
std::string version_in(const std::string& name) {
  constexpr std::string_view start = "libcuda.so.";
  constexpr std::size_t digits = 3;
  if (!name.starts_with(start)) return "";
  const auto version = name.substr(start.size());
  return version.find('.') >= digits && version.find('.') != std::string::npos ? version : "";
}

class DriverSearch {
 public:
  explicit DriverSearch(const DriverPlaces& places) : places_(places) {}

  Result<DriverFiles> search() {
    for (const auto& folder : places_.cdi_folders) {
      TRY_ASSIGN(const bool is_found, search_specs(folder));
      if (is_found) break;
    }
    if (!has_libraries()) TRY(search_linker_cache());
    if (has_libraries()) search_tools();
    if (found_.list.files.size() > most_gpu_files)
      return Error{"the driver has more than " + std::to_string(most_gpu_files) + " files", ""};
    return std::move(found_);
  }

 private:
  bool has_libraries() const {
    return std::ranges::any_of(found_.list.files,
                               [](const GpuFile& file) { return file.kind == Kind::library; });
  }

  /// Whether the folder has a specification for GPUs.
  Result<bool> search_specs(const std::string& folder) {
    std::error_code unreadable;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
      const auto suffix = entry.path().extension();
      if (suffix == ".yaml" || suffix == ".yml" || suffix == ".json") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    bool is_found = false;
    for (const auto& path : paths) {
      TRY_ASSIGN(const auto text, read_file(path.string(), largest_spec));
      auto spec = parse_cdi_spec(text);
      if (!spec) {
        return std::move(spec)
            .error()
            .within("cannot read " + path.string())
            .with_hint(how_to_specify_anew);
      }
      if (!spec->is_for_gpus()) continue;
      is_found = true;
      TRY(add_spec(path.string(), *spec));
    }
    return is_found;
  }

  Result<void> add_spec(const std::string& path, const CdiSpec& spec) {
    append_name(found_.source, path);
    for (const auto& mount : spec.mounts) {
      const auto name = fs::path(mount.container_path).filename().string();
      const bool is_library = is_library_name(name);
      if (!is_library && !is_in_a_folder_of_programs(mount.container_path)) continue;
      std::error_code absent;
      const auto real = fs::canonical(mount.host_path, absent);
      if (absent) {
        return Error{
            path + " names " + mount.host_path + ", which cannot be found: " + absent.message(),
            how_to_specify_anew};
      }
      if (!is_library) {
        add({Kind::tool, name, real.string()});
        continue;
      }
      add_library(name, real);
      add_names_beside(mount.host_path, real);
    }
    return {};
  }

  /// A specification names the file itself, and leaves to ldconfig the names by which programs ask
  /// for it. On the host they are links beside it.
  void add_names_beside(const fs::path& path, const fs::path& real) {
    std::set<std::string> names;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(path.parent_path(), failed)) {
      const auto name = entry.path().filename().string();
      const bool is_link = entry.is_symlink(failed) && is_library_name(name);
      if (is_link && fs::canonical(entry.path(), failed) == real) names.insert(name);
    }
    for (const auto& name : names) add_library(name, real);
  }

  Result<void> search_linker_cache() {
    TRY_ASSIGN(const auto printed, places_.linker_cache());
    for (const auto& [name, path] : parse_linker_cache(printed)) {
      // The toolkit's stubs are for linking: each of their functions fails.
      if (!is_drivers_library(name) || path.find("/stubs/") != std::string::npos) continue;
      std::error_code absent;
      const auto real = fs::canonical(path, absent);
      if (!absent) add_library(name, real);
    }
    append_name(found_.source, "the linker's cache");
    return {};
  }

  /// A driver in a folder of its own has its tools beside its libraries.
  std::vector<std::string> tool_folders() const {
    std::vector<std::string> folders;
    for (const auto& file : found_.list.files) {
      if (file.name != "libcuda.so.1") continue;
      folders.push_back((fs::path(file.path).parent_path().parent_path() / "bin").string());
    }
    folders.insert(folders.end(), places_.tool_folders.begin(), places_.tool_folders.end());
    return folders;
  }

  void search_tools() {
    const auto folders = tool_folders();
    for (const auto name : tool_names) {
      for (const auto& folder : folders) {
        std::error_code absent;
        const auto real = fs::canonical(fs::path(folder) / name, absent);
        if (!absent) add({Kind::tool, std::string(name), real.string()});
      }
    }
  }

  void add_library(const std::string& name, const fs::path& real) {
    if (!is_for_this_machine(real)) return;
    if (found_.list.driver.empty()) found_.list.driver = version_in(real.filename().string());
    add({Kind::library, name, real.string()});
  }

  /// Of several with the same name the first counts, as for the loader and the shell.
  void add(GpuFile file) {
    auto& files = found_.list.files;
    const bool is_there = std::ranges::any_of(files, [&](const GpuFile& other) {
      return other.kind == file.kind && other.name == file.name;
    });
    if (is_there) return;
    if (is_gpu_file_name(file.name) && is_gpu_file_path(file.path)) {
      files.push_back(std::move(file));
    } else {
      found_.left_out.push_back("left out, for the characters in its name: " + file.path);
    }
  }

  const DriverPlaces& places_;
  DriverFiles found_;
};

}  // namespace

Result<DriverFiles> find_driver_files(const DriverPlaces& places) {
  return DriverSearch(places).search();
}

}  // namespace chainer::gpu
