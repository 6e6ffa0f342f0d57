// What an estimator asks of pip: its pip_packages and the lines of its requirements file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/requirement.hpp"
#include "submit/toml/report.hpp"

namespace chainer::input {

/// A line of a requirements file, with those that continue it, without its comment.
struct RequirementLine {
  std::string text;
  std::optional<Requirement> requirement;  ///< empty for an option and for a URL alone
  toml::Place place;
};

/// Reads one requirement with the options after it; nothing when it has reported why it could not.
/// Local paths are refused, since the text is read in another folder.
std::optional<Requirement> read_requirement(std::string_view text, const toml::Place& place,
                                            toml::Report& report);

/// Reads one line of a requirements file, without its comment; reports what pip or the builder
/// could not read, and what names a local file.
RequirementLine read_requirement_line(std::string text, const toml::Place& place,
                                      toml::Report& report);

/// Reads a requirements file as pip does (its documentation, "Requirements File Format"). The nodes
/// read it in another folder: options and requirements that name a local file are reported, and so
/// is what pip or the builder could not read.
std::vector<RequirementLine> read_requirements(std::string_view text, const std::string& file,
                                               toml::Report& report);

}  // namespace chainer::input
