// chainer-node: what a node does for an image or an environment, and what people may ask of it.
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/child_end.hpp"
#include "core/command_line/completion.hpp"
#include "core/command_line/completion_script.hpp"
#include "core/confinement.hpp"
#include "core/failure_message.hpp"
#include "core/fd_io.hpp"
#include "core/gpu_files.hpp"
#include "core/pipe.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/text_file.hpp"
#include "core/trusted_path.hpp"
#include "core/warm_slots.hpp"
#include "node/builder/host_exec.hpp"
#include "node/builder/index_lookup.hpp"
#include "node/builder/scratch_folder.hpp"
#include "node/doctor/doctor.hpp"
#include "node/gpu/driver_files.hpp"
#include "node/gpu/linker_cache.hpp"
#include "node/manual.hpp"
#include "node/rootless/own_store.hpp"
#include "node/rootless/run.hpp"
#include "node/save/jobs_settings.hpp"
#include "node/save/save_container.hpp"
#include "node/source/image_source.hpp"
#include "node/store/account.hpp"
#include "node/store/entry_seal.hpp"
#include "node/store/store.hpp"
#include "node/store/store_room.hpp"
#include "node/store_side/listing.hpp"
#include "node/store_side/session.hpp"
#include "node/topology/binding_text.hpp"
#include "node/topology/machine_picture.hpp"
#include "node/topology/machine_svg.hpp"
#include "node/topology/topology_question.hpp"
#include "node/user_side/curated_build.hpp"
#include "node/user_side/image_inspection.hpp"
#include "node/user_side/user_side.hpp"
#include "node/user_side/user_side_environment.hpp"
#include "version.hpp"

namespace chainer {
namespace {

// The pipes that the plugin made for the two sides.
constexpr int data_fd = 3;
constexpr int control_fd = 4;
constexpr int verdict_fd = 5;
constexpr int inside_fd = 6;  // the user side of an environment: chainer-inside's socket
constexpr int pipe_bytes = 1 << 20;

struct Arguments {
  std::string conf{"/etc/chainer/plugin.conf"};
  std::string label;
  std::string reference;
  std::string requirements;
  std::string digest;
  std::string auth_file;
  std::string file;
  std::string image;
  std::string scratch;
  std::string tools;
  std::string kind;
  std::string base;  ///< where a curated environment is mounted in the builder's container
  uid_t owner{0};
  std::optional<uid_t> curator;
  bool waits_silently{false};
  bool json{false};
  bool python_only{false};
  bool write{false};
  std::string most_download{"512m"};
  std::string suspect;
  std::string own_store;  ///< the folder of an account's own store, used instead of the site's
  rootless::RunOptions run;
  std::vector<std::string> srun_options;
  doctor::NodeOrder doctor;
  topology::TopologyQuestion topology;
  std::string svg;
  bool for_srun{false};
};

/// Writes a whole line at once: several processes share the job's stderr.
void say(std::string_view line) {
  static_cast<void>(write_all(STDERR_FILENO, std::string(line) + "\n").has_value());
}

int fail(const Error& error, std::string_view label = {}) {
  say(failure_message(label, error));
  return wire::exit_code_of(error.fault);
}

int fail_unless_told(const Error& error) {
  return error.is_told ? wire::exit_code_of(error.fault) : fail(error);
}

store::StoreLimits limits_of(const PluginConf& conf) {
  const auto half = ByteSize::from_bytes(conf.store_quota.bytes() / 2);
  return {conf.store_quota, conf.store_quota_per_user.value_or(half)};
}

/// Opens the store as the account that owns it; an empty name means the present account.
Result<store::Store> open_store(const PluginConf& conf) {
  if (!conf.store_account.empty()) TRY(store::become_account(conf.store_account));
  ::umask(0);  // what is made here gets its mode whole, whatever the job's umask
  return store::Store::open(conf.store, limits_of(conf), {conf.store_locks, conf.keep_used_days});
}

void mention_what_was_set_aside(const store::Store& store, std::string_view label) {
  if (store.set_aside().empty()) return;
  say(wire::progress_message(label,
                             "the store was filled by an earlier release, whose entries cannot be "
                             "trusted: they are set aside as " +
                                 store.set_aside() + " until 'chainer-node gc' removes them"));
}

/// How the store is to be kept: as the site's file says, or as an account's own store is kept.
Result<PluginConf> conf_of(const Arguments& arguments) {
  return arguments.own_store.empty() ? load_plugin_conf(arguments.conf)
                                     : rootless::conf_of_own_store(arguments.own_store);
}

/// Like open_store, for a process that will read what strangers sent.
Result<store::Store> open_store_confined(const PluginConf& conf) {
  TRY_ASSIGN(auto store, open_store(conf));
  TRY(confine_stores_side(conf.store_quota.bytes()));
  return store;
}

int tell_root(const StoreVerdict& verdict) {
  const auto bytes = verdict.encode();
  const auto written =
      write_all(verdict_fd, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return verdict.entry && written ? 0 : 1;
}

int run_store_side(const Arguments& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  wire::enlarge_pipe(data_fd, pipe_bytes);
  const auto conf = conf_of(arguments);
  const auto store = conf ? open_store_confined(*conf) : Result<store::Store>(conf.error());
  if (!store) {
    fail(store.error(), arguments.label);
    static_cast<void>(wire::FrameWriter(control_fd, wire::Peer::users_side)
                          .write(wire::FrameType::failure, wire::Failure{store.error()}.encode())
                          .has_value());
    return tell_root({wire::outcome_of(store.error().fault), std::nullopt, store.error().what});
  }
  mention_what_was_set_aside(*store, arguments.label);
  const auto kind = entry_kind_named(arguments.kind);
  const store_side::PreparationOrder order{kind.value_or(EntryKind::manifest), arguments.owner,
                                           arguments.label, arguments.curator,
                                           arguments.waits_silently};
  store_side::StoreSession session(*store, *conf, order, data_fd, control_fd, say);
  const auto suspect = Digest::parse_hex(arguments.suspect);
  return tell_root(
      store_side::serve_preparation(session, suspect ? std::optional(*suspect) : std::nullopt));
}

int run_user_side_image(const Arguments& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  user_side::UserSession session(arguments.label, data_fd, control_fd, say);
  std::optional<Digest> pinned;
  if (!arguments.digest.empty()) {
    const auto digest = Digest::parse(arguments.digest);
    if (!digest) return session.fail(digest.error());
    pinned = *digest;
  }
  auto wanted = user_side::UserSideImage::of(arguments.reference, pinned, arguments.auth_file);
  if (auto confined = confine_users_side(); !confined) return session.fail(confined.error());
  return user_side::prepare_image(session, std::move(wanted));
}

std::string pinned_text(const ImageRef& reference, const std::string& digest) {
  return reference.pinned() ? reference.text() : reference.text() + "@" + digest;
}

int run_user_side_environment(const Arguments& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  return builder::run_with_scratch_folder(arguments.scratch, [&] {
    user_side::UserSession session(arguments.label, data_fd, control_fd, say);
    // Builds run programs in two places, inside the image and on the host; neither is this process.
    auto outside = builder::start_host_exec(arguments.tools);
    if (!outside) return session.fail(outside.error());
    if (auto confined = confine_users_side(); !confined) return session.fail(confined.error());
    const auto image = Digest::parse(arguments.image);
    if (!image) return session.fail(image.error());
    return user_side::prepare_environment(session,
                                          {arguments.file, *image, arguments.scratch, inside_fd,
                                           outside->get(), arguments.tools, arguments.base},
                                          builder::variables_from(environ));
  });
}

int run_save(const Arguments& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  save::take_on_jobs_umask();
  save::take_up_terminal_again();
  const auto failed = [&](Error error) {
    return fail(std::move(error).within("cannot save the container as " + arguments.file),
                arguments.label);
  };
  if (auto confined = confine_users_side(); !confined) return failed(confined.error());
  auto saved = save::save_container({arguments.label, UniqueFd(data_fd)}, arguments.file, say);
  return saved ? 0 : failed(std::move(saved).error());
}

/// An image that is asked about, and the login for its registry.
struct NamedImage {
  ImageRef reference;
  source::FoundCredentials credentials;
};

Result<NamedImage> named_image(const Arguments& arguments) {
  TRY_ASSIGN(auto reference, ImageRef::parse(arguments.reference));
  TRY_ASSIGN(auto credentials, source::credentials_for(reference, arguments.auth_file));
  return NamedImage{std::move(reference), std::move(credentials)};
}

int run_resolve(const Arguments& arguments) {
  auto named = named_image(arguments);
  const auto fail_with = [&](Error error) {
    return fail(std::move(error).within("cannot find the image " + arguments.reference));
  };
  if (!named) return fail_with(named.error());
  const auto source = source::open_image_source(named->reference, std::move(named->credentials));
  if (!source) return fail_with(source.error());
  const auto image = (*source)->resolve(std::nullopt);
  if (!image) return fail_with(image.error());

  if (!image->remark.empty()) say(wire::progress_message({}, image->remark));
  const auto digest = image->digest.to_string();
  if (arguments.json) {
    const nlohmann::json answer{{"reference", arguments.reference},
                                {"digest", digest},
                                {"pinned", pinned_text(named->reference, digest)}};
    std::cout << answer.dump() << '\n';
  } else {
    std::cout << digest << '\n';
  }
  return 0;
}

constexpr std::chrono::seconds longest_look{20};

int run_inspect(const Arguments& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  auto named = named_image(arguments);
  const auto fail_with = [&](Error error) {
    return fail(std::move(error).within("cannot look into the image " + arguments.reference));
  };
  if (!named) return fail_with(named.error());
  const auto most = ByteSize::parse(arguments.most_download);
  if (!most) return fail_with(most.error());
  if (auto confined = confine_users_side(); !confined) return fail_with(confined.error());
  const auto wanted =
      arguments.python_only ? user_side::Wanted::python : user_side::Wanted::python_and_mpi;
  const auto image = user_side::inspect_image(named->reference, std::move(named->credentials),
                                              wanted, {most->bytes(), longest_look});
  if (!image) return fail_with(image.error());
  std::cout << (arguments.json ? image->to_json() : image->to_text()) << '\n';
  return 0;
}

/// As JSON {"unmet": [{"requirement", "reason"}]}, or one line each.
void print_unmet(const std::vector<builder::UnmetRequirement>& unmet, bool json) {
  auto list = nlohmann::json::array();
  for (const auto& [requirement, reason] : unmet) {
    list.push_back({{"requirement", requirement}, {"reason", reason}});
    if (!json) std::cout << (requirement.empty() ? "" : requirement + ": ") << reason << std::endl;
  }
  if (json) std::cout << nlohmann::json{{"unmet", std::move(list)}}.dump() << std::endl;
}

int run_resolve_requirements(const Arguments& arguments) {
  auto scratch = (std::filesystem::temp_directory_path() / "chainer-lookup.XXXXXX").string();
  if (::mkdtemp(scratch.data()) == nullptr)
    return fail(Error::from_errno("cannot make a folder " + scratch, errno));
  return builder::run_with_scratch_folder(scratch, [&] {
    const auto unmet = builder::look_requirements_up(arguments.requirements, arguments.tools,
                                                     scratch, builder::variables_from(environ));
    if (!unmet) return fail(unmet.error());
    print_unmet(*unmet, arguments.json);
    return unmet->empty() ? 0 : wire::exit_code_of(Fault::user);
  });
}

/// The curator's uid; nothing where the site has none, or this machine does not know the account.
std::optional<uid_t> curator_of(const PluginConf& conf) {
  const passwd* account = conf.curator.empty() ? nullptr : ::getpwnam(conf.curator.c_str());
  return account == nullptr ? std::nullopt : std::optional(account->pw_uid);
}

/// A store that cannot be looked into lists nothing, and must not pass for an empty one.
Result<void> check_store_can_be_read(const std::string& store) {
  const UniqueFd folder(::open(store.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) return {};
  const auto refused = errno;
  return Error::from_errno("cannot look into the store " + store, refused)
      .with_hint(refused == EACCES ? "run this as root"
                                   : "'chainer-node doctor' says what is wrong with it");
}

/// Lists what the caller may see: everybody the public entries, root and the store's account all.
int run_list(const Arguments& arguments, store_side::Listed listed) {
  const auto conf = load_plugin_conf(arguments.conf);
  if (!conf) return fail(conf.error());
  if (!store::become_account(conf->store_account)) {
    say("chainer: only public entries are shown; root and the account '" + conf->store_account +
        "' see all");
  }
  if (const auto readable = check_store_can_be_read(conf->store); !readable)
    return fail(readable.error());
  const auto store = store::Store::existing(conf->store, limits_of(*conf));
  const auto curator = curator_of(*conf);
  std::cout << (arguments.json ? store_side::listing_json(store, listed, curator)
                               : store_side::listing_text(store, listed, curator));
  return 0;
}

int run_build_curated(const Arguments& arguments) {
  const auto conf = load_plugin_conf(arguments.conf);
  if (!conf) return fail(conf.error());
  const auto file = std::filesystem::absolute(arguments.file).string();
  const auto code =
      user_side::build_curated({conf->curator, arguments.reference, file, arguments.srun_options});
  if (!code) return fail(code.error());
  if (*code == 0) say("chainer: whoever gives " + file + ".lock.json has this environment now");
  return *code;
}

/// Reads every entry. What is damaged is set aside, so that the next job that wants it makes it
/// anew.
int run_verify(const Arguments& arguments) {
  const auto conf = load_plugin_conf(arguments.conf);
  if (!conf) return fail(conf.error());
  const auto store = open_store(*conf);
  if (!store) return fail(store.error());
  std::size_t checked = 0;
  std::size_t damaged = 0;
  for (const auto& stored : store->list()) {
    const auto file = store->open_entry(stored.entry);
    if (!file) return fail(file.error());
    if (!*file) continue;  // evicted meanwhile
    ++checked;
    const auto sound = store::verify_entry((*file)->get());
    if (sound) continue;
    ++damaged;
    const auto place = store->set_aside(stored.entry);
    if (!place) return fail(place.error());
    say("chainer: " + stored.entry.path() + ": " + sound.error().what + "; it is set aside as " +
        *place);
  }
  std::cout << checked << " entries read, " << damaged << " damaged\n";
  return damaged == 0 ? 0 : wire::exit_code_of(Fault::node);
}

int collect_garbage(const PluginConf& conf) {
  const auto store = open_store(conf);
  if (!store) return fail(store.error());
  store->collect_garbage();
  const auto restored = store::StoreRoom::restore_reserve(*store);
  return restored ? 0 : fail(restored.error());
}

/// Unmounts what this node keeps mounted of entries that have left the store: only then is their
/// disk space free.
void drop_departed_mounts(const PluginConf& conf) {
  const auto slots = WarmSlots::existing(conf.run_dir);
  if (!slots || !*slots) return;
  for (const auto& slot : (*slots)->list()) {
    const auto path = conf.store + "/" + slot.entry;
    const UniqueFd entry(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!entry || EntryIdentity::of(entry.get()) != slot.identity) (*slots)->drop(slot.number);
  }
}

/// Mounts belong to root and the store to its account, so a process of each does its part.
int run_gc(const Arguments& arguments) {
  const auto conf = load_plugin_conf(arguments.conf);
  if (!conf) return fail(conf.error());
  if (::geteuid() != 0) return collect_garbage(*conf);
  const pid_t collector = ::fork();
  if (collector < 0) return fail(Error::from_errno("cannot start a process", errno));
  if (collector == 0) ::_exit(collect_garbage(*conf));
  const int status = wait_for_end(collector);
  drop_departed_mounts(*conf);
  return WIFEXITED(status) ? WEXITSTATUS(status) : wire::exit_code_of(Fault::defect);
}

/// The list of the GPU driver's files, as its own file holds it. What was left out is said.
Result<std::string> gpu_files_of_this_node() {
  TRY_ASSIGN(const auto found, gpu::find_driver_files({.linker_cache = gpu::print_linker_cache}));
  for (const auto& remark : found.left_out) say("chainer: " + remark);
  return gpu_files_text(found.list, "Written by chainer-node gpu-files from " + found.source + ".");
}

/// The same, looked for by the store's account where root asks: root parses nothing of it.
Result<std::string> gpu_files_found_by(const std::string& account) {
  if (::geteuid() != 0) return gpu_files_of_this_node();
  TRY_ASSIGN(auto pipe, Pipe::create());
  const pid_t finder = ::fork();
  if (finder < 0) return Error::from_errno("cannot start a process", errno);
  if (finder == 0) {
    auto became = store::become_account(account);
    const auto text =
        became ? gpu_files_of_this_node() : Result<std::string>(std::move(became).error());
    if (!text) ::_exit(fail(text.error()));
    ::_exit(write_all(pipe.write_end.get(), *text) ? 0 : 1);
  }
  pipe.write_end.reset();
  auto text = read_all(pipe.read_end.get(), largest_gpu_list);
  const int status = wait_for_end(finder);
  Error ended{"the search for the GPU driver's files ended with code " +
              std::to_string(shell_exit_code(status))};
  ended.is_told = !WIFSIGNALED(status);
  return status == 0 ? std::move(text) : Result<std::string>(std::move(ended));
}

std::string summary_of(const GpuFiles& list) {
  if (list.files.empty()) return "nothing: this node has no GPU driver";
  const auto count_of = [&](GpuFile::Kind kind) {
    return std::to_string(std::ranges::count(list.files, kind, &GpuFile::kind));
  };
  return "libraries: " + count_of(GpuFile::Kind::library) +
         ", tools: " + count_of(GpuFile::Kind::tool) +
         ", driver: " + (list.driver.empty() ? "of unknown version" : list.driver);
}

/// Replaces the list that root reads in each step with a GPU.
Result<void> write_gpu_files(const std::string& path, const std::string& text) {
  TRY_ASSIGN(const auto list, parse_gpu_files(text, path));
  TRY(check_only_root_can_change(path));
  TRY(replace_file(path, text, 0644));
  std::cout << "wrote " << path << " (" << summary_of(list) << ")\n";
  return {};
}

int run_gpu_files(const Arguments& arguments) {
  const auto conf = arguments.write || ::geteuid() == 0 ? load_plugin_conf(arguments.conf)
                                                        : Result<PluginConf>(PluginConf{});
  if (!conf) return fail(conf.error());
  const auto text = gpu_files_found_by(conf->store_account);
  if (!text) return fail_unless_told(text.error());
  if (!arguments.write) return write_all(STDOUT_FILENO, *text) ? 0 : 1;
  const auto written = write_gpu_files(conf->gpu_files, *text);
  return written ? 0 : fail(written.error());
}

/// The builders' folder beside this program, where they are installed.
std::string tools_beside_this_program() {
  std::error_code unreadable;
  return (std::filesystem::read_symlink("/proc/self/exe", unreadable).parent_path() / "tools")
      .string();
}

int run_container(rootless::RunOptions options) {
  if (options.tools.empty()) options.tools = tools_beside_this_program();
  const auto request = rootless::RunRequest::parse(options);
  if (!request) return fail(request.error());
  const auto code = rootless::run(*request, builder::variables_from(environ), say);
  return code ? *code : fail_unless_told(code.error());
}

/// The tasks of a node would all say the same, so only the first one does.
bool is_a_further_task(const builder::Variables& variables) {
  const auto number = builder::value_of(variables, "SLURM_LOCALID");
  return !number.empty() && number != "0";
}

/// One line: the node's name, and what srun is to be given.
void print_for_srun(const topology::TopologyAnswer& answer, const builder::Variables& variables) {
  const auto slurms_name = builder::value_of(variables, "SLURMD_NODENAME");
  const auto node = slurms_name.empty() ? std::string("localhost") : slurms_name;
  std::cout << node;
  for (const auto& option : topology::srun_options(answer.machine, answer.plan))
    std::cout << ' ' << option;
  std::cout << '\n';
  for (const auto& remark : answer.plan.remarks) say("chainer: node " + node + ": " + remark);
}

int run_topology(const Arguments& arguments) {
  const auto variables = builder::variables_from(environ);
  if (arguments.for_srun && is_a_further_task(variables)) return 0;
  const auto answer = topology::answer_topology(arguments.topology, variables);
  if (!answer) return fail(answer.error());
  const auto& [machine, gpus, plan] = *answer;
  if (!arguments.svg.empty()) {
    std::ofstream file(arguments.svg);
    file << topology::machine_svg(machine, plan, gpus) << std::flush;
    if (!file)
      return fail(Error::from_errno("cannot write " + arguments.svg, errno, Fault::user)
                      .with_hint("name a file in a folder that you may write into"));
  }
  if (arguments.for_srun) {
    print_for_srun(*answer, variables);
  } else if (arguments.json) {
    std::cout << topology::binding_json(machine, plan, gpus);
  } else {
    std::cout << topology::machine_picture(machine, plan, gpus) << '\n'
              << topology::binding_table(machine, plan, gpus);
  }
  return 0;
}

/// Colours are for a person at a terminal (no-color.org: any value but an empty one turns them
/// off).
Colour colour_of_output() {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool is_unwanted = no_colour != nullptr && *no_colour != '\0';
  return ::isatty(STDOUT_FILENO) != 0 && !is_unwanted ? Colour::on : Colour::off;
}

int run_doctor(const Arguments& arguments) {
  const auto report = doctor::examine_node(arguments.doctor);
  if (arguments.doctor.depth == doctor::Depth::quick) {
    const auto reason = doctor::reason_to_drain(report);
    if (!reason.empty()) std::cout << reason << '\n';
    return reason.empty() ? 0 : 1;
  }
  std::cout << (arguments.json ? doctor::node_json(report)
                               : doctor::node_text(report, colour_of_output()));
  return has_problem(report.findings) ? 1 : 0;
}

void add_doctor_options(CLI::App& command, Arguments& arguments) {
  auto& order = arguments.doctor;
  command
      .add_option("--conf", order.conf,
                  "The plugin's configuration file; else the one that plugstack.conf names")
      ->type_name("FILE");
  command.add_option("--image", order.images, "Ask its registry for this image; may be repeated")
      ->type_name("REF")
      ->allow_extra_args(false);
  command
      .add_option("--folder", order.folders,
                  "See whether this account can write in this folder; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  auto* json = command.add_flag("--json", arguments.json, "Print JSON, in one line");
  command
      .add_flag_callback(
          "--health", [&order] { order.depth = doctor::Depth::quick; },
          "Look only at what decides whether jobs may run here, start no program, and print "
          "nothing but the reason why not, in one line")
      ->excludes(json);
}

void add_topology_options(CLI::App& command, Arguments& arguments) {
  auto& question = arguments.topology;
  auto* xml = command
                  .add_option("--xml", question.xml,
                              "The machine that 'lstopo --of xml FILE' wrote down, instead of "
                              "this one")
                  ->type_name("FILE");
  command
      .add_option("--synthetic", question.synthetic,
                  "A machine as hwloc describes one, such as 'package:2 numa:2 core:8 pu:2'")
      ->type_name("TEXT")
      ->excludes(xml);
  command
      .add_option("--cpus", question.cpus,
                  "Use only these CPUs, such as 0-7,16; else those that this process may use")
      ->type_name("LIST");
  constexpr unsigned most = 4096;
  command
      .add_option("--ranks", question.ranks,
                  "How many ranks the node has; else one for each GPU, or each NUMA domain")
      ->type_name("N")
      ->check(CLI::Range(1U, most));
  command
      .add_option("--gpus", question.gpus,
                  "Use the first M GPUs; else those of the Slurm job, or all without a job")
      ->type_name("M")
      ->check(CLI::Range(0U, most));
  command.add_option("--svg", arguments.svg, "Draw the picture into this file, too")
      ->type_name("FILE");
  auto* json = command.add_flag("--json", arguments.json, "Print JSON, in one line");
  command
      .add_flag("--srun", arguments.for_srun,
                "Print the node's name and the options for srun, in one line")
      ->excludes(json);
}

void add_run_options(CLI::App& run, rootless::RunOptions& options) {
  run.add_option(
         "--image", options.image,
         "Run the program in this image: a registry reference, oci:DIR[:TAG], "
         "oci-archive:FILE, docker-archive:FILE, docker-daemon:REF, or the path of a SIF or "
         "squashfs file or of a folder")
      ->required()
      ->type_name("REF");
  run.add_option(
         "--env", options.env,
         "Give it this Python environment, from a requirements.txt, an environment.yml or a "
         "lock")
      ->type_name("FILE");
  run.add_option("--shm-size", options.shm_size, "Size of its /dev/shm, such as 512m or 16g")
      ->type_name("SIZE");
  run.add_option("--mount", options.mounts,
                 "Show SRC as DST in the container; add :ro to forbid writing; tmpfs:DST is an "
                 "empty folder in memory; may be repeated")
      ->type_name("SRC[:DST]")
      ->allow_extra_args(false);
  run.add_option("--workdir", options.workdir, "Start it in this directory of the container")
      ->type_name("DIR");
  run.add_flag("--writable", options.writable,
               "Let it write into the container; what it writes is in memory and gone with it");
  run.add_option("--keep", options.keep,
                 "Keep the value of these variables where the image sets its own, commas between "
                 "them")
      ->type_name("NAMES");
  run.add_option("--auth", options.auth,
                 "Log in to the registry with this file, in the form of docker's auth.json")
      ->type_name("FILE");
  run.add_flag("--prepare", options.prepare, "Prepare image and environment, and run no program");
  run.add_flag("--unpack", options.unpack,
               "Unpack the image instead of mounting it with squashfuse")
      ->envname("CHAINER_SUBMIT_UNPACK");
  run.add_option("--tools", options.tools,
                 "Folder of the builders of environments; else 'tools' beside this program")
      ->envname("CHAINER_SUBMIT_TOOLS")
      ->type_name("DIR");
  run.add_option("program", options.command, "The program and its arguments, behind --");
}

std::vector<Completion::Word> words_for_shells(std::string_view value, std::string_view) {
  std::vector<Completion::Word> words;
  if (value == "SHELL")
    for (const auto shell : completed_shells) words.push_back({std::string(shell), ""});
  return words;
}

}  // namespace
}  // namespace chainer

int main(int argc, char** argv) {
  using namespace chainer;
  // File names in archives are UTF-8, whatever the job's locale; C.UTF-8 is always there on Debian.
  std::setlocale(LC_CTYPE, "C.UTF-8");

  CLI::App app("Prepares images and environments on a node of the cluster.", "chainer-node");
  app.set_version_flag("--version", std::string("chainer-node ") + version);
  app.require_subcommand(1);
  Arguments arguments;
  int status = 0;

  auto* resolve =
      app.add_subcommand("resolve",
                         "Print the digest that an image reference means now, or the requirements "
                         "that the package index cannot meet");
  auto* asked = resolve->add_option_group("what");
  asked->add_option("--reference", arguments.reference, "Image reference")->type_name("REF");
  auto* requirements = asked
                           ->add_option("--requirements", arguments.requirements,
                                        "File with a requirement on each line")
                           ->type_name("FILE");
  asked->require_option(1);
  resolve->add_option("--tools", arguments.tools, "The site's tools folder, which holds uv")
      ->type_name("DIR")
      ->needs(requirements);
  resolve
      ->add_option("--auth", arguments.auth_file,
                   "File with credentials, as docker login writes it")
      ->type_name("FILE");
  resolve->add_flag("--json", arguments.json, "Print JSON");
  resolve->callback([&] {
    status = arguments.requirements.empty() ? run_resolve(arguments)
                                            : run_resolve_requirements(arguments);
  });

  auto* inspect = app.add_subcommand(
      "inspect", "Say which Python and MPI an image holds, without preparing it");
  inspect->add_option("--reference", arguments.reference, "Image reference")
      ->required()
      ->type_name("REF");
  inspect->add_flag("--python-only", arguments.python_only,
                    "Read no further once a Python is found");
  inspect
      ->add_option("--most-download", arguments.most_download,
                   "Leave out layers that do not fit into this much")
      ->type_name("SIZE")
      ->capture_default_str();
  inspect
      ->add_option("--auth", arguments.auth_file,
                   "File with credentials, as docker login writes it")
      ->type_name("FILE");
  inspect->add_flag("--json", arguments.json, "Print JSON");
  inspect->callback([&] { status = run_inspect(arguments); });

  auto* images = app.add_subcommand("images", "List the images in the site's store");
  images->add_option("--conf", arguments.conf, "The plugin's configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  images->add_flag("--json", arguments.json, "Print JSON");
  auto* verify = images->add_subcommand(
      "verify", "Read every entry of the store, and set aside what is damaged (as root)");
  verify->add_option("--conf", arguments.conf, "The plugin's configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  verify->callback([&] { status = run_verify(arguments); });
  images->callback([&] {
    if (!verify->parsed()) status = run_list(arguments, store_side::Listed::images);
  });

  auto* envs = app.add_subcommand("envs", "List the environments in the site's store");
  envs->add_option("--conf", arguments.conf, "The plugin's configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  envs->add_flag("--json", arguments.json, "Print JSON");
  auto* build = envs->add_subcommand(
      "build", "Have a node build an environment for everybody (as root or the curator)");
  build->add_option("--conf", arguments.conf, "The plugin's configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  build->add_option("--image", arguments.reference, "The image that it is for")
      ->required()
      ->type_name("REF");
  build
      ->add_option("--env", arguments.file,
                   "A requirements.txt or a lock, on a file system that the nodes see; the lock is "
                   "written beside it")
      ->required()
      ->type_name("FILE");
  build->add_option("srun", arguments.srun_options,
                    "Options for srun, behind --, such as a partition");
  build->callback([&] { status = run_build_curated(arguments); });
  envs->callback([&] {
    if (!build->parsed()) status = run_list(arguments, store_side::Listed::environments);
  });

  auto* gc =
      app.add_subcommand("gc", "Bring the site's store under its quota, oldest entries first");
  gc->add_option("--conf", arguments.conf, "The plugin's configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  gc->callback([&] { status = run_gc(arguments); });

  auto* doctor = app.add_subcommand(
      "doctor", "Say what is wrong with this node, and what to do (as root it sees more)");
  add_doctor_options(*doctor, arguments);
  doctor->callback([&] { status = run_doctor(arguments); });

  auto* gpu_files = app.add_subcommand(
      "gpu-files", "List what containers get of this node's GPU driver: its libraries and tools");
  gpu_files->add_option("--conf", arguments.conf, "The plugin's configuration file")
      ->capture_default_str();
  gpu_files->add_flag(
      "--write", arguments.write,
      "Replace the list that the plugin reads ('gpu_files' of plugin.conf), as root");
  gpu_files->callback([&] { status = run_gpu_files(arguments); });

  auto* topology = app.add_subcommand(
      "topology", "Show the machine, and which CPUs, memory and GPU each rank would get");
  add_topology_options(*topology, arguments);
  topology->callback([&] { status = run_topology(arguments); });

  auto* run = app.add_subcommand("run", "Run a program in a container, without Slurm and root");
  add_run_options(*run, arguments.run);
  run->callback([&] { status = run_container(arguments.run); });

  auto* store_side = app.add_subcommand("store-side", "")->group("");
  auto* conf_option = store_side->add_option("--conf", arguments.conf, "");
  auto* own_option = store_side->add_option("--own", arguments.own_store, "");
  conf_option->excludes(own_option);
  store_side->add_option("--kind", arguments.kind, "")
      ->required()
      ->check(CLI::IsMember({"manifest", "config", "environment"}));
  store_side->add_option("--suspect", arguments.suspect, "");
  store_side->add_option("--owner", arguments.owner, "")->required();
  store_side->add_option("--curator", arguments.curator, "");
  store_side->add_option("--label", arguments.label, "")->required();
  store_side->add_flag("--waits-silently", arguments.waits_silently, "");
  store_side->callback([&] { status = run_store_side(arguments); });

  auto* user_side = app.add_subcommand("user-side", "")->group("")->require_subcommand(1);
  auto* image = user_side->add_subcommand("image", "");
  image->add_option("--label", arguments.label, "")->required();
  image->add_option("--reference", arguments.reference, "")->required();
  image->add_option("--digest", arguments.digest, "");
  image->add_option("--auth", arguments.auth_file, "");
  image->callback([&] { status = run_user_side_image(arguments); });

  auto* save = user_side->add_subcommand("save", "");
  save->add_option("--label", arguments.label, "")->required();
  save->add_option("--file", arguments.file, "")->required();
  save->callback([&] { status = run_save(arguments); });

  auto* environment = user_side->add_subcommand("environment", "");
  environment->add_option("--label", arguments.label, "")->required();
  environment->add_option("--file", arguments.file, "")->required();
  environment->add_option("--image", arguments.image, "")->required();
  environment->add_option("--scratch", arguments.scratch, "")->required();
  environment->add_option("--tools", arguments.tools, "")->required();
  environment->add_option("--base", arguments.base, "");
  environment->callback([&] { status = run_user_side_environment(arguments); });

  std::string shell;
  auto* completion =
      app.add_subcommand("completion", "Write what makes a shell complete command lines");
  completion->add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&] { std::cout << *completion_script(shell, "chainer-node"); });

  // For its test, which writes docs/man.
  auto* manual = app.add_subcommand("manual", "")->group("");
  manual->callback([&] { std::cout << node_manual(app); });

  // What a shell asks: the words behind the dashes are somebody's command line, whatever they are.
  if (argc > 2 && std::string_view(argv[1]) == "complete" && std::string_view(argv[2]) == "--") {
    std::cout << completion_text(complete(app, {argv + 3, argv + argc}, {"", words_for_shells}));
    return 0;
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int usage = 2;
    return app.exit(error) == 0 ? 0 : usage;
  }
  return status;
}
