#include "submit/run/value_origins.hpp"

#include "submit/plan/target_choice.hpp"

namespace chainer::run {
namespace {

input::WrittenPlaces places_of_target(const input::Estimator& estimator, const input::Site& site) {
  toml::Report ignored;  // it was reported when the plan was made
  const auto target = plan::choose_target(estimator, site, ignored);
  return target ? target->written : input::WrittenPlaces{};
}

}  // namespace

ValueOrigins::ValueOrigins(const input::Estimator& estimator, const input::Site& site)
    : estimator_(estimator),
      slurm_(estimator.slurm ? estimator.slurm->value : input::SlurmOptions{}),
      site_(places_of_target(estimator, site)) {}

Origin ValueOrigins::gpus() const {
  if (slurm_.gpus_per_node) return {"slurm.gpus_per_node", slurm_.gpus_per_node->place};
  return estimator_.use_gpu ? Origin{"use_gpu", estimator_.use_gpu->place} : target();
}

Origin ValueOrigins::nodes() const {
  return estimator_.node_count ? Origin{"node_count", estimator_.node_count->place} : target();
}

Origin ValueOrigins::duration() const {
  const auto& asked = estimator_.max_run_duration_seconds;
  return asked ? Origin{"max_run_duration_seconds", asked->place} : target();
}

Origin ValueOrigins::processors() const {
  return slurm_.cpus_per_task ? Origin{"slurm.cpus_per_task", slurm_.cpus_per_task->place}
                              : nodes();
}

Origin ValueOrigins::memory() const {
  return slurm_.mem ? Origin{"slurm.mem", slurm_.mem->place} : nodes();
}

Origin ValueOrigins::image() const {
  if (const auto& image = estimator_.custom_docker_image)
    return {"custom_docker_image", image->place};
  if (const auto& image = estimator_.custom_docker_base_image)
    return {"custom_docker_base_image", image->place};
  return {"", estimator_.whole};
}

Origin ValueOrigins::ranks() const {
  if (const auto& training = estimator_.distributed_training)
    return {"distributed_training", training->place};
  if (const auto& backend = estimator_.distributed_backend)
    return {"distributed_backend", backend->place};
  return nodes();
}

Origin ValueOrigins::target() const {
  if (estimator_.compute_target) return {"compute_target", estimator_.compute_target->place};
  if (estimator_.vm_size) return {"vm_size", estimator_.vm_size->place};
  return {"compute_target", estimator_.whole};
}

Origin ValueOrigins::of(const char* key,
                        input::Given<std::string> input::SlurmOptions::*member) const {
  const auto& own = slurm_.*member;
  return own ? Origin{std::string("slurm.") + key, own->place} : of_site(key);
}

Origin ValueOrigins::of_site(const char* key) const {
  const auto written = site_.find(key);
  return written == site_.end() ? target() : Origin{key, written->second};
}

}  // namespace chainer::run
