// Where conda packages come from, as conda's own configuration of the person and of the host says it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace YAML {
class Node;
}

namespace chainer {

/// What opens a server, taken out of the URL that a configuration file had it in.
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
  /// What the first channel that has a package does not have, later ones may not add to.
  bool strict_priority{true};

  /// Takes over the text of a .condarc, which weighs more than what was read before: lists go in
  /// front of those there, all else replaces. What cannot be read is passed over.
  void read_file(std::string_view text);
  /// Takes over one setting as a `CONDA_…` variable says it, in lower case and without `CONDA_`.
  void read_variable(std::string_view name, std::string_view value);

  /// The URLs that a channel's name means, without credentials; several for `defaults`, none for
  /// `nodefaults`.
  std::vector<std::string> urls_of(const std::string& channel) const;
  /// The channels of a file, or those of the configuration where it names none, or conda-forge.
  std::vector<std::string> urls_of_all(const std::vector<std::string>& channels) const;
  /// By URL of a channel: its mirrors.
  std::map<std::string, std::vector<std::string>> mirrors_by_url() const;

  /// All that decides which packages are found; no credentials.
  std::string fingerprint() const;

 private:
  void read_setting(const std::string& name, const YAML::Node& value);
  void read_entry(const std::string& table, const std::string& name, const YAML::Node& value);
  /// The URL without its credentials, which are kept apart.
  std::string clean(std::string_view url);
  std::vector<std::string> cleaned(std::vector<std::string> urls);
};

}  // namespace chainer
