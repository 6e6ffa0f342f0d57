#include "spank_plugin/step.hpp"

namespace chainer {
namespace {

std::string step_name(std::uint32_t step_id) {
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

std::string Step::id() const { return std::to_string(job_id) + "." + step_name(step_id); }

std::string Step::label() const { return "node " + node + ", step " + id(); }

}  // namespace chainer
