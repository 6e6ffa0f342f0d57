#include "submit/plan/tree_sizes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/name_list.hpp"

namespace chainer::plan {
namespace {

constexpr std::size_t most_named = 5;
/// An entry with at least this part of its folder is what makes the folder large, in percent.
constexpr std::uint64_t most_of_it = 80;
/// What holds less than this part of the whole is not named, in percent.
constexpr std::uint64_t too_little = 5;

}  // namespace

std::string shown_size(std::uint64_t bytes) {
  constexpr const char* units[] = {"bytes", "kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1000 && unit + 1 < std::size(units); ++unit) size /= 1000;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, units[unit]);
}

void TreeSizes::enter(const std::string& folder) {
  entries_.push_back({folder, 0, 0, open_.back(), true});
  open_.push_back(entries_.size() - 1);
}

void TreeSizes::add(const std::string& file, std::uint64_t size) {
  entries_.push_back({file, size, 1, open_.back(), false});
  for (const auto folder : open_) {
    entries_[folder].size += size;
    ++entries_[folder].count;
  }
}

std::vector<std::size_t> TreeSizes::largest_below(std::size_t folder, By by) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    // A file counts as one file: where there are too many of them, only folders are worth naming.
    const bool counts = by == By::size || entries_[i].is_folder;
    if (entries_[i].parent == folder && counts) found.push_back(i);
  }
  std::ranges::stable_sort(found, std::greater{},
                           [&](std::size_t i) { return entries_[i].measure(by); });
  return found;
}

std::size_t TreeSizes::cause_of(std::size_t entry, By by) const {
  while (entries_[entry].is_folder) {
    const auto below = largest_below(entry, by);
    if (below.empty() ||
        entries_[below[0]].measure(by) * 100 < entries_[entry].measure(by) * most_of_it) {
      break;
    }
    entry = below[0];
  }
  return entry;
}

std::string TreeSizes::largest(By by) const {
  std::string text;
  std::size_t named = 0;
  for (const auto top : largest_below(0, by)) {
    const bool is_little = entries_[top].measure(by) * 100 < entries_[0].measure(by) * too_little;
    if (named == most_named || (named > 0 && is_little)) break;
    const auto& entry = entries_[cause_of(top, by)];
    append_name(text, fmt::format("{}{} ({}{})", entry.path, entry.is_folder ? "/" : "",
                                  shown_size(entry.size),
                                  entry.is_folder ? fmt::format(" in {} files", entry.count) : ""));
    ++named;
  }
  return text;
}

}  // namespace chainer::plan
