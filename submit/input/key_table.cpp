#include "submit/input/key_table.hpp"

#include "submit/input/key_search.hpp"
#include "submit/input/table_reader.hpp"

namespace chainer::input {
namespace {

constexpr auto site_too = SetBy::site_and_command_line;

constexpr Key<DistributedTraining> distributed_training_rows[] = {
    key<&DistributedTraining::type>(
        {.name = "type",
         .sentence =
             "How the processes talk to each other; \"mpi\" is the one way that Chainer has.",
         .example = "\"mpi\""}),
    key<&DistributedTraining::process_count_per_node>(
        {.name = "process_count_per_node",
         .fallback = toml::Count::one(),
         .sentence = "Processes (MPI ranks) on every node.",
         .example = "4"}),
};

constexpr Key<SlurmOptions> slurm_rows[] = {
    key<&SlurmOptions::account>({.name = "account",
                                 .sentence = "The account that the job is charged to.",
                                 .example = "\"physics\"",
                                 .also = "charge_account",
                                 .set_by = site_too}),
    key<&SlurmOptions::partition>({.name = "partition",
                                   .sentence = "The partition (queue) to run in.",
                                   .example = "\"gpu\"",
                                   .also = "queue partitions",
                                   .set_by = site_too}),
    key<&SlurmOptions::qos>({.name = "qos",
                             .sentence = "The quality of service to ask for.",
                             .example = "\"high\"",
                             .also = "quality_of_service",
                             .set_by = site_too}),
    key<&SlurmOptions::constraint>(
        {.name = "constraint",
         .sentence = "Features that the nodes must have, as sbatch --constraint reads them.",
         .example = "\"nvlink\"",
         .also = "constraints feature features",
         .set_by = site_too}),
    key<&SlurmOptions::reservation>(
        {.name = "reservation", .sentence = "The reservation to run in.", .example = "\"course\""}),
    key<&SlurmOptions::cpus_per_task>(
        {.name = "cpus_per_task",
         .fallback = toml::Count::one(),
         .sentence = "CPUs for each process.",
         .example = "4",
         .also = "cpus cpu num_cpus ncpus cores threads cpus_per_process"}),
    key<&SlurmOptions::gpus_per_node>(
        {.name = "gpus_per_node",
         .sentence = "GPUs on every node, all visible to each of its processes; as many as "
                     "processes when use_gpu is set.",
         .example = "2",
         .also = "gpus num_gpus ngpus gpu_count gres gpus_per_task"}),
    key<&SlurmOptions::gpu_type>({.name = "gpu_type",
                                  .sentence = "The kind of GPU, as the cluster names it.",
                                  .example = "\"a100\"",
                                  .also = "gpu_kind gpu_model",
                                  .set_by = site_too}),
    key<&SlurmOptions::mem>(
        {.name = "mem",
         .unit = "b, k, m or g",
         .sentence = "Memory on every node, which files in /dev/shm count against.",
         .example = "\"64g\"",
         .also = "memory mem_gb ram mem_per_node mem_per_cpu"}),
    key<&SlurmOptions::exclusive>({.name = "exclusive",
                                   .fallback = false,
                                   .sentence = "Share the nodes with no other job.",
                                   .example = "true"}),
    key<&SlurmOptions::binding>(
        {.name = "binding",
         .fallback = InWords("as Slurm does"),
         .sentence =
             "Which CPUs of a node each process gets: \"auto\" the ones near its GPU, planned "
             "on the nodes; \"cores\" cores in Slurm's order; \"none\" all that the run has "
             "there; or a mask for each process, with commas between them.",
         .example = "\"auto\"",
         .also = "cpu_bind mem_bind affinity hint"}),
    key<&SlurmOptions::array>({.name = "array",
                               .sentence = "Submit a job array, as sbatch --array reads it; every "
                                           "element runs the same script.",
                               .example = "\"0-9%2\"",
                               .also = "job_array array_parallelism"}),
    key<&SlurmOptions::dependency>(
        {.name = "dependency",
         .sentence = "Jobs to wait for, as sbatch --dependency reads it.",
         .example = "\"afterok:1234\"",
         .also = "depends depends_on after afterok"}),
    key<&SlurmOptions::mail>({.name = "mail",
                              .sentence = "Where to send mail when the job ends or fails.",
                              .example = "\"ada@example.org\"",
                              .also = "mail_user mail_type email"}),
    key<&SlurmOptions::nice>({.name = "nice",
                              .fallback = 0,
                              .sentence = "Lowers the job's priority by this much.",
                              .example = "100",
                              .also = "priority"}),
    key<&SlurmOptions::begin>({.name = "begin",
                               .sentence = "The earliest start, as sbatch --begin reads it.",
                               .example = "\"now+1hour\"",
                               .also = "start start_time"}),
    key<&SlurmOptions::deadline>({.name = "deadline",
                                  .sentence = "The latest end, as sbatch --deadline reads it.",
                                  .example = "\"2030-01-31T18:00\""}),
    key<&SlurmOptions::licenses>({.name = "licenses",
                                  .sentence = "Licenses to hold while the job runs.",
                                  .example = "\"solver:1\"",
                                  .also = "license"}),
    key<&SlurmOptions::extra>(
        {.name = "extra",
         .sentence = "More options for sbatch, each as \"--option=value\".",
         .example = "[\"--comment=first try\"]",
         .also = "additional_parameters extra_args sbatch_args sbatch_options options"}),
};

constexpr Key<RunDescription> run_rows[] = {
    key<&RunDescription::name>({.name = "name",
                                .fallback = InWords("the file's name"),
                                .sentence = "The run's name, which its folder and its job get.",
                                .example = "\"digits\"",
                                .also = "job_name jobname run_name experiment experiment_name"}),
    key<&RunDescription::tags>({.name = "tags",
                                .sentence = "Words to find the run by.",
                                .example = "[\"baseline\", \"small\"]",
                                .also = "tag labels"}),
    key<&RunDescription::description>({.name = "description",
                                       .sentence = "What the run is for.",
                                       .example = "\"the net of last week, with a smaller step\"",
                                       .also = "comment notes"}),
    key<&RunDescription::label>(
        {.name = "label",
         .fallback = false,
         .sentence = "Begin each line that a rank writes with its number, as in \"[3] epoch 1\". "
                     "Each rank's output is also kept apart, as it wrote it, in "
                     "attempts/*/ranks/3.log of the run's folder.",
         .example = "true",
         .also = "label_output prefix prefix_output"}),
    key<&RunDescription::compat>(
        {.name = "compat",
         .fallback = false,
         .sentence = "Give scripts of the retired service the module that they log with: "
                     "Run.get_context().log(…) writes into the run's metrics.jsonl.",
         .example = "true",
         .also = "azureml"}),
    key<&RunDescription::requeue>(
        {.name = "requeue",
         .fallback = false,
         .sentence = "Queue the job again when its node fails or another job takes its place, and, "
                     "with notify_before_seconds, when its time runs out.",
         .example = "true",
         .also = "restart auto_restart resubmit"}),
    key<&RunDescription::max_restarts>(
        {.name = "max_restarts",
         .sentence = "How often a job may be queued again; without it, as often as it takes.",
         .example = "3",
         .also = "max_retries retries"}),
    key<&RunDescription::notify_before_seconds>(
        {.name = "notify_before_seconds",
         .unit = "seconds",
         .sentence = "How long before its time is over every process gets SIGTERM, once, so that "
                     "it can save its work; Slurm may send it a minute earlier.",
         .example = "300",
         .also = "signal warn_before grace_period"}),
};

constexpr Key<Input> input_rows[] = {
    key<&Input::name>({.name = "name",
                       .sentence =
                           "What the script calls it: $CHAINER_INPUT_NAME, in capitals, and "
                           "$AZUREML_DATAREFERENCE_name hold where it is.",
                       .example = "\"train\""}),
    key<&Input::path>(
        {.name = "path",
         .sentence = "Where the data is: a file or folder, relative to the estimator's folder; for "
                     "download an http, https or file address too; for direct anything.",
         .example = "\"data/train\""}),
    key<&Input::mode>(
        {.name = "mode",
         .fallback = "mount",
         .sentence = "mount shows it in the container, download puts it on each node's own disk "
                     "before the run and takes it away after it, direct only names it.",
         .example = "\"download\"",
         .choices = "mount download direct"}),
    key<&Input::path_on_compute>(
        {.name = "path_on_compute",
         .fallback = InWords("the path itself, or a folder of the job's for downloads"),
         .sentence = "Where the script finds it, an absolute path; not for direct.",
         .example = "\"/data/train\""}),
    key<&Input::digest>(
        {.name = "digest",
         .sentence = "What a downloaded file must hash to: sha256: and 64 hex "
                     "digits.",
         .example = "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""}),
};

constexpr Key<RegistryDetails> registry_rows[] = {
    key<&RegistryDetails::address>({.name = "address",
                                    .fallback = InWords("the image's registry"),
                                    .sentence = "The registry, as custom_docker_image names it.",
                                    .example = "\"registry.example.org\"",
                                    .set_by = SetBy::file}),
    key<&RegistryDetails::username>({.name = "username",
                                     .sentence = "The account there.",
                                     .example = "\"ada\"",
                                     .set_by = SetBy::file}),
    key<&RegistryDetails::password>(
        {.name = "password",
         .sentence = "Refused: a password is given by password_file, password_env or auth_file.",
         .set_by = SetBy::file}),
    key<&RegistryDetails::password_file>(
        {.name = "password_file",
         .sentence =
             "A file that holds the password alone, relative to the estimator's folder; read "
             "when the run is submitted.",
         .example = "\"secrets/registry\"",
         .set_by = SetBy::file}),
    key<&RegistryDetails::password_env>(
        {.name = "password_env",
         .sentence = "The variable of the submitting shell that holds the password; the job does "
                     "not get it.",
         .example = "\"REGISTRY_PASSWORD\"",
         .set_by = SetBy::file}),
    key<&RegistryDetails::auth_file>(
        {.name = "auth_file",
         .fallback = InWords("docker's and podman's own, of the account on the node"),
         .sentence = "A file in the form of docker's auth.json, as docker login writes it.",
         .example = "\"secrets/auth.json\"",
         .set_by = SetBy::file}),
};

constexpr Key<DockerDefinition> docker_rows[] = {
    key<&DockerDefinition::enabled>(
        {.name = "enabled", .sentence = "What use_docker says.", .example = "true"}),
    key<&DockerDefinition::base_image>(
        {.name = "base_image",
         .sentence = "What custom_docker_image says.",
         .example = "\"docker://registry.example.org/chainer/cpu:1\""}),
    section<&DockerDefinition::base_image_registry, registry_keys>(
        {.name = "base_image_registry",
         .sentence = "What image_registry_details says.",
         .example = "{ username = \"ada\", password_env = \"REGISTRY_PASSWORD\" }",
         .set_by = SetBy::file}),
    key<&DockerDefinition::shm_size>({.name = "shm_size",
                                      .unit = "b, k, m or g",
                                      .sentence = "What shm_size says.",
                                      .example = "\"16g\""}),
};

constexpr Key<PythonDefinition> python_rows[] = {
    key<&PythonDefinition::user_managed_dependencies>({.name = "user_managed_dependencies",
                                                       .sentence = "What user_managed says.",
                                                       .example = "true"}),
    key<&PythonDefinition::conda_packages>(
        {.name = "conda_packages",
         .sentence = "All conda packages of the run: the framework's own are not added.",
         .example = "[\"scikit-learn=1.2\"]"}),
    key<&PythonDefinition::conda_dependencies_file>(
        {.name = "conda_dependencies_file",
         .sentence = "What conda_dependencies_file says.",
         .example = "\"environment.yml\""}),
    key<&PythonDefinition::pip_packages>(
        {.name = "pip_packages",
         .sentence = "All pip packages of the run: the framework's own are not added.",
         .example = "[\"pandas==1.5.3\"]"}),
    key<&PythonDefinition::pip_requirements_file>({.name = "pip_requirements_file",
                                                   .sentence = "What pip_requirements_file says.",
                                                   .example = "\"requirements.txt\""}),
};

constexpr Key<EnvironmentDefinition> definition_rows[] = {
    section<&EnvironmentDefinition::docker, docker_keys>({.name = "docker",
                                                          .sentence = "The image and its /dev/shm.",
                                                          .example = "{ shm_size = \"16g\" }"}),
    section<&EnvironmentDefinition::python, python_keys>(
        {.name = "python",
         .sentence = "The packages.",
         .example = "{ pip_packages = [\"chainer==7.8.1\"] }"}),
    key<&EnvironmentDefinition::environment_variables>(
        {.name = "environment_variables",
         .sentence = "What environment_variables says.",
         .example = "{ OMP_NUM_THREADS = \"4\" }"}),
};

/// environment_definition: a table, or the name of a file that holds one.
constexpr Key<Estimator> definition_row(KeyInfo info) {
  info.kind = toml::ValueKind::table_or_file;
  return {info, [](Estimator& estimator, const toml::Value& value, std::string_view name,
                   toml::Report& report) {
            EnvironmentDefinition definition;
            if (const auto* table = std::get_if<toml::Table>(&value.data)) {
              if (table->empty()) return;  // says nothing
              read_members(definition_keys(), *table, std::string(name) + ".", definition, report);
            } else if (std::holds_alternative<std::string>(value.data)) {
              const auto file = toml::ValueReader<std::string>::read(value, name, report);
              if (!file) return;
              definition.file = toml::Located<std::string>{*file, value.place};
            } else {
              return toml::report_wrong_type(value, name, "a table or the name of a file", report);
            }
            estimator.environment_definition = {std::move(definition), value.place};
          }};
}

constexpr Key<Estimator> estimator_rows[] = {
    key<&Estimator::source_directory>(
        {.name = "source_directory",
         .fallback = ".",
         .sentence =
             "The folder of the scripts, relative to the estimator's folder; a snapshot of it "
             "is what runs.",
         .example = "\"src\"",
         .also = "source_dir src code code_dir project_dir chdir workdir working_directory"}),
    key<&Estimator::compute_target>(
        {.name = "compute_target",
         .sentence = "Where to run: a target of the site file, or local: this machine, "
                     "without Slurm.",
         .example = "\"cluster\"",
         .also = "target compute cluster"}),
    key<&Estimator::vm_size>(
        {.name = "vm_size",
         .sentence = "A node type of the site file, instead of a compute target.",
         .example = "\"gpu\"",
         .also = "node_type machine_type instance_type"}),
    key<&Estimator::vm_priority>(
        {.name = "vm_priority",
         .fallback = "dedicated",
         .sentence = "dedicated or lowpriority, beside vm_size; lowpriority is what the site file "
                     "says of it, and queues the job again when another takes its place.",
         .example = "\"lowpriority\"",
         .choices = "dedicated lowpriority"}),
    key<&Estimator::entry_script>(
        {.name = "entry_script",
         .sentence = "The Python script to run, a path inside source_directory.",
         .example = "\"train.py\"",
         .also = "script script_path command cmd program main entrypoint entry_point wrap"}),
    key<&Estimator::script_params>(
        {.name = "script_params",
         .sentence = "Arguments of the script in the order written: flag = value; \"\" or [] gives "
                     "the flag alone, an array gives several values, true gives the word True.",
         .example = "{ --epoch = 20, --lr = 0.01, --resume = \"\" }",
         .also = "args arguments params parameters script_arguments"}),
    key<&Estimator::script_args>(
        {.name = "script_args",
         .sentence = "More arguments of the script, after script_params, each passed as it stands.",
         .example = "[\"train\", \"-v\"]",
         .also = "argv positional"}),
    key<&Estimator::node_count>(
        {.name = "node_count",
         .fallback = toml::Count::one(),
         .sentence = "How many nodes to run on.",
         .example = "4",
         .also = "nodes num_nodes number_of_nodes nnodes n_nodes instance_count"}),
    key<&Estimator::process_count_per_node>(
        {.name = "process_count_per_node",
         .fallback = toml::Count::one(),
         .sentence = "Processes (MPI ranks) on every node.",
         .example = "2",
         .also = "ntasks_per_node tasks_per_node ntasks ntasks_per_gpu nproc_per_node "
                 "num_processes processes processes_per_node ranks_per_node ranks ppn np"}),
    key<&Estimator::distributed_backend>(
        {.name = "distributed_backend",
         .sentence = "The old way to say distributed_training = { type = \"mpi\" }.",
         .example = "\"mpi\"",
         .newer = "distributed_training = { type = \"mpi\" }"}),
    section<&Estimator::distributed_training, distributed_training_keys, meant_by>(
        {.name = "distributed_training",
         .sentence = "Makes several processes one training: { type = \"mpi\", "
                     "process_count_per_node = N }.",
         .example = "{ type = \"mpi\", process_count_per_node = 2 }",
         .also = "distributed distribution mpi"}),
    key<&Estimator::use_gpu>(
        {.name = "use_gpu",
         .fallback = false,
         .sentence =
             "Run with GPUs: the site's GPU image, and as many GPUs on a node as processes.",
         .example = "true",
         .also = "gpu use_gpus cuda"}),
    key<&Estimator::use_docker>(
        {.name = "use_docker",
         .fallback = true,
         .sentence = "false runs on the nodes' own file system, with the nodes' own Python and "
                     "MPI; the packages are in an environment of the run's own.",
         .example = "false"}),
    key<&Estimator::custom_docker_image>(
        {.name = "custom_docker_image",
         .fallback = InWords("the site's image"),
         .sentence = "The image to run in: docker://HOST/NAME:TAG, oci:DIR, oci-archive:FILE, "
                     "docker-archive:FILE, docker-daemon:NAME:TAG, or the path of a SIF file, of a "
                     "squashfs file or of a folder with a root file system.",
         .example = "\"docker://registry.example.org/chainer/cpu:1\"",
         .also = "image container container_image docker_image docker base_image image_uri",
         .set_by = site_too}),
    key<&Estimator::custom_docker_base_image>(
        {.name = "custom_docker_base_image",
         .sentence = "The old name of custom_docker_image.",
         .example = "\"docker://registry.example.org/chainer/cpu:1\"",
         .newer = "custom_docker_image"}),
    section<&Estimator::image_registry_details, registry_keys>(
        {.name = "image_registry_details",
         .sentence = "Credentials of a private registry, by reference.",
         .example = "{ username = \"ada\", password_env = \"REGISTRY_PASSWORD\" }",
         .set_by = SetBy::file}),
    key<&Estimator::user_managed>({.name = "user_managed",
                                   .fallback = false,
                                   .sentence = "Use the image's own Python and install nothing.",
                                   .example = "true"}),
    key<&Estimator::conda_packages>(
        {.name = "conda_packages",
         .sentence =
             "Conda packages beside the framework's own, and a Python of conda's with them; "
             "a version given here wins over the framework's.",
         .example = "[\"scikit-learn=1.2\"]",
         .also = "conda conda_env conda_dependencies"}),
    key<&Estimator::pip_packages>({.name = "pip_packages",
                                   .sentence = "Pip packages beside the framework's own; a version "
                                               "given here wins over the framework's.",
                                   .example = "[\"pandas==1.5.3\"]",
                                   .also = "packages pip pip_install dependencies requirements"}),
    key<&Estimator::conda_dependencies_file>(
        {.name = "conda_dependencies_file",
         .sentence = "A conda environment file inside source_directory: all packages of the run, "
                     "without the framework's own.",
         .example = "\"environment.yml\"",
         .also = "conda_file environment_file environment_yml conda_env_file"}),
    key<&Estimator::conda_dependencies_file_path>(
        {.name = "conda_dependencies_file_path",
         .sentence = "The old name of conda_dependencies_file.",
         .example = "\"environment.yml\"",
         .newer = "conda_dependencies_file"}),
    key<&Estimator::pip_requirements_file>(
        {.name = "pip_requirements_file",
         .sentence =
             "A requirements file inside source_directory; it may stand beside pip_packages.",
         .example = "\"requirements.txt\"",
         .also = "requirements_file requirements_txt"}),
    key<&Estimator::pip_requirements_file_path>(
        {.name = "pip_requirements_file_path",
         .sentence = "The old name of pip_requirements_file.",
         .example = "\"requirements.txt\"",
         .newer = "pip_requirements_file"}),
    key<&Estimator::environment_variables>(
        {.name = "environment_variables",
         .sentence = "Variables of the script's environment, byte for byte.",
         .example = "{ OMP_NUM_THREADS = \"4\" }",
         .also = "env envs env_vars environment variables export"}),
    definition_row({.name = "environment_definition",
                    .sentence = "The whole environment as one table, or as a TOML file that holds "
                                "it, in place of the keys that say parts of it.",
                    .example = "\"environment.toml\""}),
    sections<&Estimator::inputs, input_keys>(
        {.name = "inputs",
         .sentence = "Data to mount, to download, or to name in a variable.",
         .example = "[{ name = \"train\", path = \"data/train\" }]",
         .also = "data datasets input_data"}),
    key<&Estimator::source_directory_data_store>(
        {.name = "source_directory_data_store",
         .sentence = "The data store of the site file whose folder holds the run, its snapshot "
                     "included, instead of the site's own.",
         .example = "\"scratch\""}),
    key<&Estimator::shm_size>(
        {.name = "shm_size",
         .unit = "b, k, m or g",
         .fallback = ByteSize::from_bytes(std::uint64_t{2} << 30),
         .sentence = "The size of /dev/shm, private to the run on every node.",
         .example = "\"16g\"",
         .also = "shm shared_memory dev_shm"}),
    key<&Estimator::resume_from>(
        {.name = "resume_from",
         .sentence =
             "A checkpoint to continue from, relative to the estimator's folder: the script gets "
             "its path behind resume_from_flag. One that a run of ours wrote is only for "
             "as many processes as that run had.",
         .example = "\"runs/digits-1/source/outputs/snapshot\"",
         .also = "checkpoint resume restore_from"}),
    key<&Estimator::resume_from_flag>(
        {.name = "resume_from_flag",
         .fallback = "--resume-from",
         .sentence = "How the script calls the argument that resume_from gives it.",
         .example = "\"--resume\""}),
    key<&Estimator::max_run_duration_seconds>(
        {.name = "max_run_duration_seconds",
         .unit = "seconds",
         .sentence = "The run's time limit, rounded up to the minute.",
         .example = "3600",
         .also = "time time_limit time_min timelimit timeout timeout_min timeout_minutes walltime "
                 "wall_time duration max_time max_runtime"}),
    key<&Estimator::framework_version>(
        {.name = "framework_version",
         .fallback = "5.1.0",
         .sentence = "The version of Chainer, with the packages that belong to it.",
         .example = "\"7.8.1\"",
         .also = "version chainer chainer_version framework",
         .set_by = site_too}),
    key<&Estimator::enable_optimized_mode>(
        {.name = "enable_optimized_mode",
         .fallback = false,
         .sentence = "Lay the run's packages over the framework's curated environment, which the "
                     "site has built: only what differs is installed. Where there is none, all is "
                     "installed.",
         .example = "true"}),
    key<&Estimator::disable_validation>(
        {.name = "disable_validation",
         .fallback = true,
         .sentence = "Skip the lint of the Python scripts, whose findings are warnings; the "
                     "estimator itself is always checked. Unless it is written, an entry script "
                     "that Python cannot read is a warning, too.",
         .example = "false"}),
    key<&Estimator::show_lint_warnings>(
        {.name = "show_lint_warnings",
         .fallback = false,
         .sentence = "Show what the lint of the scripts finds, with file and line, and not only "
                     "how much; without disable_validation it also asks for the lint.",
         .example = "true",
         .also = "lint"}),
    key<&Estimator::show_package_warnings>(
        {.name = "show_package_warnings",
         .fallback = false,
         .sentence = "Before the run is queued, ask the package index whether it has the packages "
                     "in the versions asked for; check --online always asks.",
         .example = "true"}),
    section<&Estimator::slurm, slurm_keys, meant_by>(
        {.name = "slurm",
         .sentence = "What only Slurm knows of.",
         .example = "{ partition = \"gpu\", mem = \"64g\" }"}),
    section<&Estimator::run, run_keys, meant_by>(
        {.name = "run",
         .sentence = "What the run is called, and how it is treated.",
         .example = "{ name = \"digits\", requeue = true }"}),
};

}  // namespace

std::span<const Key<Estimator>> estimator_keys() { return estimator_rows; }
std::span<const Key<DistributedTraining>> distributed_training_keys() {
  return distributed_training_rows;
}
std::span<const Key<SlurmOptions>> slurm_keys() { return slurm_rows; }
std::span<const Key<RunDescription>> run_keys() { return run_rows; }
std::span<const Key<Input>> input_keys() { return input_rows; }
std::span<const Key<RegistryDetails>> registry_keys() { return registry_rows; }
std::span<const Key<DockerDefinition>> docker_keys() { return docker_rows; }
std::span<const Key<PythonDefinition>> python_keys() { return python_rows; }
std::span<const Key<EnvironmentDefinition>> definition_keys() { return definition_rows; }

std::vector<ListedKey> all_keys() {
  std::vector<ListedKey> listed;
  list_keys("", estimator_keys(), listed);
  list_keys("distributed_training", distributed_training_keys(), listed);
  list_keys("slurm", slurm_keys(), listed);
  list_keys("run", run_keys(), listed);
  list_keys("inputs", input_keys(), listed);
  list_keys("image_registry_details", registry_keys(), listed);
  list_keys("environment_definition", definition_keys(), listed);
  list_keys("environment_definition.docker", docker_keys(), listed);
  list_keys("environment_definition.python", python_keys(), listed);
  return listed;
}

std::string_view setters(SetBy set_by) {
  switch (set_by) {
    case SetBy::file: return "the file only";
    case SetBy::command_line: return "the file, --set";
    case SetBy::site_and_command_line: return "the file, --set; the site gives its own default";
  }
  return "";
}

}  // namespace chainer::input
