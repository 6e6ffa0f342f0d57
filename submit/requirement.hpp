// Requirements as pip reads them: as much of their grammar as deciding whose version wins takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "submit/report.hpp"

namespace chainer {

/// The package that a requirement (PEP 508) names, normalised as package indexes do (PEP 503):
/// lower case, runs of `-_.` as one `-`. Empty for what is no requirement.
std::optional<std::string> package_of(std::string_view requirement);

/// A line of a requirements file, with its continuation lines.
struct RequirementLine {
  std::string text;
  std::string package;  ///< empty for an option, a comment or a blank line
  Place place;
};

/// Reads a requirements file that is written into another folder: options that name a local file
/// (-r, -c, -e) and local paths would mean something else there, and are reported.
std::vector<RequirementLine> read_requirements(std::string_view text, const std::string& file,
                                               Report& report);

}  // namespace chainer
