// What a snapshot of source_directory would hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "submit/input/site.hpp"
#include "submit/toml/report.hpp"

namespace chainer::plan {

struct SourceFile {
  std::string path;  ///< relative to the tree's folder
  std::uint64_t size{0};
  bool executable{false};
};

/// Kept as a link: what it points to is never read.
struct SourceLink {
  std::string path;
  std::string target;
};

struct SourceTree {
  std::string folder;       ///< absolute
  std::string shown;        ///< the folder as messages name it
  std::string ignore_file;  ///< the name of files with rules
  bool whole{false};        ///< false when an error ended the listing
  std::vector<std::string> folders;
  std::vector<SourceFile> files;
  std::vector<SourceLink> links;
  std::vector<std::string>
      ignored;  ///< what the ignore file leaves out, folders without what is in them

  bool has_file(std::string_view path) const;
  /// Whether `path` is missing from the tree because of the ignore file.
  bool ignores(std::string_view path) const;
};

/// Lists `folder` (`shown` in messages), each list sorted, without anything called .git and without
/// what .chainerignore, else .amlignore, else .gitignore leaves out. Files of the same name in
/// folders below add rules for what lies there, which win. Unreadable entries, and more than the
/// limits allow, are reported at `place`; without limits the listing silently ends at the usual
/// ones.
/// `hint` is for a folder that is not there.
SourceTree list_source(const std::string& folder, const std::string& shown,
                       const input::SiteLimits* limits, const toml::Place& place,
                       toml::Report& report, const std::string& hint = {});

/// `path` relative to a folder and inside of it, without `.` and `..`; empty when it leads outside.
std::string inside(std::string_view path);

}  // namespace chainer::plan
