// The members of a Plan as its JSON names them, each listed once: the writer, the reader and
// docs/plan.md are made from this.
#pragma once

#include <concepts>
#include <type_traits>

#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// The version of the JSON's form. It grows by one whenever a member changes its name, its type or
/// its meaning.
inline constexpr int plan_version = 1;

template <typename T, typename Of>
concept Like = std::same_as<std::remove_const_t<T>, Of>;

// `member` is called with a name, the member, and its sentence.

void visit(auto& member, Like<Allocation> auto& asked) {
  member("nodes", asked.nodes, "How many nodes.");
  member("ranks_per_node", asked.ranks_per_node, "Processes on every node.");
  member("cpus_per_rank", asked.cpus_per_rank, "CPUs for each process.");
  member("gpus_per_node", asked.gpus_per_node, "GPUs on every node; 0: none.");
  member("gpu_type", asked.gpu_type, "The kind of GPU; empty: any.");
  member("minutes", asked.minutes, "The time limit in minutes; 0: the partition's own.");
  member("memory_mib", asked.memory_mib, "Memory on every node in MiB; 0: the partition's own.");
  member("exclusive", asked.exclusive, "Whether the nodes are shared with no other job.");
  member("binding", asked.binding,
         "Which CPUs each process gets: auto, none, cores, or masks; empty: as Slurm does.");
  member("nice", asked.nice, "By how much the job's priority is lowered; may be below 0.");
  member("account", asked.account, "The account; empty: the user's default.");
  member("partition", asked.partition, "The partition; empty: the cluster's default.");
  member("qos", asked.qos, "The quality of service; empty: the default.");
  member("constraint", asked.constraint, "Features of the nodes; empty: none.");
  member("reservation", asked.reservation, "The reservation; empty: none.");
  member("array", asked.array, "The job array; empty: no array.");
  member("dependency", asked.dependency, "Jobs to wait for; empty: none.");
  member("mail", asked.mail, "Where mail goes; empty: nowhere.");
  member("begin", asked.begin, "The earliest start; empty: at once.");
  member("deadline", asked.deadline, "The latest end; empty: none.");
  member("licenses", asked.licenses, "Licenses; empty: none.");
  member("extra", asked.extra, "More options for sbatch, a word each.");
  member("requeue", asked.requeue, "Whether Slurm may queue the job again.");
  member("max_restarts", asked.max_restarts, "How often it may be queued again; 0: no limit.");
  member("notify_before_seconds", asked.notify_before,
         "How many seconds before the end the processes get SIGTERM; 0: never.");
}

void visit(auto& member, Like<RegistryLogin> auto& login) {
  member("host", login.host, "The registry.");
  member("username", login.username, "The account there.");
  member("password_file", login.password_file, "The file with the password; empty: none.");
  member("password_env", login.password_env,
         "The variable of the submitting shell with the password; empty: none.");
  member("auth_file", login.auth_file, "A file in the form of docker's auth.json; empty: none.");
}

void visit(auto& member, Like<Bind> auto& bind) {
  member("source", bind.source, "A path of the host's.");
  member("destination", bind.destination, "Where it is in the container.");
}

void visit(auto& member, Like<Download> auto& download) {
  member("name", download.name, "The input's name.");
  member("source", download.source, "An address, or an absolute path.");
  member("digest", download.digest, "What the file must hash to; empty: not checked.");
  member("file", download.file, "What it is called on the node; empty for a folder.");
  member("destination", download.destination, "Where the script finds it; empty: where it is put.");
}

void visit(auto& member, Like<SourceFile> auto& file) {
  member("path", file.path, "Relative to the source's folder.");
  member("size", file.size, "In bytes.");
  member("executable", file.executable, "Whether its owner may execute it.");
}

void visit(auto& member, Like<SourceLink> auto& link) {
  member("path", link.path, "Relative to the source's folder.");
  member("target", link.target, "What the link says.");
}

void visit(auto& member, Like<SourceTree> auto& source) {
  member("folder", source.folder, "The folder that the snapshot is taken of, absolute.");
  member("folders", source.folders, "The folders in it, each before what it holds.");
  member("files", source.files, "The files in it.");
  member("links", source.links, "The symbolic links in it, which stay links.");
}

void visit(auto& member, Like<input::SiteEnvironment> auto& shell) {
  member("keep", shell.keep,
         "Variables that reach the container whatever else would replace them.");
  member("drop", shell.drop, "Variables that the run does not get; NAME* are all that begin so.");
  member("set", shell.set, "Variables that the run gets where the shell has none of the name.");
}

void visit(auto& member, Like<JobTemplate> auto& job_template) {
  member("file", job_template.file, "The file that it was read from.");
  member("text", job_template.text, "The bash that stands below the data.");
}

void visit(auto& member, Like<Plan> auto& plan) {
  member("name", plan.name, "The run's name.");
  member("description", plan.description, "What the run is for.");
  member("tags", plan.tags, "Words to find the run by.");
  member("compute_target", plan.target, "The site's target that was chosen.");
  member("framework_version", plan.framework_version,
         "The version of Chainer; empty with user_managed.");
  member("image", plan.image, "The image; an empty reference: the nodes' own system.");
  member("registry_login", plan.login,
         "Where the credentials of the image's registry are, or null. Never the password.");
  member("allocation", plan.allocation, "What Slurm is asked for.");
  member("mpi", plan.mpi, "What srun --mpi is given.");
  member("label", plan.labels_ranks, "Whether each line of a process begins with its number.");
  member("shm_bytes", plan.shm_size, "The size of /dev/shm in bytes.");
  member("requirements", plan.requirements, "The text of requirements.txt.");
  member("conda", plan.conda, "The text of environment.yml in its place; empty: none.");
  member("build_constraints", plan.build_constraints,
         "Constraints for packages that are built; empty: none.");
  member("base_lock", plan.base_lock,
         "The lock of the curated environment that the packages are laid over; empty: none.");
  member("startup", plan.startup, "A .pth file for every Python of the run; empty: none.");
  member("compat", plan.compat, "Whether scripts find the module of the retired service.");
  member("user_managed", plan.user_managed, "Whether the image's own Python runs the script.");
  member("local", plan.is_local, "Whether it runs on this machine, without Slurm.");
  member("binds", plan.binds, "Folders and files of the host that the container shows.");
  member("downloads", plan.downloads, "Data that each node gets onto its own disk.");
  member("runs", plan.runs, "The folder of runs that holds this one, absolute.");
  member("environment", plan.environment, "Variables of the script, in their order.");
  member("shell", plan.shell, "What the job has of the submitting shell's environment.");
  member("entry_script", plan.entry_script, "The script, relative to the source's folder.");
  member("arguments", plan.arguments, "Its arguments: an array for each flag with its values.");
  member("template", plan.job_template,
         "The job template of the site's or the user's; null: the program's own.");
  member("source", plan.source, "What the snapshot holds.");
}

}  // namespace chainer::plan
