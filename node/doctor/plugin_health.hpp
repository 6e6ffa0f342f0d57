// Whether Slurm on this node loads the plugin, and one that was built for it.
#pragma once

#include <optional>
#include <string>

#include "core/health.hpp"
#include "node/doctor/program_health.hpp"

namespace chainer::doctor {

/// A line `required /usr/lib/slurm/spank_chainer.so conf=/etc/chainer/plugin.conf`.
struct PlugstackLine {
  std::string file;  ///< and `number` of the line in it
  std::size_t number{0};
  bool is_required{false};
  std::string plugin;   ///< as written
  std::string conf{};   ///< what it says behind conf=; empty: the default
  std::string wrong{};  ///< a word behind the plugin that it does not know
};

struct PluginFacts {
  std::string slurm_conf;        ///< empty: there is none here, or Slurm has it from elsewhere
  std::string plugstack_conf{};  ///< where plugstack.conf is to be
  std::string plugstack_failure{};
  std::optional<PlugstackLine> line{};
  int lines{0};                     ///< how many name the plugin
  bool names_epilog_plugin{false};  ///< whether one names spank_chainer_epilog.so
  std::string plugin_path{};        ///< empty: nobody says where Slurm has its plugins
  std::string plugin_failure{};     ///< why it cannot be loaded
  std::string distrust{};           ///< who could change it, where that is not root alone
  unsigned built_for{0};            ///< SLURM_VERSION_NUMBER of its headers; 0: not known
  std::string running{};            ///< "22.05.8", as Slurm's command here says; empty: not asked
};

PluginFacts look_at_plugin(Depth depth);
HealthFindings check_plugin(const PluginFacts& plugin);

/// The line of plugstack.conf's text that names the plugin; `lines` counts them.
std::optional<PlugstackLine> find_plugstack_line(const std::string& text, const std::string& file,
                                                 int& lines);

/// Whether a line of it names spank_chainer_epilog.so.
bool names_epilog_plugin(const std::string& text);

/// 0x160508 as "22.05.8".
std::string slurm_version_text(unsigned number);

}  // namespace chainer::doctor
