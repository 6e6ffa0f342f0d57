#include "node/doctor/program_health.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/text_file.hpp"
#include "core/trusted_path.hpp"
#include "node/doctor/command.hpp"
#include "version.hpp"

namespace chainer::doctor {
namespace {

using Role = ProgramFacts::Role;
using namespace std::chrono_literals;

constexpr auto patience_with_programs = 10s;
constexpr std::size_t largest_pin = 64 * 1024;

std::string why_not_executable(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::strerror(errno);
  if (!S_ISREG(status.st_mode)) return "it is no file";
  // Whatever account asks: everybody starts it.
  return (status.st_mode & S_IXOTH) != 0 ? "" : "not everybody may execute it";
}

std::string why_no_folder(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::strerror(errno);
  return S_ISDIR(status.st_mode) ? "" : "it is no folder";
}

std::string why_distrusted(const std::string& path) {
  const auto only_roots = check_only_root_can_change(path);
  return only_roots ? "" : only_roots.error().what;
}

/// "uv 0.13.9" gives "0.13.9".
std::string version_said(const std::string& path) {
  const auto answer = run_command({path, "--version"}, patience_with_programs);
  if (!answer || answer->code != 0) return "";
  const auto line = first_line(answer->said);
  const auto blank = line.find(' ');
  return blank == std::string::npos ? line
                                    : line.substr(blank + 1, line.find(' ', blank + 1) - blank - 1);
}

/// What packaging/make-tools noted: "py-rattler==0.28.0 \".
std::string version_pinned(const std::string& file, const std::string& name) {
  const auto text = read_file(file, largest_pin);
  const auto at = text ? text->find(name + "==") : std::string::npos;
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 2;
  return text->substr(begin, text->find_first_of(" \\\n", begin) - begin);
}

ProgramFacts look_at_program(Role role, const std::string& path, Depth depth) {
  ProgramFacts program{role, path, why_not_executable(path)};
  if (!program.failure.empty()) return program;
  program.distrust = why_distrusted(path);
  // What others can change is not started, least of all by root.
  const bool says_version = role == Role::helper || role == Role::pip;
  if (depth == Depth::whole && program.distrust.empty() && says_version) {
    program.version = version_said(path);
    if (program.version.empty()) program.failure = "it does not say its version";
  }
  return program;
}

ProgramFacts look_at_conda(const std::string& folder) {
  ProgramFacts conda{Role::conda, folder + "/py-rattler", why_no_folder(folder + "/py-rattler")};
  if (!conda.failure.empty()) return conda;
  conda.distrust = why_distrusted(conda.path);
  conda.version = version_pinned(conda.path + "/.requirements", "py-rattler");
  return conda;
}

std::string what_fails_without(Role role) {
  switch (role) {
    case Role::helper: return "nothing can be prepared: jobs with a new image fail here";
    case Role::pip: return "no environment with pip packages can be built here";
    case Role::inside: return "no environment can be built here";
    case Role::conda: return "no environment with conda packages can be built here";
    case Role::entrypoint: return "--chainer-entrypoint fails here";
    case Role::launcher: return "jobs in containers fail here where Slurm is 24.11 or newer";
    case Role::runtime: return "--chainer-runtime fails here";
  }
  return "";
}

std::string setting_of(Role role) {
  const bool is_builder = role == Role::pip || role == Role::inside || role == Role::conda;
  return is_builder ? "tools" : "helper";
}

std::string how_to_get(Role role, const std::string& tools) {
  return setting_of(role) == "helper" ? "install it there, or correct 'helper' in plugin.conf"
                                      : "fill the folder with packaging/make-tools " + tools +
                                            ", or correct 'tools' in plugin.conf";
}

void check_program(const ProgramFacts& program, const ProgramsFacts& facts, HealthFindings& found) {
  const bool is_helper = program.role == Role::helper;
  if (!program.failure.empty()) {
    found.push_back({is_helper ? HealthLevel::problem : HealthLevel::warning,
                     "cannot use " + program.path + ": " + program.failure,
                     "'" + setting_of(program.role) + "' in plugin.conf",
                     what_fails_without(program.role), how_to_get(program.role, facts.tools)});
  } else if (!program.distrust.empty()) {
    found.push_back({HealthLevel::problem, program.distrust, program.path,
                     "whoever changes it runs as everybody who starts a job here: root refuses it",
                     "chown it to root, and take the write permission of group and others away"});
  } else if (is_helper && !program.version.empty() && program.version != facts.version) {
    found.push_back({HealthLevel::warning,
                     "the helper is version " + program.version + ", this program " + facts.version,
                     program.path, "a half upgrade: the two may not understand each other",
                     "install one version of everything"});
  }
}

}  // namespace

ProgramsFacts look_at_programs(const PluginConf& conf, Depth depth) {
  ProgramsFacts facts{conf.tools, version, {}};
  const auto beside = conf.helper.substr(0, conf.helper.rfind('/'));
  facts.programs.push_back(look_at_program(Role::helper, conf.helper, depth));
  if (depth == Depth::quick) return facts;
  for (const auto& [role, name] : {std::pair{Role::entrypoint, "/chainer-entrypoint"},
                                   std::pair{Role::launcher, "/chainer-launcher"},
                                   std::pair{Role::runtime, "/chainer-runtime"}})
    facts.programs.push_back(look_at_program(role, beside + name, depth));
  facts.programs.push_back(look_at_program(Role::inside, conf.tools + "/chainer-inside", depth));
  facts.programs.push_back(look_at_program(Role::pip, conf.tools + "/uv", depth));
  facts.programs.push_back(look_at_conda(conf.tools));
  return facts;
}

HealthFindings check_programs(const ProgramsFacts& facts) {
  HealthFindings found;
  for (const auto& program : facts.programs) check_program(program, facts, found);
  return found;
}

}  // namespace chainer::doctor
