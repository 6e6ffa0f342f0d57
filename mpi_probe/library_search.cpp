#include "mpi_probe/library_search.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <vector>

namespace chainer::mpi_probe {
namespace {

/// Open MPI from 2 on, MPICH and Intel MPI, MPICH as Debian calls it, and what developers have.
constexpr const char* library_names[] = {"libmpi.so.40",   "libmpi.so.20", "libmpi.so.12",
                                         "libmpich.so.12", "libmpi.so",    "libmpich.so"};
/// Where distributions and vendors put an MPI without telling the loader.
constexpr const char* usual_folders[] = {
    "/usr/lib64/openmpi/lib", "/usr/lib64/mpich/lib",
    "/usr/local/lib",         "/usr/local/mpi/lib",
    "/opt/openmpi/lib",       "/opt/hpcx/ompi/lib",
    "/opt/mpich/lib",         "/opt/intel/oneapi/mpi/latest/lib"};

std::string real_path(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) ? buffer : "";
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// The folders of libraries beside each mpirun and mpiexec on the PATH.
std::vector<std::string> folders_of_programs() {
  std::vector<std::string> folders;
  const char* path = std::getenv("PATH");
  std::string rest = path ? path : "";
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.erase(0, folder.size() + 1);
    for (const char* starter : {"/mpirun", "/mpiexec"}) {
      if (::access((folder + starter).c_str(), X_OK) != 0) continue;
      for (const auto& place : {folder, folder_of(real_path(folder + starter))}) {
        folders.push_back(folder_of(place) + "/lib");
        folders.push_back(folder_of(place) + "/lib64");
      }
    }
  }
  return folders;
}

std::string file_of(void* library) {
  link_map* map = nullptr;
  return ::dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map ? real_path(map->l_name) : "";
}

class Search {
 public:
  Result<FoundMpi> in_usual_places() && {
    for (const auto& folder : folders_of_programs()) {
      if (look_into(folder)) return std::move(found_);
    }
    for (const auto* name : library_names) {
      if (load(name)) return std::move(found_);
    }
    for (const auto* folder : usual_folders) {
      if (look_into(folder)) return std::move(found_);
    }
    return why_not();
  }

  Result<FoundMpi> of(const std::string& file) && {
    if (load(file)) return std::move(found_);
    return why_not();
  }

 private:
  bool look_into(const std::string& folder) {
    for (const auto* name : library_names) {
      const auto file = folder + "/" + name;
      if (::access(file.c_str(), R_OK) == 0 && load(file)) return true;
    }
    return false;
  }

  /// The parts that Open MPI loads itself look for its functions among those of all.
  bool load(const std::string& file) {
    auto* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
      const std::string why = ::dlerror();
      // That it is not there says nothing; that one which it needs is missing says all.
      const bool is_absent = file.find('/') == std::string::npos && why.starts_with(file + ":");
      if (!is_absent && why_not_.empty()) why_not_ = file + ": " + why;
      return false;
    }
    found_.file = file_of(library);
    found_.family = "Open MPI";
    if ((found_.mpi = open_mpi_in(library))) return true;
    found_.family = "MPICH";
    if ((found_.mpi = mpich_in(library))) return true;
    if (why_not_.empty()) why_not_ = found_.file + ": it is neither Open MPI nor of MPICH's family";
    return false;
  }

  Error why_not() const {
    if (why_not_.empty()) {
      return {"there is no MPI library here", "install one, or name its file: --library FILE", 0,
              Fault::user};
    }
    return {"the MPI library cannot be loaded: " + why_not_,
            "install what it needs, or name another: --library FILE"};
  }

  FoundMpi found_;
  std::string why_not_;
};

}  // namespace

Result<FoundMpi> find_mpi(const std::string& wanted) {
  return wanted.empty() ? Search().in_usual_places() : Search().of(wanted);
}

}  // namespace chainer::mpi_probe
