#include "node/doctor/leftover_health.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "core/characters.hpp"
#include "core/folder_names.hpp"
#include "core/name_list.hpp"
#include "core/text_file.hpp"
#include "core/trusted_path.hpp"
#include "core/unique_fd.hpp"
#include "core/warm_slots.hpp"

namespace chainer::doctor {
namespace {

constexpr std::time_t longest_build = 24 * 60 * 60;  // seconds
constexpr std::size_t most_names = 10'000;

std::vector<std::string> names_of(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  auto names = folder ? names_in(folder.get(), most_names) : Result(std::vector<std::string>());
  if (!names) return {};
  std::ranges::sort(*names);
  return *std::move(names);
}

/// The processor time at which a process started, as a step's note has it; empty once it ended.
std::string start_of_process(int process) {
  const auto text = read_file("/proc/" + std::to_string(process) + "/stat", 4096);
  const auto name_end = text ? text->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return "";
  std::size_t at = name_end + 1;
  for (int passed = 0; passed < 19 && at != std::string::npos; ++passed)
    at = text->find(' ', at + 1);
  if (at == std::string::npos) return "";
  return text->substr(at + 1, text->find(' ', at + 1) - at - 1);
}

/// RUN_DIR/steps/JOB.STEP.PID holds "UID STARTED …".
bool is_of_gone_step(const std::string& folder, const std::string& name) {
  unsigned job = 0;
  unsigned step = 0;
  int process = 0;
  if (std::sscanf(name.c_str(), "%u.%u.%d", &job, &step, &process) != 3) return true;
  const auto note = read_file(folder + "/" + name, 512);
  unsigned uid = 0;
  unsigned long long started = 0;
  if (!note || std::sscanf(note->c_str(), "%u %llu", &uid, &started) != 2) return true;
  return start_of_process(process) != std::to_string(started);
}

std::vector<std::string> notes_of_gone_steps(const std::string& folder) {
  auto names = names_of(folder);
  std::erase_if(names, [&](const std::string& name) { return !is_of_gone_step(folder, name); });
  return names;
}

/// Anybody makes folders in /tmp, of names that are a command in a shell where an administrator
/// pastes them: what no build of ours is called is not named.
bool is_scratch_name(std::string_view name) {
  for (const std::string_view head : {"chainer-env.", "chainer-lookup."}) {
    if (name.starts_with(head)) return are_letters_digits_or(".", name.substr(head.size()));
  }
  return false;
}

/// No build takes a day: whose folder is older was killed with all that would have removed it.
std::vector<std::string> old_scratch() {
  std::vector<std::string> found;
  for (const auto& name : names_of("/tmp")) {
    if (!is_scratch_name(name)) continue;
    const auto path = "/tmp/" + name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    if (status.st_mtime + longest_build < std::time(nullptr)) found.push_back(path);
  }
  return found;
}

/// Devices of the plugin's go with their last mount; one without that flag was set up by hand, or
/// lost it.
std::vector<std::string> stuck_loops(const std::string& store) {
  std::vector<std::string> found;
  struct stat folder {};
  if (::stat(store.c_str(), &folder) != 0) return found;
  for (const auto& name : names_of("/sys/block")) {
    if (!name.starts_with("loop") || ::access(("/sys/block/" + name + "/loop").c_str(), F_OK) != 0)
      continue;
    const UniqueFd device(::open(("/dev/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    loop_info64 info{};
    if (!device || ::ioctl(device.get(), LOOP_GET_STATUS64, &info) != 0) continue;
    if (info.lo_device == folder.st_dev && (info.lo_flags & LO_FLAGS_AUTOCLEAR) == 0 &&
        std::string_view(reinterpret_cast<const char*>(info.lo_file_name)).starts_with(store + "/"))
      found.push_back("/dev/" + name);
  }
  return found;
}

void look_at_warm_mounts(const PluginConf& conf, LeftoverFacts& facts) {
  facts.most_warm = conf.warm_mounts;
  const auto slots = WarmSlots::existing(conf.run_dir);
  if (!slots || !*slots) return;
  for (const auto& slot : (*slots)->list()) {
    ++facts.warm;
    const UniqueFd entry(
        ::open((conf.store + "/" + slot.entry).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    // A store on a share that hides it from root is no reason to call its entries gone.
    if (!entry && errno != ENOENT) continue;
    if (!entry || EntryIdentity::of(entry.get()) != slot.identity) ++facts.departed;
  }
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t at = 0; at < std::min(names.size(), most); ++at) append_name(text, names[at]);
  return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more"
                             : text;
}

}  // namespace

LeftoverFacts look_for_leftovers(const PluginConf& conf) {
  LeftoverFacts facts{conf.run_dir};
  if (const auto only_roots = check_only_root_can_change(conf.run_dir); !only_roots)
    facts.distrust = only_roots.error().what;
  facts.scratch = old_scratch();
  facts.is_seen = ::geteuid() == 0;
  if (!facts.is_seen) return facts;
  facts.in_root = names_of(conf.run_dir + "/root");
  facts.notes = notes_of_gone_steps(conf.run_dir + "/steps");
  facts.loops = stuck_loops(conf.store);
  look_at_warm_mounts(conf, facts);
  return facts;
}

HealthFindings check_leftovers(const LeftoverFacts& facts) {
  HealthFindings found;
  if (!facts.distrust.empty()) {
    found.push_back({HealthLevel::problem, facts.distrust, facts.run_dir,
                     "root puts containers together there, and refuses to: every step in a "
                     "container fails here",
                     "chown it to root and chmod 0755; the folders above likewise"});
  }
  const auto warning = [&](std::string what, std::string where, std::string why, std::string next) {
    found.push_back(
        {HealthLevel::warning, std::move(what), std::move(where), std::move(why), std::move(next)});
  };
  if (!facts.in_root.empty()) {
    warning("the folder that containers are mounted on is not empty: " + listed(facts.in_root),
            facts.run_dir + "/root", "nobody puts anything there: somebody else uses it",
            "see what it is, and remove it");
  }
  if (!facts.notes.empty()) {
    warning("notes of steps that have ended: " + listed(facts.notes), facts.run_dir + "/steps",
            "their slurmstepd was killed; nothing depends on them",
            "the next step in a container takes them away");
  }
  if (!facts.scratch.empty()) {
    warning("folders of builds older than a day: " + listed(facts.scratch), "/tmp",
            "their builds were killed, and they take room", "rm -r them");
  }
  if (!facts.loops.empty()) {
    warning("loop devices over the store that stay: " + listed(facts.loops), "losetup --list",
            "they keep entries of the store on the disk after eviction", "losetup --detach them");
  }
  if (facts.departed > 0) {
    warning(std::to_string(facts.departed) + " of " + std::to_string(facts.warm) +
                " warm mounts are of entries that have left the store",
            facts.run_dir + "/warm", "the room that they take in the store is not free yet",
            "chainer-node gc");
  }
  if (!facts.is_seen) {
    found.push_back({HealthLevel::unseen, "warm mounts and notes of steps", facts.run_dir,
                     "root alone may look there", "run this as root"});
  }
  return found;
}

}  // namespace chainer::doctor
