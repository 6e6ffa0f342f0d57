// What an import makes: a draft of an estimator, and what could not be translated, each at its line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "submit/draft/draft.hpp"
#include "submit/toml/report.hpp"

namespace chainer::draft {

struct Translation {
  std::string file;    ///< what is read, as the person named it
  std::string folder;  ///< its own folder, absolute
  std::string target;  ///< the folder that the draft is for; its relative paths start there
  Draft draft{};
  toml::Report report{};
  /// The files that were read, for the findings' excerpts.
  std::vector<std::pair<std::string, std::string>> texts{};

  /// Adds a warning, which also becomes a comment of the draft.
  void cannot(const toml::Place& place, std::string_view what, const std::string& why);
  /// A path that was written relative to `from`, as the draft writes it.
  std::string path(const std::string& written, const std::string& from) const;
};

/// Warns about members that nothing was made of, each with its value: all but those in `known`.
void name_the_rest(const toml::Table& table, const std::vector<std::string_view>& known,
                   const std::string& prefix, Translation& translation);

/// The version in `chainer==7.0.0` and `chainer=7.0.0`, without the `.post1` that the index adds;
/// empty where a package is not pinned.
std::string pinned_version(std::string_view package);

/// Packages as a conda environment file or an environment section lists them.
void translate_packages(const toml::Table& conda_file, Translation& translation);

/// Translates an image's reference; the service's own images are not to be had.
void translate_image(const toml::Value& image, Translation& translation);

/// Reads the conda environment file at `path`, an absolute path that the person knows as `shown`.
void translate_conda_file(const std::string& path, const std::string& shown,
                          const toml::Place& place, Translation& translation);

}  // namespace chainer::draft
