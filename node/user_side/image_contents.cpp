#include "node/user_side/image_contents.hpp"

#include <algorithm>

#include "node/archive/archive_path.hpp"

namespace chainer::user_side {
namespace {

constexpr std::string_view whiteout = ".wh.";
constexpr std::string_view opaque_whiteout = ".wh..wh..opq";
constexpr std::string_view path_variable = "PATH=";
// What container engines give an image that sets none.
constexpr std::string_view usual_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t most_notes = 20'000;  // an image has a few dozen
constexpr std::size_t most_removals = 200'000;
constexpr int most_links = 8;  // followed from one folder to another

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string() : path.substr(0, slash);
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

/// "3.11" of "python3.11"; empty for other names.
std::string version_in(std::string_view name) {
  constexpr std::string_view head = "python3.";
  if (!name.starts_with(head)) return {};
  const auto minor = name.substr(head.size());
  const bool is_number =
      !minor.empty() && minor.size() <= 2 && minor.find_first_not_of("0123456789") == minor.npos;
  return is_number ? "3." + std::string(minor) : std::string();
}

bool is_python(std::string_view name) {
  return name == "python" || name == "python3" || !version_in(name).empty();
}

bool is_mpi_library(std::string_view name) {
  for (const std::string_view head : {"libmpi.so", "libmpich.so"}) {
    if (name == head || (name.starts_with(head) && name[head.size()] == '.')) return true;
  }
  return false;
}

/// What of an MPI calls PMIx: the library itself, or a part of Open MPI.
bool may_speak_pmix(std::string_view name) {
  return is_mpi_library(name) || name.starts_with("libopen-pal.so") ||
         name.starts_with("mca_pmix_");
}

/// By the number in the library's name, which tells the two interfaces apart: MPICH, Intel MPI and
/// MVAPICH share 12, and Open MPI has had 20 and 40.
std::string family_of(std::string_view name) {
  constexpr std::string_view head = "libmpi.so.";
  if (name.starts_with("libmpich.so") || name.starts_with("libmpi.so.12")) return "MPICH";
  return name.starts_with(head) ? "Open MPI" : "";
}

bool is_of_interest(std::string_view name) {
  return is_python(name) || may_speak_pmix(name) || name == "mpirun" || name == "mpiexec";
}

std::vector<std::string> folders_in(std::string_view path) {
  std::vector<std::string> folders;
  while (!path.empty()) {
    const auto end = path.find(':');
    const auto names = archive::split_path(path.substr(0, end));
    if (names && !names->empty()) folders.push_back(archive::join_path(*names));
    path = end == path.npos ? std::string_view() : path.substr(end + 1);
  }
  return folders;
}

std::string_view path_in(const std::vector<std::string>& environment) {
  for (const auto& variable : environment) {
    if (variable.starts_with(path_variable))
      return std::string_view(variable).substr(path_variable.size());
  }
  return usual_path;
}

/// Whether the current file of the tar holds the name of PMIx's first call, which is in the symbol
/// table of whatever calls it and of whatever has a PMIx of its own inside.
Result<bool> calls_pmix(archive::TarReader& tar) {
  constexpr std::string_view call = "PMIx_Init";
  std::string text;
  while (true) {
    TRY_ASSIGN(const auto piece, tar.next_data());
    if (!piece) return false;
    text += piece->bytes;
    if (text.find(call) != text.npos) return true;
    // The name may lie across two pieces.
    if (text.size() > call.size()) text.erase(0, text.size() - call.size());
  }
}

}  // namespace

ImageContents::ImageContents(const std::vector<std::string>& environment)
    : search_path_(folders_in(path_in(environment))) {}

Result<void> ImageContents::add_layer(std::size_t number, archive::ByteSource& layer) {
  TRY_ASSIGN(auto tar, archive::TarReader::open(layer));
  while (true) {
    TRY_ASSIGN(const auto entry, tar.next());
    if (!entry) return {};
    TRY(add_entry(number, *entry, tar));
    if (notes_.size() > most_notes || removals_.size() > most_removals) {
      return Error{"it has more Pythons, MPIs or removed files than any image", "", 0, Fault::user};
    }
  }
}

Result<void> ImageContents::add_entry(std::size_t number, const archive::TarEntry& entry,
                                      archive::TarReader& tar) {
  TRY_ASSIGN(const auto names, archive::split_path(entry.path));
  if (names.empty()) return {};
  const auto path = archive::join_path(names);
  const auto name = names.back();
  if (name.starts_with(whiteout)) return note_whiteout(number, folder_of(path), name);
  const bool is_link = entry.type == archive::FileType::symlink;
  if (is_link && leads_to_search_path(path)) notes_.push_back({number, path, entry.target});
  if (!is_of_interest(name) || entry.type == archive::FileType::directory) return {};
  Note note{number, path, entry.target};
  const bool has_content = !is_link && entry.hard_link.empty();
  if (has_content && may_speak_pmix(name)) {
    TRY_ASSIGN(note.speaks_pmix, calls_pmix(tar));
  }
  notes_.push_back(std::move(note));
  return {};
}

Result<void> ImageContents::note_whiteout(std::size_t number, const std::string& folder,
                                          std::string_view name) {
  if (name == opaque_whiteout) {
    removals_.push_back({number, folder, true});
    return {};
  }
  const auto gone = std::string(name.substr(whiteout.size()));
  removals_.push_back({number, folder.empty() ? gone : folder + "/" + gone, false});
  return {};
}

bool ImageContents::leads_to_search_path(const std::string& path) const {
  return std::ranges::any_of(search_path_, [&](const std::string& folder) {
    return folder == path || is_below(folder, path);
  });
}

bool ImageContents::is_visible(const Note& note) const {
  const bool is_removed = std::ranges::any_of(removals_, [&](const Removal& removal) {
    if (removal.layer <= note.layer) return false;
    const bool is_whole = removal.path.empty() || is_below(note.path, removal.path);
    return is_whole || (!removal.is_of_contents && removal.path == note.path);
  });
  const bool is_replaced = std::ranges::any_of(notes_, [&](const Note& other) {
    return other.layer > note.layer && other.path == note.path;
  });
  return !is_removed && !is_replaced;
}

const ImageContents::Note* ImageContents::visible(const std::string& path) const {
  const auto found = std::ranges::find_if(
      notes_, [&](const Note& note) { return note.path == path && is_visible(note); });
  return found == notes_.end() ? nullptr : &*found;
}

/// A folder of the search path, behind the symlinks on the way to it.
std::string ImageContents::real_folder(std::string folder) const {
  for (int step = 0; step < most_links; ++step) {
    const auto link = std::ranges::find_if(notes_, [&](const Note& note) {
      const bool is_on_way = folder == note.path || is_below(folder, note.path);
      return is_on_way && !note.target.empty() && is_visible(note);
    });
    if (link == notes_.end()) break;
    const auto start = link->target.starts_with('/') ? "" : folder_of(link->path) + "/";
    const auto target = start + link->target + folder.substr(link->path.size());
    const auto names = archive::split_path(target);
    if (!names) break;
    folder = archive::join_path(*names);
  }
  return folder;
}

/// The first of these names in the first folder that has one.
const ImageContents::Note* ImageContents::on_search_path(
    const std::vector<std::string>& names) const {
  for (const auto& folder : search_path_) {
    const auto real = real_folder(folder);
    for (const auto& name : names) {
      const auto* found = visible(real + "/" + name);
      // `python` is Python 2 in old images.
      if (found && !name_of(found->target).starts_with("python2")) return found;
    }
  }
  return nullptr;
}

ImagePrograms ImageContents::programs() const {
  ImagePrograms programs;
  programs.python = python();
  if (!programs.python) programs.other_python = any_python();
  programs.mpi = mpi();
  const auto* starter = on_search_path({"mpirun", "mpiexec"});
  if (starter) programs.mpirun = "/" + starter->path;
  return programs;
}

std::optional<ImagePython> ImageContents::python() const {
  constexpr int newest_minor = 99;
  std::vector<std::string> names{"python3", "python"};
  for (int minor = newest_minor; minor >= 0; --minor) {
    names.push_back("python3." + std::to_string(minor));
  }
  const auto* found = on_search_path(names);
  if (!found) return std::nullopt;
  return ImagePython{"/" + found->path, version_of(*found)};
}

/// By its own name, by that of what it links to, or by the one python3.N beside it.
std::string ImageContents::version_of(const Note& python) const {
  if (auto own = version_in(name_of(python.path)); !own.empty()) return own;
  if (auto linked = version_in(name_of(python.target)); !linked.empty()) return linked;
  std::string beside;
  for (const auto& note : notes_) {
    const auto version = version_in(name_of(note.path));
    const bool is_beside = folder_of(note.path) == folder_of(python.path);
    if (version.empty() || !is_beside || !is_visible(note)) continue;
    if (!beside.empty() && beside != version) return {};
    beside = version;
  }
  return beside;
}

std::string ImageContents::any_python() const {
  for (const auto& note : notes_) {
    const bool is_program = name_of(folder_of(note.path)) == "bin" && is_python(name_of(note.path));
    const bool is_old = name_of(note.target).starts_with("python2");
    if (is_program && !is_old && is_visible(note)) return "/" + note.path;
  }
  return {};
}

/// The library with the longest name is the file itself, which the others link to.
std::optional<ImageMpi> ImageContents::mpi() const {
  std::optional<ImageMpi> found;
  bool speaks_pmix = false;
  for (const auto& note : notes_) {
    const auto name = name_of(note.path);
    if (!may_speak_pmix(name) || !is_visible(note)) continue;
    speaks_pmix = speaks_pmix || note.speaks_pmix;
    if (!is_mpi_library(name)) continue;
    if (found && name.size() <= name_of(found->path).size()) continue;
    found = ImageMpi{"/" + note.path, family_of(name)};
  }
  if (found) found->speaks_pmix = speaks_pmix;
  return found;
}

}  // namespace chainer::user_side
