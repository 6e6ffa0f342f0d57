#include "node/doctor/plugin_health.hpp"

#include <dlfcn.h>
#include <glob.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/take_part.hpp"
#include "core/text_file.hpp"
#include "core/trimmed.hpp"
#include "core/trusted_path.hpp"
#include "node/doctor/command.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t largest_slurm_file = 4 << 20;
constexpr std::string_view our_plugin = "spank_chainer.so";
constexpr std::string_view epilog_plugin = "spank_chainer_epilog.so";
constexpr auto patience_with_slurm = 10s;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// $SLURM_CONF, where distributions and sites have it, or what slurmd fetched from the controller.
std::string find_slurm_conf() {
  const char* named = std::getenv("SLURM_CONF");
  if (named != nullptr && *named != '\0') return named;
  for (const auto* path : {"/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf",
                           "/run/slurm/conf/slurm.conf", "/usr/local/etc/slurm.conf"}) {
    if (exists(path)) return path;
  }
  return "";
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

template <typename Each>
void for_each_line(std::string_view text, Each each) {
  for (std::size_t number = 1; !text.empty(); ++number) each(number, take_line(text));
}

/// The value of `key=VALUE` in a line of its own in slurm.conf, whose keys have no case.
std::string value_in_slurm_conf(const std::string& text, std::string_view key) {
  std::string value;
  for_each_line(text, [&](std::size_t, std::string_view line) {
    line = trimmed(line.substr(0, line.find('#')));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return;
    if (lower_case(trimmed(line.substr(0, equals))) == lower_case(key))
      value = trimmed(line.substr(equals + 1));
  });
  return value;
}

std::string next_word_of(std::string_view& line) {
  line = trimmed(line);
  const auto end = line.find_first_of(" \t");
  std::string word(line.substr(0, end));
  line.remove_prefix(end == std::string_view::npos ? line.size() : end);
  return word;
}

/// A line that names the plugin.
std::optional<PlugstackLine> read_line(std::string_view line, std::string_view plugin) {
  line = line.substr(0, line.find('#'));
  PlugstackLine read;
  const auto kind = next_word_of(line);
  if (kind != "required" && kind != "optional") return std::nullopt;
  read.is_required = kind == "required";
  read.plugin = next_word_of(line);
  if (read.plugin != plugin && !read.plugin.ends_with("/" + std::string(plugin)))
    return std::nullopt;
  constexpr std::string_view conf = "conf=";
  for (auto word = next_word_of(line); !word.empty(); word = next_word_of(line)) {
    if (word.starts_with(conf) && word.substr(conf.size()).starts_with('/'))
      read.conf = word.substr(conf.size());
    else if (read.wrong.empty())
      read.wrong = word;
  }
  return read;
}

/// The files that a line `include PATTERN` means.
std::vector<std::string> included(std::string_view line) {
  line = line.substr(0, line.find('#'));
  if (next_word_of(line) != "include") return {};
  const auto pattern = next_word_of(line);
  glob_t matches{};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), 0, nullptr, &matches) == 0)
    files.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  ::globfree(&matches);
  return files;
}

void look_at_plugstack(const std::string& file, int depth, PluginFacts& plugin) {
  const auto text = read_file(file, largest_slurm_file);
  if (!text) {
    plugin.plugstack_failure = text.error().what;
    return;
  }
  const auto line = find_plugstack_line(*text, file, plugin.lines);
  if (line && !plugin.line) plugin.line = line;
  if (names_epilog_plugin(*text)) plugin.names_epilog_plugin = true;
  constexpr int most_includes = 8;
  if (depth == most_includes) return;
  for_each_line(*text, [&](std::size_t, std::string_view one) {
    for (const auto& name : included(one)) look_at_plugstack(name, depth + 1, plugin);
  });
}

/// What `scontrol show config` has behind NAME; empty where nobody answers.
std::string value_of_running_slurm(const std::string& name) {
  const auto answer = run_command({"scontrol", "show", "config"}, patience_with_slurm);
  std::string value;
  if (!answer || answer->code != 0) return value;
  for_each_line(answer->said, [&](std::size_t, std::string_view line) {
    const auto equals = line.find('=');
    if (equals != std::string_view::npos && trimmed(line.substr(0, equals)) == name)
      value = trimmed(line.substr(equals + 1));
  });
  return value;
}

/// Slurm looks a bare name up in its PluginDir, which may be several folders.
std::string path_of_plugin(const std::string& written, const std::string& plugin_dirs) {
  if (written.starts_with('/')) return written;
  std::string first;
  std::string_view rest = plugin_dirs;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    auto path = std::string(rest.substr(0, colon)) + "/" + written;
    if (exists(path)) return path;
    if (first.empty()) first = path;
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return first;
}

struct CloseLibrary {
  void operator()(void* library) const { ::dlclose(library); }
};

/// As Slurm loads it: lazily. Nothing of it runs but what a library does when it is loaded, so it
/// must be root's alone.
void load_plugin(PluginFacts& plugin) {
  const std::unique_ptr<void, CloseLibrary> library(
      ::dlopen(plugin.plugin_path.c_str(), RTLD_LAZY | RTLD_LOCAL));
  if (!library) {
    const char* why = ::dlerror();
    plugin.plugin_failure = why != nullptr ? why : "it cannot be loaded";
    return;
  }
  const auto* number = static_cast<const unsigned*>(::dlsym(library.get(), "plugin_version"));
  if (number != nullptr) plugin.built_for = *number;
}

/// "slurm-wlm 22.05.8" gives "22.05.8".
std::string running_slurm() {
  const auto answer = run_command({"sinfo", "--version"}, patience_with_slurm);
  if (!answer || answer->code != 0) return "";
  const auto line = first_line(answer->said);
  const auto blank = line.rfind(' ');
  return blank == std::string::npos ? "" : line.substr(blank + 1);
}

/// "22.05.8" and "22.05.9" are of one release.
std::string release_of(const std::string& version) {
  const auto first = version.find('.');
  const auto second = first == std::string::npos ? first : version.find('.', first + 1);
  return version.substr(0, second);
}

const char* const all_on_the_host =
    "no step here knows --chainer-image and its like: Slurm refuses the option";

void check_line(const PluginFacts& plugin, HealthFindings& found) {
  const auto& line = *plugin.line;
  const auto where = line.file + ":" + std::to_string(line.number);
  if (!line.is_required) {
    found.push_back({HealthLevel::problem, "the plugin is optional", where,
                     "a job that asks for a container runs on the host where it fails",
                     "write 'required' in the place of 'optional'"});
  }
  if (!line.wrong.empty()) {
    found.push_back({HealthLevel::problem, "the plugin does not know '" + line.wrong + "'", where,
                     "every step that asks for a container fails",
                     "the only word behind it is conf=/PATH/OF/plugin.conf"});
  }
  if (plugin.lines > 1) {
    found.push_back({HealthLevel::problem, "plugstack.conf names the plugin twice", where,
                     "its options are registered twice, and Slurm refuses the second",
                     "take one of the lines away"});
  }
}

void check_file(const PluginFacts& plugin, HealthFindings& found) {
  if (plugin.plugin_path.empty()) {
    found.push_back({HealthLevel::unseen, "the plugin's file", plugin.line->plugin,
                     "nobody says where Slurm has its plugins",
                     "write the whole path in plugstack.conf"});
  } else if (!plugin.plugin_failure.empty()) {
    found.push_back({HealthLevel::problem, "the plugin cannot be loaded: " + plugin.plugin_failure,
                     plugin.plugin_path,
                     "every srun and sbatch here fails, and the node is drained",
                     "install it for this Slurm; until then take its line out of plugstack.conf"});
  } else if (!plugin.distrust.empty()) {
    found.push_back({HealthLevel::problem, plugin.distrust, plugin.plugin_path,
                     "whoever changes it is root on this node",
                     "chown it to root, and take the write permission of group and others away"});
  } else if (const auto built = slurm_version_text(plugin.built_for);
             plugin.built_for != 0 && !plugin.running.empty() &&
             release_of(built) != release_of(plugin.running)) {
    found.push_back(
        {HealthLevel::problem,
         "the plugin was built for Slurm " + built + ", and Slurm here is " + plugin.running,
         plugin.plugin_path, "every srun and sbatch here fails",
         "build it with the headers of Slurm " + release_of(plugin.running)});
  }
}

}  // namespace

std::optional<PlugstackLine> find_plugstack_line(const std::string& text, const std::string& file,
                                                 int& lines) {
  std::optional<PlugstackLine> found;
  for_each_line(text, [&](std::size_t number, std::string_view one) {
    auto line = read_line(one, our_plugin);
    if (!line) return;
    ++lines;
    if (found) return;
    line->file = file;
    line->number = number;
    found = std::move(line);
  });
  return found;
}

bool names_epilog_plugin(const std::string& text) {
  bool found = false;
  for_each_line(text, [&](std::size_t, std::string_view one) {
    if (read_line(one, epilog_plugin)) found = true;
  });
  return found;
}

std::string slurm_version_text(unsigned number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%u.%02u.%u", number >> 16, number >> 8 & 0xffu,
                number & 0xffu);
  return text.data();
}

PluginFacts look_at_plugin(Depth depth) {
  PluginFacts plugin;
  plugin.slurm_conf = find_slurm_conf();
  if (plugin.slurm_conf.empty()) return plugin;
  const auto text = read_file(plugin.slurm_conf, largest_slurm_file);
  const auto said = [&](const char* key) {
    return text ? value_in_slurm_conf(*text, key) : std::string();
  };
  plugin.plugstack_conf = said("PlugStackConfig");
  if (plugin.plugstack_conf.empty()) {
    const auto folder = plugin.slurm_conf.substr(0, plugin.slurm_conf.rfind('/') + 1);
    plugin.plugstack_conf = folder + "plugstack.conf";
  }
  look_at_plugstack(plugin.plugstack_conf, 0, plugin);
  if (!plugin.line) return plugin;

  auto plugin_dirs = said("PluginDir");
  const bool is_bare = !plugin.line->plugin.starts_with('/');
  if (is_bare && plugin_dirs.empty() && depth == Depth::whole)
    plugin_dirs = value_of_running_slurm("PluginDir");
  plugin.plugin_path = path_of_plugin(plugin.line->plugin, plugin_dirs);
  if (plugin.plugin_path.empty()) return plugin;
  const auto only_roots = check_only_root_can_change(plugin.plugin_path);
  if (only_roots)
    load_plugin(plugin);
  else
    plugin.distrust = only_roots.error().what;
  if (depth == Depth::whole) plugin.running = running_slurm();
  return plugin;
}

HealthFindings check_plugin(const PluginFacts& plugin) {
  HealthFindings found;
  if (plugin.slurm_conf.empty()) {
    found.push_back({HealthLevel::unseen, "whether Slurm loads the plugin", "slurm.conf",
                     "it is in none of its usual places", "set SLURM_CONF to its path"});
    return found;
  }
  if (!plugin.plugstack_failure.empty()) {
    found.push_back({HealthLevel::problem, plugin.plugstack_failure, plugin.plugstack_conf,
                     all_on_the_host, "write the line 'required spank_chainer.so' into it"});
  }
  if (plugin.line) {
    check_line(plugin, found);
    check_file(plugin, found);
  } else if (plugin.plugstack_failure.empty()) {
    found.push_back({HealthLevel::problem, "plugstack.conf does not name the plugin",
                     plugin.plugstack_conf, all_on_the_host,
                     "write the line 'required spank_chainer.so' into it"});
  }
  return found;
}

}  // namespace chainer::doctor
