#include "core/conda/conda_settings.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "core/trimmed.hpp"

namespace chainer {
namespace {

constexpr std::string_view scheme_end = "://";
constexpr std::string_view token_start = "/t/";

bool is_url(std::string_view text) { return text.find(scheme_end) != std::string_view::npos; }

bool is_false(std::string_view text) {
  return text == "false" || text == "False" || text == "no" || text == "0" || text == "off";
}
bool is_true(std::string_view text) {
  return text == "true" || text == "True" || text == "yes" || text == "1" || text == "on";
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto part = trimmed(text.substr(0, text.find(',')));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(text.find(','), text.size() - 1) + 1);
  }
  return parts;
}

/// A list, or one value instead of a list.
std::vector<std::string> texts_of(const YAML::Node& node) {
  if (node.IsScalar()) return {node.Scalar()};
  std::vector<std::string> texts;
  if (!node.IsSequence()) return texts;
  for (const auto& item : node) {
    if (item.IsScalar()) texts.push_back(item.Scalar());
  }
  return texts;
}

void put_in_front(std::vector<std::string>& list, std::vector<std::string> front) {
  for (auto& old : list) {
    if (std::ranges::find(front, old) == front.end()) front.push_back(std::move(old));
  }
  list = std::move(front);
}

std::string without_last_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

/// `lab/label/dev` is below the custom channel `lab`: the longest name that fits.
const std::string* custom_base(const std::map<std::string, std::string>& custom,
                               std::string_view channel) {
  const std::string* found = nullptr;
  std::size_t length = 0;
  for (const auto& [name, url] : custom) {
    const bool fits = channel == name || channel.starts_with(name + "/");
    if (fits && name.size() > length) {
      found = &url;
      length = name.size();
    }
  }
  return found;
}

}  // namespace

std::string CondaSettings::clean(std::string_view url) {
  const auto scheme = url.find(scheme_end);
  if (scheme == std::string_view::npos) return std::string(url);
  const auto start = scheme + scheme_end.size();
  const auto path = std::min(url.find('/', start), url.size());
  auto authority = url.substr(start, path - start);
  auto rest = url.substr(path);
  ChannelCredential credential;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const auto user_info = authority.substr(0, at);
    const auto colon = std::min(user_info.find(':'), user_info.size());
    credential.user = user_info.substr(0, colon);
    credential.password = user_info.substr(std::min(colon + 1, user_info.size()));
    authority.remove_prefix(at + 1);
  }
  if (rest.starts_with(token_start)) {
    const auto end = std::min(rest.find('/', token_start.size()), rest.size());
    credential.token = rest.substr(token_start.size(), end - token_start.size());
    rest.remove_prefix(end);
  }
  if (!credential.user.empty() || !credential.token.empty()) {
    credential.host = authority.substr(0, authority.find(':'));
    credentials.push_back(std::move(credential));
  }
  return without_last_slash(std::string(url.substr(0, start)).append(authority).append(rest));
}

void CondaSettings::read_file(std::string_view text) {
  try {
    const auto root = YAML::Load(std::string(text));
    if (!root.IsMap()) return;
    for (const auto& member : root) {
      if (member.first.IsScalar()) read_setting(member.first.Scalar(), member.second);
    }
  } catch (const YAML::Exception&) {
    return;  // as with pip's configuration: what conda cannot read, conda itself complains about
  }
}

void CondaSettings::read_setting(const std::string& name, const YAML::Node& value) {
  if (name == "channels") put_in_front(channels, cleaned(texts_of(value)));
  if (name == "default_channels") multichannels["defaults"] = cleaned(texts_of(value));
  if (value.IsScalar()) read_variable(name, value.Scalar());
  if (!value.IsMap()) return;
  for (const auto& member : value) {
    if (member.first.IsScalar()) read_entry(name, member.first.Scalar(), member.second);
  }
}

void CondaSettings::read_entry(const std::string& table, const std::string& name,
                               const YAML::Node& value) {
  if (table == "custom_multichannels") multichannels[name] = cleaned(texts_of(value));
  if (table == "mirrored_channels") mirrors[name] = cleaned(texts_of(value));
  if (!value.IsScalar()) return;
  if (table == "custom_channels") custom_channels[name] = clean(value.Scalar());
  if (table == "proxy_servers" && name == "http") http_proxy = value.Scalar();
  if (table == "proxy_servers" && name == "https") https_proxy = value.Scalar();
}

std::vector<std::string> CondaSettings::cleaned(std::vector<std::string> urls) {
  for (auto& url : urls) url = clean(url);
  return urls;
}

void CondaSettings::read_variable(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (name == "channel_alias") channel_alias = clean(value);
  if (name == "channel_priority") strict_priority = value != "disabled" && !is_false(value);
  if (name == "ssl_verify") {
    verify_tls = !is_false(value);
    if (verify_tls && !is_true(value) && value != "truststore") certificates = value;
  }
  if (name == "channels") {
    put_in_front(channels, cleaned(split_at_commas(value)));
  }
}

std::vector<std::string> CondaSettings::urls_of(const std::string& channel) const {
  if (channel == "nodefaults") return {};
  if (is_url(channel)) return {without_last_slash(channel)};
  if (channel.starts_with('/')) return {"file://" + without_last_slash(channel)};
  if (const auto multi = multichannels.find(channel); multi != multichannels.end()) {
    std::vector<std::string> urls;
    for (const auto& one : multi->second) {
      // A multichannel that holds another would never end.
      urls.push_back(is_url(one) ? one : without_last_slash(channel_alias) + "/" + one);
    }
    return urls;
  }
  const auto* base = custom_base(custom_channels, channel);
  return {without_last_slash(base != nullptr ? *base : channel_alias) + "/" + channel};
}

std::vector<std::string> CondaSettings::urls_of_all(const std::vector<std::string>& given) const {
  const std::vector<std::string> fallback{"conda-forge"};
  const auto& names = !given.empty() ? given : !channels.empty() ? channels : fallback;
  std::vector<std::string> urls;
  for (const auto& name : names) {
    for (auto& url : urls_of(name)) {
      if (std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
    }
  }
  return urls;
}

std::map<std::string, std::vector<std::string>> CondaSettings::mirrors_by_url() const {
  std::map<std::string, std::vector<std::string>> by_url;
  for (const auto& [name, urls] : mirrors) {
    for (const auto& url : urls_of(name)) by_url[url] = urls;
  }
  return by_url;
}

std::string CondaSettings::fingerprint() const {
  std::string text = "alias " + channel_alias + (strict_priority ? "" : "\nany channel");
  const auto add = [&text](const std::string& what, const std::vector<std::string>& urls) {
    text += "\n" + what;
    for (const auto& url : urls) text += " " + url;
  };
  add("channels", channels);
  for (const auto& [name, urls] : multichannels) add("multi " + name, urls);
  for (const auto& [name, url] : custom_channels) add("custom " + name, {url});
  for (const auto& [name, urls] : mirrors) add("mirrors " + name, urls);
  return text;
}

}  // namespace chainer
