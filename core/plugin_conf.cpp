#include "core/plugin_conf.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include "core/dotted_path.hpp"
#include "core/roots_file.hpp"
#include "core/take_part.hpp"
#include "core/trimmed.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_conf = 64 * 1024;

constexpr std::string_view blanks = " \t\r";

std::string_view without_comment(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || blanks.find(line[at - 1]) != std::string_view::npos) return line.substr(0, at);
  }
  return line;
}

Result<std::string> absolute_path(std::string_view value) {
  if (!value.starts_with('/')) {
    return Error{"'" + std::string(value) + "' is not an absolute path", ""};
  }
  if (has_dots(value)) return Error{"'" + std::string(value) + "' has . or .. in it", ""};
  return std::string(value);
}

/// A bind has one path, and people who know other tools write two.
Result<std::string> bind_path(std::string_view value) {
  if (value.find(':') != std::string_view::npos) {
    return Error{"'" + std::string(value) + "' has a colon",
                 "name the host's path alone: a container sees it at the same path"};
  }
  if (value.find_first_not_of('/') == std::string_view::npos)
    return Error{"the host's root cannot be shown in a container", ""};
  return absolute_path(value);
}

bool is_variable_pattern(std::string_view name) {
  if (name.ends_with('*')) name.remove_suffix(1);
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '%';  // a shell's function has %
  });
}

Result<std::vector<std::string>> variable_patterns(std::string_view value) {
  std::vector<std::string> patterns;
  if (value == "none") return patterns;
  while (true) {
    const auto comma = value.find(',');
    const auto name = trimmed(value.substr(0, comma));
    if (!is_variable_pattern(name)) {
      return Error{"'" + std::string(name) + "' is not the name of a variable",
                   "write names with commas between them; NAME* is all that begin so"};
    }
    patterns.emplace_back(name);
    if (comma == std::string_view::npos) return patterns;
    value.remove_prefix(comma + 1);
  }
}

Result<bool> yes_or_no(std::string_view value) {
  if (value == "yes") return true;
  if (value == "no") return false;
  return Error{"'" + std::string(value) + "' is neither yes nor no", ""};
}

Result<unsigned> number_up_to(unsigned most, std::string_view value) {
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || number > most) {
    return Error{"'" + std::string(value) + "' is no number from 0 to " + std::to_string(most), ""};
  }
  return number;
}

Result<PrivateImages> private_images(std::string_view value) {
  if (value == "per-user") return PrivateImages::per_user;
  if (value == "share") return PrivateImages::share;
  return Error{"'" + std::string(value) + "' is neither per-user nor share", ""};
}

Result<StoreLocks> store_locks(std::string_view value) {
  if (value == "auto") return StoreLocks::automatic;
  if (value == "flock") return StoreLocks::flock;
  if (value == "lease") return StoreLocks::lease;
  return Error{"'" + std::string(value) + "' is none of auto, flock and lease", ""};
}

template <typename T>
Result<void> assign(T& target, Result<T> value) {
  TRY_ASSIGN(target, std::move(value));
  return {};
}

struct Key {
  PluginConfKey info;
  Result<void> (*set)(PluginConf&, std::string_view);
};

constexpr Key keys[] = {
    {{.name = "store",
      .value = "DIR",
      .sentence = "The folder of the store of images and environments; must be given. Every folder "
                  "above it belongs to root and is writable by nobody else."},
     [](PluginConf& c, std::string_view v) { return assign(c.store, absolute_path(v)); }},
    {{.name = "store_account",
      .value = "NAME",
      .fallback = "chainer",
      .sentence = "The system account that owns the store."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.store_account, Result(std::string(v)));
     }},
    {{.name = "store_quota",
      .value = "SIZE",
      .fallback = "100g",
      .sentence =
          "What the store may hold, all that lies on its disk together. Oldest entries go first."},
     [](PluginConf& c, std::string_view v) { return assign(c.store_quota, ByteSize::parse(v)); }},
    {{.name = "store_quota_per_user",
      .value = "SIZE",
      .sentence = "What one user has brought to the store and is bringing; half the quota unless "
                  "it is given."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.store_quota_per_user.emplace(ByteSize::from_bytes(0)), ByteSize::parse(v));
     }},
    {{.name = "store_locks",
      .value = "auto|flock|lease",
      .fallback = "auto",
      .sentence = "What keeps preparations of several nodes apart: the kernel's locks where they "
                  "reach all nodes, else leases, which are files that their owners keep renewing. "
                  "auto goes by the file system."},
     [](PluginConf& c, std::string_view v) { return assign(c.store_locks, store_locks(v)); }},
    {{.name = "keep_used_days",
      .value = "DAYS",
      .fallback = "7",
      .sentence = "With leases, what was used within so many days is not evicted: name more than "
                  "the longest job has. 0 to 3650."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.keep_used_days, number_up_to(3650, v));
     }},
    {{.name = "least_rate",
      .value = "SIZE",
      .fallback = "1m",
      .sentence = "Bytes per second below which nobody waits for another user's download of the "
                  "same image."},
     [](PluginConf& c, std::string_view v) { return assign(c.least_rate, ByteSize::parse(v)); }},
    {{.name = "helper",
      .value = "FILE",
      .sentence =
          "The helper program chainer-node; the one of this installation unless it is given."},
     [](PluginConf& c, std::string_view v) { return assign(c.helper, absolute_path(v)); }},
    {{.name = "tools",
      .value = "DIR",
      .sentence = "The folder of the builders that it uses; the one of this installation unless it "
                  "is given."},
     [](PluginConf& c, std::string_view v) { return assign(c.tools, absolute_path(v)); }},
    {{.name = "run_dir",
      .value = "DIR",
      .fallback = "/run/chainer",
      .sentence = "The plugin's own folder on the node."},
     [](PluginConf& c, std::string_view v) { return assign(c.run_dir, absolute_path(v)); }},
    {{.name = "slurmd_spool",
      .value = "DIR",
      .fallback = "/var/spool/slurmd",
      .sentence = "SlurmdSpoolDir of slurm.conf, with %n and %h as there."},
     [](PluginConf& c, std::string_view v) { return assign(c.slurmd_spool, absolute_path(v)); }},
    {{.name = "default_shm_size",
      .value = "SIZE",
      .fallback = "2g",
      .sentence = "The size of /dev/shm in a container whose step asks for none."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.default_shm_size, ByteSize::parse(v));
     }},
    {{.name = "bind",
      .value = "PATH",
      .sentence = "A path of the host that every container sees at the same place. A node without "
                  "it is named in an error. May be repeated."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.binds.emplace_back(), bind_path(v));
     }},
    {{.name = "bind_live",
      .value = "PATH",
      .sentence = "The same for a folder below which an automounter mounts later: what it mounts "
                  "arrives in steps that run, with its own flags. May be repeated."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.live_binds.emplace_back(), bind_path(v));
     }},
    {{.name = "bind_if_present",
      .value = "PATH",
      .sentence = "The same as bind where a node has the path, and nothing where it does not. May "
                  "be repeated."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.binds_if_present.emplace_back(), bind_path(v));
     }},
    {{.name = "gpu_files",
      .value = "FILE",
      .fallback = "/etc/chainer/gpu-files",
      .sentence = "The list of the GPU driver's files that containers with a GPU get, which "
                  "chainer-node gpu-files --write makes."},
     [](PluginConf& c, std::string_view v) { return assign(c.gpu_files, absolute_path(v)); }},
    {{.name = "bind_home",
      .value = "yes|no",
      .fallback = "yes",
      .sentence = "Whether a container shows the account's home to a step that does not say "
                  "(--chainer-home)."},
     [](PluginConf& c, std::string_view v) { return assign(c.bind_home, yes_or_no(v)); }},
    {{.name = "drop_variables",
      .value = "NAMES",
      .sentence =
          "Variables of a job that no container gets, commas between them; NAME* is all that begin "
          "so, none is nothing. Names given here replace the whole list. Unless it is given: what "
          "steers the Python, the libraries, the shell and the language of a login."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.drop_variables, variable_patterns(v));
     }},
    {{.name = "task_prolog",
      .value = "FILE",
      .sentence = "TaskProlog of slurm.conf, so that it runs inside of a container too. Where "
                  "slurm.conf has one and this key does not name it, srun refuses the step."},
     [](PluginConf& c, std::string_view v) { return assign(c.task_prolog, absolute_path(v)); }},
    {{.name = "private_images",
      .value = "per-user|share",
      .fallback = "per-user",
      .sentence = "Who may use an image that needed credentials: who brought it, or whoever can "
                  "present its manifest."},
     [](PluginConf& c, std::string_view v) { return assign(c.private_images, private_images(v)); }},
    {{.name = "curator",
      .value = "NAME",
      .sentence = "The account whose environments serve everybody who gives their lock; not root, "
                  "and not store_account. None unless it is given."},
     [](PluginConf& c, std::string_view v) { return assign(c.curator, Result(std::string(v))); }},
    {{.name = "warm_mounts",
      .value = "NUMBER",
      .fallback = "8",
      .sentence =
          "How many entries of the store a node keeps mounted between steps, so that programs "
          "start as fast as on the host; 0 keeps none. Each is a loop device. 0 to 256."},
     [](PluginConf& c, std::string_view v) { return assign(c.warm_mounts, number_up_to(256, v)); }},
    {{.name = "layer_size",
      .value = "SIZE",
      .sentence = "What a layer of a job (--chainer-layer) may hold on a node, in its memory; a "
                  "job has 8 at most. There are none unless it is given; plugstack.conf of the "
                  "nodes must name "
                  "spank_chainer_epilog.so too."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.layer_size.emplace(ByteSize::from_bytes(0)), ByteSize::parse(v));
     }},
    {{.name = "pmix_timeout",
      .value = "SECONDS",
      .fallback = "3600",
      .sentence = "How long tasks of a step wait in MPI_Init for those of a node that still "
                  "prepares its container: srun sets SLURM_PMIX_TIMEOUT to it, where the user has "
                  "not, and so it counts more than PMIxTimeout of mpi.conf. 0 sets nothing: Slurm "
                  "alone waits 300 s. 0 to 604800."},
     [](PluginConf& c, std::string_view v) {
       return assign(c.pmix_timeout, number_up_to(604800, v));
     }},
    {{.name = "runtimes",
      .value = "NAMES",
      .fallback = "native",
      .sentence = "What may start a container (--chainer-runtime): native, apptainer, singularity, "
                  "podman, commas between them."},
     [](PluginConf& c, std::string_view v) { return assign(c.runtimes, parse_runtimes(v)); }},
    {{.name = "allow_root",
      .value = "yes|no",
      .fallback = "no",
      .sentence = "Whether jobs of root may use the plugin."},
     [](PluginConf& c, std::string_view v) { return assign(c.allow_root, yes_or_no(v)); }},
};

/// A key for a list takes one path a line.
bool may_be_repeated(std::string_view key) {
  return key == "bind" || key == "bind_live" || key == "bind_if_present";
}

Result<void> apply_line(std::string_view line, PluginConf& conf, std::set<std::string_view>& seen) {
  const auto name = line.substr(0, line.find_first_of(blanks));
  const auto value = trimmed(line.substr(name.size()));
  const auto* key = std::ranges::find(keys, name, [](const Key& known) { return known.info.name; });
  if (key == std::end(keys)) return Error{"unknown key '" + std::string(name) + "'", ""};
  if (value.empty()) return Error{"'" + std::string(name) + "' has no value", ""};
  if (!seen.insert(key->info.name).second && !may_be_repeated(key->info.name)) {
    return Error{"'" + std::string(name) + "' is given twice", ""};
  }
  return key->set(conf, value);
}

Error admin_must_act(Error error) {
  error.fault = Fault::node;
  if (error.hint.empty())
    error.hint = "an administrator must correct the plugin's configuration file";
  return error;
}

/// What the lines say, as far as they can be read.
struct ReadLines {
  PluginConf conf;
  std::vector<Error> problems;
};

ReadLines read_lines(std::string_view text, std::string_view path) {
  ReadLines read;
  std::set<std::string_view> seen;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = trimmed(without_comment(take_line(text)));
    if (line.empty()) continue;
    if (auto applied = apply_line(line, read.conf, seen); !applied) {
      read.problems.push_back(admin_must_act(
          std::move(applied).error().within(std::string(path) + ":" + std::to_string(number))));
    }
  }
  if (!seen.contains("store"))
    read.problems.push_back(
        admin_must_act({std::string(path) + ": the key 'store' is missing", ""}));
  return read;
}

Result<std::string> text_of_conf(const std::string& path) {
  auto text = read_roots_file(path, largest_conf);
  return text ? std::move(text) : admin_must_act(std::move(text).error());
}

}  // namespace

std::vector<std::string> PluginConf::default_drop_variables() {
  return {"PYTHONHOME",
          "PYTHONPATH",
          "PYTHONSTARTUP",
          "PYTHONUSERBASE",
          "PYTHONEXECUTABLE",
          "VIRTUAL_ENV",
          "VIRTUAL_ENV_*",
          "CONDA_*",
          "_CE_CONDA",
          "_CE_M",
          "MAMBA_*",
          "PYENV_*",
          "PIPENV_*",
          "LD_LIBRARY_PATH",
          "LD_PRELOAD",
          "LD_AUDIT",
          "OPAL_PREFIX",
          "BASH_ENV",
          "ENV",
          "BASH_FUNC_*",
          "PERL5LIB",
          "LOADEDMODULES",
          "_LMFILES_",
          "MODULE*",
          "LMOD_*",
          "LANG",
          "LANGUAGE",
          "LC_*",
          "LOCPATH"};
}

std::vector<PluginConfKey> plugin_conf_keys() {
  std::vector<PluginConfKey> listed;
  for (const auto& key : keys) listed.push_back(key.info);
  return listed;
}

Result<PluginConf> parse_plugin_conf(std::string_view text, std::string_view path) {
  auto read = read_lines(text, path);
  if (!read.problems.empty()) return std::move(read.problems.front());
  return std::move(read.conf);
}

Result<PluginConf> load_plugin_conf(const std::string& path) {
  TRY_ASSIGN(const auto text, text_of_conf(path));
  return parse_plugin_conf(text, path);
}

std::vector<Error> problems_of_plugin_conf(const std::string& path) {
  auto text = text_of_conf(path);
  if (!text) return {std::move(text).error()};
  return read_lines(*text, path).problems;
}

}  // namespace chainer
