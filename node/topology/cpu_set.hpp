// CPUs by the kernel's numbers: what a mask of Slurm's and a list of the kernel's say.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer::topology {

class CpuSet {
 public:
  /// The highest number that is read. Slurm's masks end here too.
  static constexpr unsigned last_number = 1023;

  CpuSet() = default;
  CpuSet(std::initializer_list<unsigned> numbers) : numbers_(numbers) {}

  /// Reads a list as the kernel and taskset write it, such as `0-3,8`. The user's fault otherwise.
  static Result<CpuSet> parse_list(std::string_view text);
  /// What this process may run on.
  static Result<CpuSet> of_this_process();

  void add(unsigned number) { numbers_.insert(number); }
  void add(const CpuSet& others) {
    numbers_.insert(others.numbers_.begin(), others.numbers_.end());
  }

  bool empty() const { return numbers_.empty(); }
  std::size_t size() const { return numbers_.size(); }
  bool has(unsigned number) const { return numbers_.contains(number); }
  bool has(const CpuSet& others) const;
  CpuSet common(const CpuSet& others) const;

  std::string list_text() const;  ///< `0-3,8`
  std::string mask_text() const;  ///< `0x10f`

  std::set<unsigned>::const_iterator begin() const { return numbers_.begin(); }
  std::set<unsigned>::const_iterator end() const { return numbers_.end(); }
  bool operator==(const CpuSet&) const = default;

 private:
  std::set<unsigned> numbers_;
};

}  // namespace chainer::topology
