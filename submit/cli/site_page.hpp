// The site file as people read about it: docs/site.md, and `site show`.
#pragma once

#include <string>
#include <vector>

#include "submit/input/site_values.hpp"

namespace chainer::cli {

/// The text of docs/site.md.
std::string site_page();

/// Every value with the file and line that it comes from.
std::string site_values_text(const std::vector<input::SiteValue>& values);

}  // namespace chainer::cli
