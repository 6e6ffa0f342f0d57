#include "submit/plan/resolve.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/characters.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/input/overrides.hpp"
#include "submit/plan/allocation.hpp"
#include "submit/plan/curated_base.hpp"
#include "submit/plan/exec_limits.hpp"
#include "submit/plan/image_choice.hpp"
#include "submit/plan/local_run.hpp"
#include "submit/plan/missing_path.hpp"
#include "submit/plan/other_files.hpp"
#include "submit/plan/package_keys.hpp"
#include "submit/plan/package_list.hpp"
#include "submit/plan/restarts.hpp"
#include "submit/plan/script_arguments.hpp"
#include "submit/plan/target_choice.hpp"

namespace chainer::plan {
namespace {

void check_variable(const toml::Member& member, toml::Report& report) {
  const auto* value = std::get_if<std::string>(&member.value.data);
  if (!is_variable_name(member.key)) {
    return report.error(member.key_place,
                        fmt::format("'{}' is not the name of an environment variable", member.key),
                        "a name is letters, digits and '_', and starts with no digit");
  }
  if (!value) {
    return toml::report_wrong_type(member.value, "environment_variables." + member.key, "a string",
                                   report, "put it in double quotes");
  }
  if (value->find('\0') != std::string::npos) {
    return report.error(
        member.value.place,
        fmt::format("{} holds a NUL byte, which no program can be given", member.key));
  }
  for (const std::string_view prefix : {"SLURM_", "CHAINER_SUBMIT_"}) {
    if (member.key.starts_with(prefix)) {
      report.warning(
          member.key_place,
          fmt::format("{} is Slurm's own: it does not steer srun, only what the script reads",
                      member.key),
          "use the keys of [slurm] for what Slurm is to do");
    }
  }
}

/// The user's variables in the order written, after those that a run has unless the user sets them.
std::vector<std::pair<std::string, std::string>> variables(
    const input::Estimator& estimator,
    const std::vector<std::pair<std::string, std::string>>& places_of_inputs,
    toml::Report& report) {
  std::vector<std::pair<std::string, std::string>> defaults = {
      {"PYTHONUNBUFFERED", "1"},  // lines reach the log when they are printed
  };
  // Without it, one rank that dies of an exception leaves the others waiting forever.
  if (estimator.distributed_training || estimator.distributed_backend) {
    defaults.emplace_back("CHAINERMN_FORCE_ABORT_ON_EXCEPTION", "1");
  }
  defaults.insert(defaults.end(), places_of_inputs.begin(), places_of_inputs.end());
  std::vector<std::pair<std::string, std::string>> users;
  if (estimator.environment_variables) {
    for (const auto& member : estimator.environment_variables->value) {
      check_variable(member, report);
      const auto* value = std::get_if<std::string>(&member.value.data);
      if (value) users.emplace_back(member.key, *value);
    }
  }
  std::erase_if(defaults, [&](const auto& variable) {
    return std::ranges::find(users, variable.first, [](const auto& user) { return user.first; }) !=
           users.end();
  });
  defaults.insert(defaults.end(), users.begin(), users.end());
  return defaults;
}

ByteSize shm_size_of(const input::Estimator& estimator, const input::Site& site) {
  if (estimator.shm_size) return estimator.shm_size->value;
  return site.defaults.shm_size ? site.defaults.shm_size->value
                                : default_of(input::estimator_keys(), &input::Estimator::shm_size);
}

ByteSize check_shm_size(const input::Estimator& estimator, const input::Site& site,
                        const input::NodeType& node, toml::Report& report) {
  const auto asked = shm_size_of(estimator, site);
  if (asked <= node.memory.value) return asked;
  report.error(
      estimator.shm_size ? estimator.shm_size->place : estimator.whole,
      fmt::format("shm_size {} {}, more than the {} of memory that a node has ({})",
                  estimator.shm_size ? "is" : "is not given and would be", asked.to_string(),
                  node.memory.value.to_string(), where(node.memory.place)),
      "/dev/shm lies in memory: ask for less, or for another compute target");
  return asked;
}

std::string check_entry_script(const input::Estimator& estimator, const SourceTree& source,
                               toml::Report& report) {
  const auto& script = estimator.entry_script;
  if (!script) {
    if (estimator.misses("entry_script")) {
      report.error(estimator.whole, "entry_script is missing", "name the Python script to run");
    }
    return {};
  }
  auto path = inside(script->value);
  if (is_notebook(path)) {
    report.error(script->place, fmt::format("entry_script '{}' is a notebook", script->value),
                 hint_on_notebook(path));
  } else if (path.empty()) {
    report.error(script->place,
                 fmt::format("entry_script '{}' is not inside source_directory", script->value),
                 "write its path relative to source_directory, without '..'");
  } else if (source.whole && !source.has_file(path)) {
    report.error(
        script->place, fmt::format("entry_script '{}' is not in {}", script->value, source.shown),
        source.ignores(path) ? fmt::format("{} leaves it out", source.ignore_file)
                             : hint_on_missing(script->value, file_meant_by(path, source, ".py"),
                                               "paths start at source_directory"));
  }
  // Python would read a leading dash as an option.
  return path.starts_with('-') ? "./" + path : path;
}

std::string run_name(const input::Estimator& estimator) {
  if (estimator.run && estimator.run->value.name) return estimator.run->value.name->value;
  return std::filesystem::path(estimator.whole.file).stem().string();
}

std::vector<std::string> run_tags(const input::Estimator& estimator) {
  std::vector<std::string> tags;
  if (!estimator.run || !estimator.run->value.tags) return tags;
  for (const auto& tag : estimator.run->value.tags->value) tags.push_back(tag.value);
  return tags;
}

/// A definition of the whole environment names all packages; how the framework's are built stays.
input::Recipe packages_of(const input::Estimator& estimator, input::Recipe recipe) {
  if (!estimator.environment_definition) return recipe;
  recipe.pip.clear();
  recipe.gpu_pip.clear();
  return recipe;
}

/// The folder of runs that the estimator's data store names, else the site's own.
std::string choose_runs(const input::Estimator& estimator, const input::Site& site,
                        toml::Report& report) {
  const auto& asked = estimator.source_directory_data_store;
  if (!asked) return site.runs;
  const auto* store = site.find_data_store(asked->value);
  if (!store) {
    std::vector<std::string_view> names;
    for (const auto& known : site.data_stores) names.push_back(known.name);
    report.error(asked->place, fmt::format("unknown data store '{}'", asked->value),
                 names.empty() ? "the site has none: leave source_directory_data_store out"
                               : fmt::format("the site has {}", fmt::join(names, ", ")));
    return {};
  }
  const auto& nodes = estimator.node_count;
  if (!store->on_all_nodes && nodes && nodes->value.get() > 1) {
    report.error(
        asked->place,
        fmt::format("not every node sees the data store '{}' ({}), and node_count ({}) is {}",
                    store->name, where(store->place), input::mention(nodes->place, asked->place),
                    nodes->value.get()),
        "leave source_directory_data_store out, or run on one node");
  }
  return store->path;
}

bool labels_ranks(const input::Estimator& estimator) {
  const auto& label = estimator.run ? estimator.run->value.label : std::nullopt;
  return label ? label->value : input::default_of(input::run_keys(), &input::RunDescription::label);
}

bool wants_compat(const input::Estimator& estimator) {
  return estimator.run && estimator.run->value.compat
             ? estimator.run->value.compat->value
             : input::default_of(input::run_keys(), &input::RunDescription::compat);
}

/// The parts of a Plan that the estimator and its folder decide without the site.
struct PartsWithoutSite {
  std::string entry_script;
  std::vector<ArgumentGroup> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  InputData inputs;
};

/// Arguments of script_params, the checkpoint, then those of script_args.
std::vector<ArgumentGroup> all_arguments(const input::Estimator& estimator,
                                         const Checkpoint& checkpoint, toml::Report& report) {
  auto groups = script_arguments(estimator, report);
  auto resume = checkpoint_argument(estimator, checkpoint, report);
  if (resume.empty()) return groups;
  const auto flags = estimator.script_params ? estimator.script_params->value.size() : 0;
  groups.insert(groups.begin() + static_cast<std::ptrdiff_t>(flags), std::move(resume));
  return groups;
}

PartsWithoutSite resolve_alone(const input::Estimator& estimator, const Facts& facts,
                               toml::Report& report) {
  check_processes(estimator, report);
  check_slurm_options(estimator, report);
  check_target_keys(estimator, report);
  check_restarts(estimator, report);
  check_image_keys(estimator, report);
  check_package_keys(estimator, report);
  check_optimized_mode(estimator, report);
  check_conda_keys(estimator, report);
  check_registry_details(estimator, facts.credentials, facts.source, report);
  check_checkpoint(estimator, facts.checkpoint, ranks_of(estimator), report);
  auto inputs = input_data(estimator, facts.inputs, report);
  if (estimator.resume_from) {
    inputs.binds.push_back({facts.checkpoint.path, facts.checkpoint.path});
  }
  PartsWithoutSite parts{check_entry_script(estimator, facts.source, report),
                         all_arguments(estimator, facts.checkpoint, report),
                         variables(estimator, inputs.variables, report), std::move(inputs)};
  check_exec_limits(estimator, parts.environment, parts.arguments, report);
  return parts;
}

}  // namespace

const ImageRef* reference_of(const PlannedImage& image) {
  if (const auto* tagged = std::get_if<TaggedImage>(&image)) return &tagged->reference;
  const auto* pinned = std::get_if<PinnedImage>(&image);
  return pinned ? &pinned->reference : nullptr;
}

std::string text_of(const PlannedImage& image) {
  const auto* reference = reference_of(image);
  return reference ? reference->text() : std::string();
}

const std::string& start_of_paths(const Facts& facts, const toml::Place& place) {
  return place.file == input::overrides_file ? facts.working_folder : facts.folder;
}

const input::Given<std::string>& requirements_file_of(const input::Estimator& estimator) {
  return estimator.pip_requirements_file ? estimator.pip_requirements_file
                                         : estimator.pip_requirements_file_path;
}

toml::Located<std::string> framework_version_of(const input::Estimator& estimator,
                                                const input::Site& site) {
  if (estimator.framework_version) return *estimator.framework_version;
  return {site.default_framework_version, estimator.whole};
}

void check_without_site(const input::Estimator& estimator, const Facts& facts,
                        toml::Report& report) {
  if (estimator.framework_version) {
    warn_about_flags(estimator, estimator.framework_version->value, report);
  }
  resolve_alone(estimator, facts, report);
  check_packages(estimator, report);
}

std::optional<Plan> resolve(const input::Estimator& estimator, const input::Site& site,
                            const Facts& facts, toml::Report& report) {
  const auto version = framework_version_of(estimator, site);
  const bool user_managed = is_user_managed(estimator);
  if (estimator.misses("framework_version") && !user_managed && !estimator.environment_definition) {
    report.warning(estimator.whole,
                   fmt::format("framework_version is not given: {} is used", version.value),
                   "name the version, so that the run stays the same when the default changes");
  }
  warn_about_flags(estimator, version.value, report);
  auto alone = resolve_alone(estimator, facts, report);
  auto runs = choose_runs(estimator, site, report);
  auto image = choose_image(estimator, site, facts, report);
  std::optional<RegistryLogin> login;
  if (const auto* reference = image ? reference_of(*image) : nullptr) {
    login = registry_login(estimator, *reference, facts.credentials, report);
  }
  const auto target = choose_target(estimator, site, report);
  const bool local = target && is_local(*target);
  if (local) check_local_run(estimator, report);
  const auto shm_size = target ? check_shm_size(estimator, site, target->node_type, report)
                               : shm_size_of(estimator, site);
  auto allocation = target ? allocate(estimator, *target, site, report) : Allocation{};
  std::string requirements, conda;
  if (!facts.recipe || user_managed)
    check_packages(estimator, report);
  else if (uses_conda(estimator))
    conda = conda_text(estimator, packages_of(estimator, *facts.recipe), facts.conda,
                       facts.requirements, report);
  else
    requirements = requirements_text(estimator, packages_of(estimator, *facts.recipe),
                                     facts.requirements, report);
  if (report.has_errors()) return std::nullopt;
  auto base_lock = base_lock_text(estimator, facts.curated, *image, local, report);

  return Plan{run_name(estimator),
              estimator.run && estimator.run->value.description
                  ? estimator.run->value.description->value.text
                  : "",
              run_tags(estimator),
              target->name,
              user_managed && !estimator.framework_version ? "" : version.value,
              std::move(allocation),
              *std::move(image),
              target->mpi,
              shm_size,
              std::move(requirements),
              user_managed ? "" : build_constraints_text(*facts.recipe),
              std::move(alone.environment),
              std::move(alone.entry_script),
              std::move(alone.arguments),
              facts.source,
              labels_ranks(estimator),
              std::move(conda),
              user_managed ? "" : startup_text(estimator, *facts.recipe),
              wants_compat(estimator),
              std::move(alone.inputs.binds),
              std::move(alone.inputs.downloads),
              std::move(runs),
              std::move(login),
              user_managed,
              site.environment,
              std::nullopt,
              local,
              std::move(base_lock)};
}

}  // namespace chainer::plan
