#include "mpi_probe/loaded_pmix.hpp"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace chainer::mpi_probe {
namespace {

extern "C" int note_file(dl_phdr_info* info, std::size_t, void* files) {
  static_cast<std::vector<std::string>*>(files)->emplace_back(info->dlpi_name);
  return 0;
}

/// What this process has loaded, the parts of its parts too: those no lookup by name would reach.
std::vector<std::string> loaded_files() {
  std::vector<std::string> files;
  ::dl_iterate_phdr(note_file, &files);
  return files;
}

/// "4.2.2" of "OpenPMIx 4.2.2 (PMIx Standard: 4.1, …)" or of "OpenPMIx 3.1.5rc1".
std::string number_in(std::string_view said) {
  const auto begin = said.find_first_of("0123456789");
  if (begin == said.npos) return std::string(said);
  said.remove_prefix(begin);
  return std::string(said.substr(0, said.find_first_of(" ,(")));
}

std::string version_from(const std::string& file, const char* function) {
  auto* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (!library) return {};
  using Call = const char* (*)();
  const auto call = reinterpret_cast<Call>(::dlsym(library, function));
  const std::string said = call ? call() : "";
  ::dlclose(library);
  return number_in(said);
}

}  // namespace

std::string loaded_pmix() {
  bool is_in_open_mpi = false;
  for (const auto& file : loaded_files()) {
    const std::string_view name = std::string_view(file).substr(file.rfind('/') + 1);
    if (name.starts_with("libpmix.so")) return version_from(file, "PMIx_Get_version");
    // Open MPI 2 to 4 may have a PMIx of its own as a part, with other names for its functions.
    if (!name.starts_with("mca_pmix_pmix") && !name.starts_with("libopen-pal.so")) continue;
    for (const char* function :
         {"OPAL_MCA_PMIX3X_PMIx_Get_version", "OPAL_MCA_PMIX2X_PMIx_Get_version"}) {
      if (auto version = version_from(file, function); !version.empty())
        return version + ", inside of Open MPI";
    }
    is_in_open_mpi = is_in_open_mpi || name.starts_with("mca_pmix_pmix");
  }
  return is_in_open_mpi ? "inside of Open MPI" : "";
}

}  // namespace chainer::mpi_probe
