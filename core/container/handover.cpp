#include "core/container/handover.hpp"

#include <charconv>

#include "core/container/started_task.hpp"

namespace chainer {
namespace {

Result<std::vector<unsigned>> numbers_in(std::string_view text) {
  std::vector<unsigned> numbers;
  for (const auto& record : from_records(text)) {
    unsigned number = 0;
    const auto* end = record.data() + record.size();
    const auto [stop, failure] = std::from_chars(record.data(), end, number);
    if (failure != std::errc() || stop != end)
      return Error{"'" + record + "' is no number", "", 0, Fault::defect};
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::string Handover::to_text() const {
  std::vector<std::string> records{std::to_string(user), std::to_string(group),
                                   std::to_string(open_files), std::to_string(streams),
                                   has_terminal ? "1" : "0"};
  for (const int filler : fillers) records.push_back(std::to_string(filler));
  return to_records(records);
}

Result<Handover> Handover::parse(std::string_view text) {
  constexpr std::size_t fixed = 5;
  TRY_ASSIGN(const auto numbers, numbers_in(text));
  if (numbers.size() < fixed) return Error{"a handover lacks numbers", "", 0, Fault::defect};
  Handover handover{numbers[0], numbers[1], numbers[2], static_cast<int>(numbers[3]),
                    numbers[4] != 0};
  handover.fillers.assign(numbers.begin() + fixed, numbers.end());
  return handover;
}

}  // namespace chainer
