// Which of the programs that a run needs an image holds, as the listings of its layers say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/archive/byte_source.hpp"
#include "node/archive/tar_reader.hpp"

namespace chainer::user_side {

struct ImagePython {
  std::string path;
  std::string version;  ///< "3.11"; empty where no file name says it
};

struct ImageMpi {
  std::string path;    ///< of its library
  std::string family;  ///< "Open MPI", "MPICH" for all that have its interface, or empty
  bool speaks_pmix{false};
};

struct ImagePrograms {
  std::optional<ImagePython> python;  ///< the first that the image's PATH leads to
  std::string other_python;           ///< without one: a Python elsewhere, or empty
  std::optional<ImageMpi> mpi;
  std::string mpirun;  ///< the first on the PATH, mpirun or mpiexec; empty: none
};

class ImageContents {
 public:
  /// `environment` is the image's own, KEY=VALUE: its PATH says where programs are looked for.
  explicit ImageContents(const std::vector<std::string>& environment);

  /// Reads the plain tar of the layer with this number, counted from the bottom. Layers may come in
  /// any order; of one that ends in an error counts what was read.
  Result<void> add_layer(std::size_t number, archive::ByteSource& layer);

  /// What the layers together hold: what an upper one removes or replaces is not there.
  ImagePrograms programs() const;

 private:
  struct Note {
    std::size_t layer;
    std::string path;    ///< without a slash in front
    std::string target;  ///< of a symlink
    bool speaks_pmix{false};
  };
  struct Removal {
    std::size_t layer;
    std::string path;
    bool is_of_contents;  ///< the folder itself stays
  };

  Result<void> add_entry(std::size_t number, const archive::TarEntry& entry,
                         archive::TarReader& tar);
  Result<void> note_whiteout(std::size_t number, const std::string& folder, std::string_view name);
  bool leads_to_search_path(const std::string& path) const;
  bool is_visible(const Note& note) const;
  const Note* visible(const std::string& path) const;
  std::string real_folder(std::string folder) const;
  const Note* on_search_path(const std::vector<std::string>& names) const;
  std::optional<ImagePython> python() const;
  std::string any_python() const;
  std::optional<ImageMpi> mpi() const;
  std::string version_of(const Note& python) const;

  std::vector<std::string> search_path_;
  std::vector<Note> notes_{};
  std::vector<Removal> removals_{};
};

}  // namespace chainer::user_side
