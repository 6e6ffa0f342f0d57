// A conda environment file (environment.yml), with the place of each part.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.hpp"
#include "core/match_spec.hpp"

namespace chainer {

struct CondaFile {
  struct Line {
    std::string text;
    Position at;
  };
  struct Package {
    MatchSpec spec;
    Position at;
  };
  struct Variable {
    std::string name, value;
    Position at;
  };

  std::vector<Line> channels;
  std::vector<Package> packages;
  std::vector<Line> pip;  ///< as lines of a pip requirements file
  std::vector<Variable> variables;
  std::vector<Finding> findings;  ///< errors and warnings, by position

  bool is_sound() const;
};

/// Reads what `conda env create` reads: `channels`, `dependencies` with its `pip:` section, and
/// `variables`. `name` and `prefix` are passed over with a warning. `file` is what findings call it.
CondaFile read_conda_file(std::string_view text, const std::string& file);

/// Why a text cannot be a channel; empty for a name, a URL or a folder's absolute path. Credentials
/// in it are refused, since the channel ends up in locks and logs.
std::string fault_of_channel(std::string_view channel);

/// Whether a file of this name is taken for a conda environment file.
bool is_conda_file_name(std::string_view name);

}  // namespace chainer
