// Where conda packages come from, according to the person's and the host's configuration of conda.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace YAML {
class Node;
}

namespace chainer {

/// What a server asks for, taken out of the URL in which a configuration file had it.
struct ChannelCredential {
  std::string host;
  std::string user, password;  ///< or
  std::string token;           ///< of `/t/TOKEN/`, as conda's own servers have it
  friend bool operator==(const ChannelCredential&, const ChannelCredential&) = default;
};

struct CondaSettings {
  std::string channel_alias{"https://conda.anaconda.org"};
  std::vector<std::string> channels;  ///< for a file that names none
  std::map<std::string, std::vector<std::string>> multichannels{
      {"defaults", {"https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"}}};
  std::map<std::string, std::string> custom_channels;  ///< by name: the URL above the channel's
  std::map<std::string, std::vector<std::string>> mirrors;  ///< by name: URLs that hold the same
  std::vector<ChannelCredential> credentials;
  std::string http_proxy, https_proxy;
  std::string certificates;  ///< a file of CA certificates, on the host
  bool verify_tls{true};
  /// Whether a package comes only from the first channel that has any release of it.
  bool strict_priority{true};

  /// Reads the text of a .condarc, which takes precedence over what was read before: its lists go
  /// in front of those, everything else replaces. What cannot be read is passed over.
  void read_file(std::string_view text);
  /// Sets one value as a `CONDA_…` variable gives it, by its name in lower case and without
  /// `CONDA_`.
  void read_variable(std::string_view name, std::string_view value);

  /// The URLs that a channel's name means, without credentials; several for `defaults`, none for
  /// `nodefaults`.
  std::vector<std::string> urls_of(const std::string& channel) const;
  /// The channels of a file, or those of the configuration where it names none, or conda-forge.
  std::vector<std::string> urls_of_all(const std::vector<std::string>& channels) const;
  /// The mirrors of each channel, by the channel's URL.
  std::map<std::string, std::vector<std::string>> mirrors_by_url() const;

  /// Everything that decides which packages are found, without credentials.
  std::string fingerprint() const;

 private:
  void read_setting(const std::string& name, const YAML::Node& value);
  void read_entry(const std::string& table, const std::string& name, const YAML::Node& value);
  /// The URL without its credentials, which are kept apart.
  std::string clean(std::string_view url);
  std::vector<std::string> cleaned(std::vector<std::string> urls);
};

}  // namespace chainer
