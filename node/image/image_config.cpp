#include "node/image/image_config.hpp"

#include "core/json/json_members.hpp"

namespace chainer::image {
namespace {

constexpr BrokenDocument broken_config{"the image's config", "make the image again"};

// Each becomes a record of image.conf, which is bounded itself.
constexpr std::size_t most_words = 1024;

void append_record(std::string& text, std::string_view key, std::string_view value) {
  text += key;
  text += '=';
  text += value;
  text += '\0';
}

Result<ImageConfig> process_of(const nlohmann::json& process) {
  ImageConfig config;
  config.working_directory = string_member(process, "WorkingDir");
  for (const auto& item : array_member(process, "Env")) {
    if (!item.is_string()) return broken_config("a variable is no text");
    auto variable = item.get<std::string>();
    // A NUL would start a record of the image's own making.
    if (variable.find('\0') != std::string::npos) return broken_config("a variable holds a NUL");
    if (variable.find('=') == std::string::npos) continue;
    config.environment.push_back(std::move(variable));
  }
  if (config.working_directory.find('\0') != std::string::npos)
    return broken_config("WorkingDir holds a NUL");
  for (const auto& item : array_member(process, "Entrypoint")) {
    if (!item.is_string()) return broken_config("a word of its entrypoint is no text");
    auto word = item.get<std::string>();
    if (word.find('\0') != std::string::npos)
      return broken_config("a word of its entrypoint holds a NUL");
    if (config.entrypoint.size() == most_words)
      return broken_config("its entrypoint has more than " + std::to_string(most_words) + " words");
    config.entrypoint.push_back(std::move(word));
  }
  return config;
}

}  // namespace

Result<ImageConfig> parse_image_config(std::string_view text) {
  TRY_ASSIGN(const auto object, parse_json_object(text, "the image's config"));
  const auto other =
      first_member_of(object, {"schemaVersion", "mediaType", "layers", "manifests", "fsLayers"});
  if (!other.empty()) return broken_config("it has '" + other + "', which belongs to a manifest");
  const auto& rootfs = object_member(object, "rootfs");
  if (string_member(rootfs, "type") != "layers" || !rootfs.contains("diff_ids") ||
      !rootfs["diff_ids"].is_array()) {
    return broken_config("it does not list the layers of a root file system");
  }
  TRY_ASSIGN(auto config, process_of(object_member(object, "config")));
  config.platform = platform_of(object);

  const auto& diff_ids = array_member(rootfs, "diff_ids");
  if (diff_ids.size() > most_layers)
    return broken_config("it has more than " + std::to_string(most_layers) + " layers");
  for (const auto& item : diff_ids) {
    const auto digest = Digest::parse(item.is_string() ? item.get<std::string>() : "");
    if (!digest) return broken_config("a diff_id is no sha256 digest");
    config.diff_ids.push_back(*digest);
  }
  return config;
}

Result<ImageConfig> parse_process_config(std::string_view text) {
  TRY_ASSIGN(const auto object, parse_json_object(text, "the image's config"));
  return process_of(object);
}

std::string image_conf(const ImageConfig& config, const Digest& key) {
  std::string text;
  for (const auto& variable : config.environment) append_record(text, "env", variable);
  if (!config.working_directory.empty()) append_record(text, "workdir", config.working_directory);
  append_record(text, "keeps", "entrypoint");
  for (const auto& word : config.entrypoint) append_record(text, "entrypoint", word);
  append_record(text, "digest", key.to_string());
  return text;
}

}  // namespace chainer::image
