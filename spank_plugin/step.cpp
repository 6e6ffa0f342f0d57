#include "spank_plugin/step.hpp"

namespace chainer {
namespace {

std::string word_for_step(std::uint32_t step_id) {
  switch (step_id) {
    case batch_step: return "batch";
    case extern_step: return "extern";
    case interactive_step: return "interactive";
    default: return std::to_string(step_id);
  }
}

}  // namespace

StepKind kind_of(std::uint32_t step_id) {
  switch (step_id) {
    case extern_step: return StepKind::external;
    case batch_step:
    case interactive_step: return StepKind::script;
    default: return StepKind::tasks;
  }
}

std::string name_of_step(std::uint32_t job_id, std::uint32_t step_id) {
  return std::to_string(job_id) + "." + word_for_step(step_id);
}

std::string Step::id() const { return name_of_step(job_id, step_id); }

std::string Step::label() const { return "node " + node + ", step " + id(); }

}  // namespace chainer
