#include "core/preparation_work.hpp"

#include <algorithm>
#include <array>

namespace chainer {
namespace {

struct Name {
  Phase phase;
  std::string_view name;
};

constexpr std::array names_of_phases{Name{Phase::wait, "wait"}, Name{Phase::resolve, "resolve"},
                                     Name{Phase::download, "download"}, Name{Phase::build, "build"},
                                     Name{Phase::convert, "convert"}};

}  // namespace

std::string_view name_of(Phase phase) {
  const auto found = std::ranges::find(names_of_phases, phase, &Name::phase);
  return found == names_of_phases.end() ? std::string_view() : found->name;
}

std::optional<Phase> phase_named(std::string_view name) {
  const auto found = std::ranges::find(names_of_phases, name, &Name::name);
  return found == names_of_phases.end() ? std::nullopt : std::optional(found->phase);
}

std::optional<Phase> phase_numbered(std::uint32_t number) {
  const auto phase = static_cast<Phase>(number);
  return name_of(phase).empty() ? std::nullopt : std::optional(phase);
}

bool PreparationWork::has(Phase phase) const {
  return std::ranges::find(phases, phase, &PhaseTime::phase) != phases.end();
}

void add_first(PreparationWork& work, const PhaseTime& time) {
  work.phases.insert(work.phases.begin(), time);
}

std::uint64_t PreparationWork::bytes() const {
  const auto found = std::ranges::find(phases, Phase::convert, &PhaseTime::phase);
  return found == phases.end() ? 0 : found->bytes;
}

}  // namespace chainer
