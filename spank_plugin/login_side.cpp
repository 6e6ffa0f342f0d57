#include "spank_plugin/login_side.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

#include "spank_plugin/carried_options.hpp"
#include "spank_plugin/program.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/task_prolog.hpp"
#include "spank_plugin/variables.hpp"

namespace chainer {
namespace {

std::string variable(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? "" : value;
}

/// The variable in which a job's environment holds an option of ours (plugstack.c, from 20.11 to
/// 26.05).
std::string inherited_variable(const OptionSpec& spec) {
  std::string name = std::string("SLURM_SPANK__SLURM_SPANK_OPTION_chainer_") + spec.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

/// Whether a job's script got none of sbatch's variables, which sbatch notes in this one.
bool environment_was_cut() {
  const auto exported = variable("SLURM_EXPORT_ENV");
  return !exported.empty() && exported != "ALL";
}

/// What a job carries of one origin. What only a variable said counts only where the environment
/// was cut: elsewhere the variable itself is still there, if it is meant.
RawOptions defaults_of_job(const RawOptions& carried, Origin origin) {
  RawOptions options;
  for (const auto& spec : option_specs) {
    if (!carried.is_given(spec.option) || carried.origin_of(spec.option) != origin) continue;
    options.give(spec.option, carried.text_of(spec.option), origin);
  }
  return options;
}

Error within_option(const OptionSpec& spec, Origin origin, Error error) {
  const bool is_variable = origin == Origin::variable;
  return std::move(error).within(is_variable ? spec.variable : std::string("--") + spec.name);
}

Result<void> check_syntax(const RawOptions& options) {
  for (const auto& spec : option_specs) {
    if (!options.is_given(spec.option)) continue;
    if (auto checked = check_option(spec, options.text_of(spec.option)); !checked) {
      return within_option(spec, options.origin_of(spec.option), std::move(checked).error());
    }
  }
  return {};
}

const char* name_of(Command command) {
  switch (command) {
    case Command::srun: return "srun";
    case Command::sbatch: return "sbatch";
    case Command::salloc: return "salloc";
  }
  return "";
}

/// A container that is entered was made with the options of its own step.
Result<void> check_attach(const RawOptions& options, Command command) {
  if (!options.has(Option::attach)) return {};
  if (command != Command::srun && options.origin_of(Option::attach) == Origin::command) {
    return Error{std::string("--chainer-attach is for srun alone, not for ") + name_of(command),
                 "give it to the srun that is to enter the running step", 0, Fault::user};
  }
  const auto* spec = made_by_another_step(options);
  if (spec == nullptr) return {};
  return Error{std::string("--") + spec->name +
                   " changes nothing with --chainer-attach: the step that is entered has made its "
                   "container",
               "leave one of the two out", 0, Fault::user};
}

/// An option that can do nothing in this step is an error when srun itself was given it. What
/// sbatch and salloc are given is for later steps, which may name an image themselves. Only
/// --chainer-batch is for the script, which nobody else can give an image.
Result<void> check_use(const RawOptions& options, Command command) {
  TRY(check_attach(options, command));
  TRY(check_layer_is_written(options));
  for (const auto* spec : idle_options(options, Origin::command)) {
    if (command == Command::srun || spec->option == Option::batch) return cannot_be_idle(*spec);
  }
  return {};
}

std::vector<std::string> arguments_of_this_process() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

/// Whether this process was given the flag, in full or in an abbreviation that getopt accepts.
bool has_flag(std::string_view option, std::string_view shortest) {
  return std::ranges::any_of(arguments_of_this_process(), [&](const std::string& argument) {
    return argument.size() >= shortest.size() && option.starts_with(argument);
  });
}

bool has_no_shell() { return has_flag("--no-shell", "--no-s"); }

/// Whether this srun may start several components. Slurm then calls the last hook in srun for one of
/// them alone, and whatever that adds to the environment reaches no other.
bool may_have_components() {
  const auto is_colon = [](const std::string& argument) { return argument == ":"; };
  return !variable("SLURM_HET_SIZE").empty() ||
         std::ranges::any_of(arguments_of_this_process(), is_colon);
}

bool is_multi_prog() { return has_flag("--multi-prog", "--mu"); }

/// The sruns that use an allocation without a shell are started elsewhere: nothing reaches them.
Result<void> check_there_are_heirs(const RawOptions& options, Command command) {
  if (command != Command::salloc) return {};
  for (const auto& spec : option_specs) {
    if (!options.is_given(spec.option) || options.origin_of(spec.option) != Origin::command)
      continue;
    if (!has_no_shell()) return {};
    return Error{std::string("salloc --no-shell cannot pass --") + spec.name +
                     " on: Slurm keeps options in the environment of the shell",
                 "give it to each srun --jobid", 0, Fault::user};
  }
  return {};
}

std::string shown(const RawOptions& options, Option option) {
  if (!options.is_given(option)) return "not given";
  auto text = options.text_of(option);
  std::ranges::replace(text, '\n', ' ');
  return "'" + text + "'";
}

bool same_value(const RawOptions& one, const RawOptions& other, Option option) {
  return one.value_of(option) == other.value_of(option);
}

/// Slurm carries one value of an option for all components: the last, or the first one's.
Result<void> check_same_as(const RawOptions& first, const RawOptions& options, Command command) {
  const auto* differing = std::ranges::find_if(option_specs, [&](const OptionSpec& spec) {
    return !same_value(first, options, spec.option);
  });
  if (differing == option_specs.end()) return {};
  return Error{std::string("--") + differing->name + " differs between the components of one " +
                   name_of(command) + ": " + shown(first, differing->option) + " in the first, " +
                   shown(options, differing->option) + " in a later one",
               "give all of them the same --chainer options, or start each component with an srun "
               "of its own",
               0, Fault::user};
}

/// What plugin.conf says to a step with an image. The helper reads the file as the user, so a folder
/// that only root may enter stops it there. A host without the file may run no containers; what is
/// wrong with the file's contents is left for the nodes to say.
Result<std::optional<PluginConf>> conf_of_site(const RawOptions& options,
                                               const std::string& conf_path) {
  if (!options.has(Option::image) || options.has(Option::off)) return std::optional<PluginConf>();
  if (::access(conf_path.c_str(), R_OK) != 0) {
    if (errno == ENOENT) return std::optional<PluginConf>();
    return Error::from_errno("cannot read " + conf_path, errno)
        .with_hint("an administrator must let everybody read it and enter the folders on its way");
  }
  auto conf = load_plugin_conf(conf_path);
  return conf ? std::optional(*std::move(conf)) : std::nullopt;
}

/// Finds what would otherwise show only on the nodes, after a time in the queue.
Result<void> check_fits_site(const RawOptions& options, const PluginConf& conf) {
  TRY(check_runtime_fits(options, conf));
  TRY(check_site_has_layers(options, conf));
  if (options.has(Option::prepare)) return {};
  return check_task_prolog_is_known(conf);
}

/// A node that has everything starts its tasks while another one still prepares. They wait for the
/// others in MPI_Init, where Slurm's PMIx would give up after 300 s. slurmstepd looks for the
/// variable in the step's environment, before mpi.conf (mpi/pmix, from 22.05 to 26.05).
void let_ready_tasks_wait(const PluginConf& conf) {
  constexpr int keeps_what_is_there = 0;
  if (conf.pmix_timeout == 0) return;
  ::setenv("SLURM_PMIX_TIMEOUT", std::to_string(conf.pmix_timeout).c_str(), keeps_what_is_there);
}

}  // namespace

Result<void> check_what_comes_before(const std::vector<std::string>& command,
                                     const RawOptions& options) {
  const bool makes_a_container = options.has(Option::image) && !options.has(Option::off) &&
                                 !options.has(Option::prepare) && !options.has(Option::attach);
  if (!makes_a_container || !is_multi_prog() || !names_several_programs(command)) return {};
  const auto runtime = options.value_of(Option::runtime).value_or("native");
  if (runtime != "native") {
    return Error{
        "--chainer-runtime: Slurm takes the programs of srun --multi-prog from a file, and no "
        "runtime but the native one can come before them",
        "leave one of the two out", 0, Fault::user};
  }
  if (!options.has(Option::entrypoint)) return {};
  return Error{
      "--chainer-entrypoint: Slurm takes the programs of srun --multi-prog from a file, and "
      "no entrypoint can come before them",
      "leave it out, and name the entrypoint in the file", 0, Fault::user};
}

void LoginSide::take(const OptionSpec& spec, const std::string& value) {
  const auto index = static_cast<std::size_t>(spec.option);
  const char* inherited = ::getenv(inherited_variable(spec).c_str());
  // Slurm hands over an inherited option exactly once, and only its value shows that it is one.
  const bool is_inherited =
      inherited != nullptr && !is_inherited_seen_[index] && (spec.is_flag() || value == inherited);
  if (is_inherited) is_inherited_seen_[index] = true;
  auto& target = is_inherited ? inherited_ : given_;
  target.give(spec.option, value, is_inherited ? Origin::job : Origin::command);
}

Result<RawOptions> LoginSide::of_component(Command command) {
  const auto variables = our_variables(environ);
  const auto lookup = [&](const char* name) { return variable_of(variables.data(), name); };
  // What srun passes on must not look to its next component as if a job had said it. To sbatch and
  // salloc, Slurm presents one component's options as defaults of the next.
  if (!of_job_ || command != Command::srun) {
    TRY_ASSIGN(auto carried, read_carried_text(lookup(carried_variable).value_or("")));
    of_job_ = std::move(carried);
  }
  RawOptions options = std::exchange(given_, {});
  auto of_job = defaults_of_job(*of_job_, Origin::job);
  of_job.add_defaults(std::exchange(inherited_, {}));
  options.add_defaults_of_job(of_job);
  options.add_defaults(RawOptions::of_variables(lookup));
  if (environment_was_cut()) options.add_defaults(defaults_of_job(*of_job_, Origin::variable));
  is_inherited_seen_ = {};
  return options;
}

Result<void> LoginSide::settle(Command command, const std::string& conf_path) {
  TRY_ASSIGN(auto component, of_component(command));
  options_ = std::move(component);
  TRY(check_syntax(options_));
  TRY(check_use(options_, command));
  TRY(check_there_are_heirs(options_, command));
  if (of_first_component_) {
    options_.set_resolved(of_first_component_->resolved());
    return check_same_as(*of_first_component_, options_, command);
  }
  TRY_ASSIGN(const auto conf, conf_of_site(options_, conf_path));
  if (conf) TRY(check_fits_site(options_, *conf));
  if (conf && command == Command::srun) let_ready_tasks_wait(*conf);
  const bool makes_a_container = asks_for_something(options_) && !options_.has(Option::attach);
  if (command == Command::srun && makes_a_container) TRY(resolve_tag(conf_path));
  of_first_component_ = options_;
  return {};
}

/// Inside an allocation the step exists at once, and the registry is asked meanwhile, unless several
/// components have to learn what it says. A job of srun's own may wait in the queue for hours: there,
/// a tag that does not exist is reported first.
Result<void> LoginSide::resolve_tag(const std::string& conf_path) {
  TRY_ASSIGN(auto resolution, TagResolution::begin(options_, conf_path));
  if (resolution) resolution_.emplace(*std::move(resolution));
  if (!variable("SLURM_JOB_ID").empty() && !may_have_components()) return {};
  TRY(finish());
  return {};
}

Result<bool> LoginSide::finish() {
  if (!resolution_) return false;
  auto digest = (*std::move(resolution_)).finish();
  resolution_.reset();
  options_.set_resolved(digest ? *digest : not_resolved);
  if (!digest) return std::move(digest).error();
  return true;
}

}  // namespace chainer
