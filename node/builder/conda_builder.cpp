#include "node/builder/conda_builder.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/printable.hpp"
#include "core/result.hpp"
#include "core/take_part.hpp"
#include "node/builder/credentials.hpp"
#include "node/builder/host_certificates.hpp"
#include "node/builder/work_folder.hpp"

namespace chainer::builder {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view program_name = "conda-builder.py";
constexpr std::string_view override_prefix = "CONDA_OVERRIDE_";
constexpr std::size_t longest_line = 300;
constexpr std::size_t most_lines = 24;

constexpr std::string_view no_python_hint =
    "an administrator must install Python 3.10 or newer on the nodes, or put a link python3 to one "
    "into the tools folder";

/// Pythons of the host, the site's choice first. The job's PATH is not searched: what a login's
/// modules put there differs from node to node.
std::vector<std::string> python_candidates(const std::string& tools) {
  std::vector<std::string> candidates{tools + "/python3", "/usr/bin/python3"};
  for (int minor = 14; minor >= 10; --minor)
    candidates.push_back("/usr/bin/python3." + std::to_string(minor));
  candidates.emplace_back("/usr/local/bin/python3");
  return candidates;
}

/// Whether the host's Python must not see this variable of the job: it would change which Python or
/// which libraries run.
bool stays_away(std::string_view name) {
  constexpr std::array prefixes{"LD_", "PYTHON", "BASH_FUNC_", "SLURM", "PMI", "RUST_"};
  return std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

/// The first folder that the user may write to, made where it is missing.
std::string usable_folder(const std::vector<std::string>& candidates) {
  for (const auto& folder : candidates) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return folder;
  }
  return candidates.back();
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

/// The first line of the reasons as it is, the rest indented below it, as for a failed build of
/// pip's.
std::string readable(std::string_view reason) {
  constexpr std::string_view opening = "Cannot solve the request because of: ";
  if (reason.starts_with(opening)) reason.remove_prefix(opening.size());
  std::string text;
  for (std::size_t lines = 0; !reason.empty() && lines < most_lines; ++lines) {
    const auto line = take_line(reason);
    if (line.empty()) continue;
    text += (text.empty() ? "" : "\n    ") + printable(without_credentials(line), longest_line);
  }
  return text;
}

bool mentions(std::string_view text, std::initializer_list<std::string_view> phrases) {
  return std::ranges::any_of(phrases, [&](auto phrase) { return text.find(phrase) != text.npos; });
}

struct Advice {
  Fault fault;
  std::string hint;
};

Advice advice_for(std::string_view fault, std::string_view reason) {
  if (mentions(reason, {"os error 28", "os error 122"})) {  // ENOSPC, EDQUOT
    return {Fault::try_again, "make room in your home (~/.cache/chainer) and on the node's /tmp"};
  }
  if (mentions(reason, {"401", "403 Forbidden"}) && mentions(reason, {"HTTP status"})) {
    return {Fault::user, "give the channel's credentials in ~/.netrc or in .condarc"};
  }
  if (mentions(reason, {"hash mismatch"})) {
    return {Fault::try_again,
            "the channel has other bytes there than were locked: delete the lock to resolve again, "
            "or ask whoever keeps the channel"};
  }
  if (mentions(reason, {"could not find subdir"})) {
    return {Fault::user, "correct the channel's name or URL, or channel_alias in .condarc"};
  }
  if (mentions(reason, {"__cuda"})) {
    return {Fault::user,
            "a package needs CUDA: ask for GPUs, or set CONDA_OVERRIDE_CUDA to a release"};
  }
  if (mentions(reason, {"__glibc"})) {
    return {Fault::user, "a package needs a newer glibc: use a newer image or an older package"};
  }
  if (fault == "user")
    return {Fault::user, "correct the packages or the channels and submit again"};
  if (fault == "try_again") {
    return {Fault::try_again,
            "check the channels and the proxy in the environment, or try again when they answer"};
  }
  return {Fault::node, ""};
}

Result<json> answer_of(const ProgramOutput& output, const std::string& what) {
  if (WIFSIGNALED(output.wait_status) && WTERMSIG(output.wait_status) == SIGKILL) {
    return Error{what + ": the conda builder " + output.ending(),
                 "the step's memory may be too small: ask for more with --mem", 0, Fault::user};
  }
  auto answer = parse_json_object(output.out, "the conda builder's answer");
  if (!answer) {
    return Error{what + ": the conda builder " + output.ending() + ": " +
                     printable(without_credentials(last_line(output.err)), longest_line),
                 "an administrator must fill the tools folder again (packaging/make-tools)"};
  }
  const auto reason = string_member(*answer, "error");
  if (output.succeeded() && reason.empty()) return answer;
  auto advice = advice_for(string_member(*answer, "fault"), reason);
  return Error{what + ": " + readable(reason), std::move(advice.hint), 0, advice.fault};
}

json to_json(const std::vector<VirtualPackage>& machine) {
  auto list = json::array();
  for (const auto& [name, version, build] : machine) list.push_back({name, version, build});
  return list;
}

std::vector<VirtualPackage> virtual_packages_from(const json& list) {
  std::vector<VirtualPackage> packages;
  for (const auto& item : list) {
    const bool is_one = item.is_array() && item.size() == 3 && item[0].is_string() &&
                        item[1].is_string() && item[2].is_string();
    if (is_one) packages.push_back({item[0], item[1], item[2]});
  }
  return packages;
}

/// Slurm tells a job and a step which GPUs they have; without any it says so, or says nothing.
bool has_gpus(const Variables& job) {
  for (const auto* name : {"SLURM_STEP_GPUS", "SLURM_JOB_GPUS", "SLURM_GPUS_ON_NODE"}) {
    const auto value = value_of(job, name);
    if (!value.empty() && value != "0") return true;
  }
  const auto visible = value_of(job, "CUDA_VISIBLE_DEVICES");
  return !visible.empty() && visible != "NoDevFiles" && visible != "-1";
}

}  // namespace

Result<std::string> CondaBuilder::identify() {
  if (!name_.empty()) return name_;
  const auto program = setup_.tools + "/" + std::string(program_name);
  if (::access(program.c_str(), R_OK) != 0) {
    return Error::from_errno("cannot build conda environments: " + program, errno)
        .with_hint("an administrator must fill that folder with packaging/make-tools");
  }
  std::optional<Error> first_error;
  for (const auto& candidate : python_candidates(setup_.tools)) {
    if (::access(candidate.c_str(), X_OK) != 0) continue;
    python_ = candidate;
    TRY_ASSIGN(const auto output, run({"identify"}));
    const auto answer = answer_of(output, "cannot use " + candidate + " for conda packages");
    if (!answer) {
      if (!first_error) first_error = answer.error();
      continue;
    }
    machine_ = virtual_packages_from(array_member(*answer, "virtual"));
    name_ = "py-rattler " + string_member(*answer, "version");
    return name_;
  }
  auto error = first_error.value_or(
      Error{"cannot build conda environments: there is no python3 in /usr/bin"});
  return std::move(error).with_hint(std::string(no_python_hint));
}

std::vector<VirtualPackage> CondaBuilder::machine(const std::string& glibc) const {
  const auto is_overridden = [&](std::string_view what) {
    return !value_of(setup_.job, std::string(override_prefix).append(what)).empty();
  };
  std::vector<VirtualPackage> packages;
  for (auto package : machine_) {
    if (package.name == "__glibc" && !is_overridden("GLIBC")) package.version = glibc;
    if (package.name == "__cuda" && !is_overridden("CUDA") && !has_gpus(setup_.job)) continue;
    // The environment also serves nodes with older processors, and nobody builds it again for them.
    if (package.name == "__archspec" && !is_overridden("ARCHSPEC")) {
      package.build = package.build.substr(0, package.build.find("_v"));
    }
    packages.push_back(std::move(package));
  }
  return packages;
}

Result<std::vector<environment::LockedCondaPackage>> CondaBuilder::solve(
    const CondaQuestion& question, const std::string& source) {
  TRY_ASSIGN(auto asked, request());
  asked["channels"] = question.channels;
  asked["specs"] = question.specs;
  asked["constraints"] = question.wishes;
  asked["virtual"] = to_json(question.machine);
  asked["channel_priority"] = setup_.settings.strict_priority ? "Strict" : "Disabled";
  on_progress_("solving");
  TRY_ASSIGN(const auto answer, ask("solve", asked, "cannot resolve " + source));

  std::vector<environment::LockedCondaPackage> packages;
  for (const auto& item : array_member(answer, "packages")) {
    auto package = environment::conda_package_from(item);
    if (!package) {
      return Error{"cannot lock " + source + ": a channel gives no hash for the package " +
                       printable(string_member(item, "name")),
                   "use a channel whose index has hashes", 0, Fault::user};
    }
    packages.push_back(*std::move(package));
  }
  return packages;
}

Result<void> CondaBuilder::install(const std::vector<environment::LockedCondaPackage>& packages,
                                   const std::string& source) {
  TRY_ASSIGN(auto asked, request());
  asked["prefix"] = setup_.scratch;
  asked["target"] = setup_.prefix;
  auto list = json::array();
  for (const auto& package : packages) list.push_back(chainer::environment::to_json(package));
  asked["packages"] = std::move(list);
  on_progress_("installing " + std::to_string(packages.size()) + " conda packages");
  const auto answer = ask("install", asked, "cannot build the environment of " + source);
  return answer ? Result<void>() : answer.error();
}

Result<json> CondaBuilder::request() {
  TRY(identify());
  TRY(make_work_folder(setup_.scratch));
  TRY(write_credentials());
  return json{{"cache", cache()},
              {"mirrors", setup_.settings.mirrors_by_url()},
              {"verify_tls", setup_.settings.verify_tls}};
}

Result<json> CondaBuilder::ask(const std::string& command, const json& request,
                               const std::string& what) {
  const auto name = "conda-" + command + ".json";
  TRY(write_work_file(setup_.scratch, name, json_line(request)));
  TRY_ASSIGN(const auto output, run({command, work_file(setup_.scratch, name)}));
  return answer_of(output, what);
}

Result<ProgramOutput> CondaBuilder::run(std::vector<std::string> arguments) {
  // Isolated from the job's Python: no variables, no packages of the user's.
  std::vector<std::string> argv{python_, "-I", "-S", "-B",
                                setup_.tools + "/" + std::string(program_name)};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return outside_.run({std::move(argv), environment()}, [&](std::string_view output) {
    const auto news = last_line(output);
    on_progress_(news.empty() ? "working on conda packages" : without_credentials(news));
  });
}

std::vector<std::string> CondaBuilder::environment() const {
  Variables variables;
  for (const auto& [name, value] : setup_.job) {
    if (!stays_away(name)) variables.emplace(name, value);
  }
  const auto& settings = setup_.settings;
  set_unless(variables, {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"},
             settings.http_proxy);
  set_unless(variables, {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"},
             settings.https_proxy);
  if (const auto file = host_certificates(setup_.job, settings.certificates); !file.empty())
    variables["SSL_CERT_FILE"] = file;
  set_unless(variables, {"RATTLER_AUTH_FILE"}, auth_file_);
  variables["LC_ALL"] = "C.UTF-8";
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

/// Writes the credentials that stood in the URLs of a configuration file, in rattler's own format.
Result<void> CondaBuilder::write_credentials() {
  if (setup_.settings.credentials.empty() || !auth_file_.empty()) return {};
  auto hosts = json::object();
  for (const auto& [host, user, password, token] : setup_.settings.credentials) {
    if (token.empty()) {
      hosts[host] = {{"BasicHTTP", {{"username", user}, {"password", password}}}};
    } else {
      hosts[host] = {{"CondaToken", token}};
    }
  }
  constexpr std::string_view name = "conda-credentials.json";
  auto written = write_work_file(setup_.scratch, name, json_line(hosts));
  if (written) auth_file_ = work_file(setup_.scratch, name);
  return written;
}

/// The folder, among the user's own files, that keeps packages and indexes fetched before.
std::string CondaBuilder::cache() {
  if (!cache_.empty()) return cache_;
  std::vector<std::string> candidates;
  const auto home = value_of(setup_.job, "HOME");
  if (const auto base = value_of(setup_.job, "RATTLER_CACHE_DIR"); !base.empty())
    candidates.push_back(base);
  if (const auto base = value_of(setup_.job, "XDG_CACHE_HOME"); !base.empty())
    candidates.push_back(base + "/chainer/conda");
  else if (!home.empty())
    candidates.push_back(home + "/.cache/chainer/conda");
  candidates.push_back(work_file(setup_.scratch, "conda-cache"));
  cache_ = usable_folder(candidates);
  return cache_;
}

}  // namespace chainer::builder
