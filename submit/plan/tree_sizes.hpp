// What takes the most room in a folder, for a person who must leave something out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chainer::plan {

/// "1.2 GB", "340 kB": powers of 1000, as disks are sold.
std::string shown_size(std::uint64_t bytes);

/// Adds up files and the folders that they lie in, in the order of a walk.
class TreeSizes {
 public:
  enum class By { size, count };

  void enter(const std::string& folder);
  void leave() { open_.pop_back(); }
  void add(const std::string& file, std::uint64_t size);
  std::size_t entries() const { return entries_.size() - 1; }

  /// The files and folders that hold the most, largest first, in words. A folder that is large
  /// because of one thing in it is replaced by that thing. Empty where a count has no folders to
  /// blame.
  std::string largest(By by) const;

 private:
  struct Entry {
    std::string path;
    std::uint64_t size{0}, count{0};
    std::size_t parent{0};
    bool is_folder{false};

    std::uint64_t measure(By by) const { return by == By::size ? size : count; }
  };

  std::vector<std::size_t> largest_below(std::size_t folder, By by) const;
  std::size_t cause_of(std::size_t entry, By by) const;

  std::vector<Entry> entries_{{"", 0, 0, 0, true}};
  std::vector<std::size_t> open_{0};  ///< the folders that the walk is in
};

}  // namespace chainer::plan
