#include "submit/run/job_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "submit/run/quoting.hpp"

namespace chainer::run {
namespace {

/// Writes #SBATCH lines, one option each.
class Directives {
 public:
  void flag(std::string_view name) { text_ += fmt::format("#SBATCH --{}\n", name); }
  void option(std::string_view name, const std::string& value) {
    if (!value.empty()) text_ += fmt::format("#SBATCH --{}={}\n", name, sbatch_word(value));
  }
  void option(std::string_view name, std::int64_t value) { option(name, std::to_string(value)); }
  void raw(const std::string& word) { text_ += "#SBATCH " + sbatch_word(word) + "\n"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string gres(const plan::Allocation& allocation) {
  if (allocation.gpus_per_node == 0) return {};
  const auto type = allocation.gpu_type.empty() ? "" : allocation.gpu_type + ":";
  return fmt::format("gpu:{}{}", type, allocation.gpus_per_node);
}

std::string directives(const plan::Plan& plan, const std::string& run_folder) {
  const plan::Allocation& asked = plan.allocation;
  Directives lines;
  lines.option("job-name", plan.name);
  lines.option("output", sbatch_path(run_folder) + "/logs/%j.out");
  lines.option("open-mode", "append");
  // sbatch also reads #PBS and #BSUB lines, further down than its own: a template may hold some.
  lines.flag("ignore-pbs");
  lines.option("chdir", run_folder);
  lines.option("nodes", asked.nodes);
  lines.option("ntasks", asked.ranks());
  lines.option("ntasks-per-node", asked.ranks_per_node);
  lines.option("cpus-per-task", asked.cpus_per_rank);
  lines.option("gres", gres(asked));
  if (asked.memory_mib > 0) lines.option("mem", fmt::format("{}M", asked.memory_mib));
  if (asked.minutes > 0) lines.option("time", asked.minutes);
  if (asked.exclusive) lines.flag("exclusive");
  lines.flag(asked.requeue ? "requeue" : "no-requeue");
  if (asked.notify_before > 0) lines.option("signal", fmt::format("TERM@{}", asked.notify_before));
  lines.option("account", asked.account);
  lines.option("partition", asked.partition);
  lines.option("qos", asked.qos);
  lines.option("constraint", asked.constraint);
  lines.option("reservation", asked.reservation);
  lines.option("array", asked.array);
  lines.option("dependency", asked.dependency);
  lines.option("mail-user", asked.mail);
  if (!asked.mail.empty()) lines.option("mail-type", "END,FAIL");
  if (asked.nice != 0) lines.option("nice", asked.nice);
  lines.option("begin", asked.begin);
  lines.option("deadline", asked.deadline);
  lines.option("licenses", asked.licenses);
  for (const auto& option : asked.extra) lines.raw(option);
  return lines.text();
}

std::string variable(std::string_view name, std::string_view value) {
  return fmt::format("{}={}\n", name, bash_word(value));
}

std::string environment_array(const plan::Plan& plan) {
  std::string text = "environment=(\n";
  for (const auto& [name, value] : plan.environment) {
    text += fmt::format("  {}\n", bash_word(name + "=" + value));
  }
  return text + ")\n";
}

std::string arguments_array(const plan::Plan& plan) {
  std::string text = "arguments=(\n";
  for (const auto& group : plan.arguments) {
    text += " ";
    for (const auto& argument : group) text += " " + bash_word(argument);
    text += "\n";
  }
  return text + ")\n";
}

/// Strings as the elements of a bash array, `width` of them per line.
std::string array(std::string_view name, const std::vector<std::string>& elements,
                  std::size_t width) {
  std::string text = fmt::format("{}=(", name);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    text += (i % width == 0 ? "\n  " : " ") + bash_word(elements[i]);
  }
  return text + (elements.empty() ? ")\n" : "\n)\n");
}

std::string inputs(const plan::Plan& plan) {
  std::vector<std::string> binds, downloads;
  for (const auto& bind : plan.binds) {
    binds.insert(binds.end(), {bind.source, bind.destination});
  }
  for (const auto& one : plan.downloads) {
    downloads.insert(downloads.end(),
                     {one.name, one.source, one.digest, one.file, one.destination});
  }
  return array("binds", binds, 2) + array("downloads", downloads, 5);
}

/// What the script has to know about its own end and about being queued again.
std::string restarts(const plan::Allocation& asked) {
  return fmt::format("requeue={}\nmax_restarts={}\nnotify_before={}\n", asked.requeue ? "yes" : "",
                     asked.max_restarts > 0 ? std::to_string(asked.max_restarts) : "",
                     asked.notify_before > 0 ? std::to_string(asked.notify_before) : "");
}

/// What the job gets of the submitting shell's environment.
std::string shell_environment(const input::SiteEnvironment& shell) {
  std::vector<std::string> settings;
  for (const auto& [name, value] : shell.set) settings.push_back(name + "=" + value);
  return variable("kept_variables", fmt::format("{}", fmt::join(shell.keep, ","))) +
         array("dropped_variables", shell.drop, 1) + array("site_settings", settings, 1);
}

/// With -p, no function that the submitting shell exports can stand in for a command, and its
/// BASH_ENV is not run. A site's or a user's own template may need both, for example for `module`.
std::string_view first_line(const plan::Plan& plan) {
  return plan.job_template ? "#!/bin/bash" : "#!/bin/bash -p";
}

}  // namespace

std::string script_variables(const plan::Plan& plan, const std::string& run_folder) {
  return variable("run_dir", run_folder) + variable("image", plan::text_of(plan.image)) +
         variable("shm_size", plan.shm_size.to_string()) + variable("mpi", plan.mpi) +
         variable("label", plan.labels_ranks ? "true" : "false") +
         fmt::format("nodes={}\nranks_per_node={}\ncpus_per_rank={}\n", plan.allocation.nodes,
                     plan.allocation.ranks_per_node, plan.allocation.cpus_per_rank) +
         variable("binding", plan.allocation.binding) + restarts(plan.allocation) + inputs(plan) +
         variable("password_variable", plan.login ? plan.login->password_env : "") +
         fmt::format("user_managed={}\n", plan.user_managed ? "yes" : "") +
         shell_environment(plan.shell) + environment_array(plan) +
         variable("entry_script", plan.entry_script) + arguments_array(plan);
}

std::string_view template_of(const plan::Plan& plan) {
  return plan.job_template ? std::string_view(plan.job_template->text) : job_template;
}

std::string job_script(const plan::Plan& plan, const std::string& run_folder) {
  return fmt::format("{}\n{}\n{}\n{}", first_line(plan), directives(plan, run_folder),
                     script_variables(plan, run_folder), template_of(plan));
}

}  // namespace chainer::run
