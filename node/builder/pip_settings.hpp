// Where packages come from, according to the person's and the host's configuration of pip.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/builder/variables.hpp"

namespace chainer::builder {

/// Values may hold credentials: only fingerprint() may be stored or printed.
struct PipSettings {
  std::string index_url;  ///< empty: the builder's own default
  std::vector<std::string> extra_index_urls;
  std::vector<std::string> find_links;
  std::vector<std::string> trusted_hosts;
  std::string certificates;  ///< a file of CA certificates, on the host
  std::string proxy;
  std::string timeout;  ///< seconds
  bool no_index{false};

  /// Sets one option, by its name in pip's configuration files and long options. Names that do not
  /// matter here are ignored. A later value replaces an earlier one.
  void set(std::string_view option, std::string_view value);

  /// Reads the text of a pip.conf: its sections [global] and [install].
  void read_file(std::string_view text);
  /// Reads PIP_… variables.
  void read_variables(const Variables& variables);

  /// The indexes and links, without credentials, for keys and messages.
  std::string fingerprint() const;
};

/// The configuration files that pip reads, in its order: the host's, then the person's, then
/// PIP_CONFIG_FILE (pip's documentation, "Configuration"). PIP_CONFIG_FILE=/dev/null means none at
/// all.
std::vector<std::string> pip_config_files(const Variables& variables);

/// The settings of these files and of variables, with pip's precedence. A file that cannot be read
/// is passed over, as pip does.
PipSettings load_pip_settings(const Variables& variables);

}  // namespace chainer::builder
