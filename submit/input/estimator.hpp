// The estimator as it was written: nothing filled in, every value with its place.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "submit/input/key.hpp"

namespace chainer::input {

struct DistributedTraining {
  Given<std::string> type;
  Given<toml::Count> process_count_per_node;
};

struct SlurmOptions {
  Given<std::string> account, partition, qos, constraint, reservation;
  Given<toml::Count> cpus_per_task;
  Given<toml::Count> gpus_per_node;
  Given<std::string> gpu_type;
  Given<ByteSize> mem;
  Given<bool> exclusive;
  Given<std::string> binding;
  Given<std::string> array, dependency, mail;
  Given<std::int64_t> nice;
  Given<std::string> begin, deadline, licenses;
  Given<toml::Strings> extra;
};

struct RunDescription {
  Given<std::string> name;
  Given<toml::Strings> tags;
  Given<toml::Prose> description;
  Given<bool> label;
  Given<bool> compat;
  Given<bool> requeue;
  Given<toml::Count> max_restarts;
  Given<toml::Seconds> notify_before_seconds;
};

struct RegistryDetails {
  Given<std::string> address, username, password, password_file, password_env, auth_file;
};

struct DockerDefinition {
  Given<bool> enabled;
  Given<ImageRef> base_image;
  Given<RegistryDetails> base_image_registry;
  Given<ByteSize> shm_size;
};

struct PythonDefinition {
  Given<bool> user_managed_dependencies;
  Given<toml::Strings> conda_packages, pip_packages;
  Given<std::string> conda_dependencies_file, pip_requirements_file;
};

/// The whole environment in one table: in the estimator, or in a file of its own.
struct EnvironmentDefinition {
  Given<std::string> file;
  Given<DockerDefinition> docker;
  Given<PythonDefinition> python;
  Given<toml::Table> environment_variables;
};

struct Input {
  toml::Place place;
  std::map<std::string, toml::Place> written;  ///< its keys that are there
  Given<std::string> name, path, mode, path_on_compute, digest;
};
using Inputs = std::vector<Input>;

struct Estimator {
  toml::Place whole;  ///< the file, for what is missing from it
  /// The keys that are there, also those with a wrong value, and where: "slurm", and "slurm.mem"
  /// for a member of it.
  std::map<std::string, toml::Place> written;

  /// True for a key that nobody wrote: only then is its missing value an error of its own.
  bool misses(const std::string& key) const { return !written.contains(key); }

  Given<std::string> source_directory, compute_target, vm_size, vm_priority, entry_script;
  Given<toml::Table> script_params;
  Given<toml::Strings> script_args;
  Given<toml::Count> node_count, process_count_per_node;
  Given<std::string> distributed_backend;
  Given<DistributedTraining> distributed_training;
  Given<bool> use_gpu, use_docker, user_managed;
  Given<bool> disable_validation, show_lint_warnings, show_package_warnings;
  Given<bool> enable_optimized_mode;
  Given<ImageRef> custom_docker_image, custom_docker_base_image;
  Given<RegistryDetails> image_registry_details;
  Given<EnvironmentDefinition> environment_definition;
  Given<toml::Strings> conda_packages;
  Given<std::string> conda_dependencies_file, conda_dependencies_file_path;
  Given<toml::Strings> pip_packages;
  Given<std::string> pip_requirements_file, pip_requirements_file_path;
  Given<toml::Table> environment_variables;
  Given<Inputs> inputs;
  Given<std::string> source_directory_data_store, resume_from, resume_from_flag;
  Given<ByteSize> shm_size;
  Given<toml::Seconds> max_run_duration_seconds;
  Given<std::string> framework_version;
  Given<SlurmOptions> slurm;
  Given<RunDescription> run;
};

/// Reads what a parsed document holds; reports all unknown keys, wrong types and keys of later
/// versions.
Estimator read_estimator(const toml::Table& document, const std::string& file,
                         toml::Report& report);

}  // namespace chainer::input
