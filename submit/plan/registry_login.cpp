#include "submit/plan/registry_login.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/name_list.hpp"
#include "submit/input/mention.hpp"
#include "submit/plan/missing_path.hpp"

namespace chainer::plan {
namespace {

/// The ways to say where a password is that are given, and where each stands.
std::string references(const toml::Located<input::RegistryDetails>& given) {
  const auto& details = given.value;
  std::string text;
  const auto add = [&](std::string_view key, const input::Given<std::string>& reference) {
    if (!reference) return;
    append_name(text, fmt::format("{} ({})", key, input::mention(reference->place, given.place)));
  };
  add("password_file", details.password_file);
  add("password_env", details.password_env);
  add("auth_file", details.auth_file);
  return text;
}

/// A registry as an image's reference names it.
std::string host_of(std::string address) {
  for (const std::string_view scheme : {"https://", "http://", "docker://"}) {
    if (address.starts_with(scheme)) address.erase(0, scheme.size());
  }
  while (address.ends_with('/')) address.pop_back();
  return address == "index.docker.io" ? "docker.io" : address;
}

void check_user(const toml::Located<input::RegistryDetails>& given, toml::Report& report) {
  const auto& details = given.value;
  const bool is_named = details.password_file || details.password_env;
  if (is_named && !details.username && !details.password) {
    report.error(given.place, "image_registry_details has a password and no username",
                 "add username");
  }
  if (!is_named && !details.password && details.username && !details.auth_file) {
    report.error(details.username->place,
                 "image_registry_details has a username and does not say where its password is",
                 "add password_file = \"FILE\" or password_env = \"VARIABLE\"; or log in with "
                 "docker or podman, and leave username out");
  }
  if (details.username && details.username->value.find(':') != std::string::npos) {
    report.error(details.username->place, "image_registry_details.username holds a colon");
  }
}

void check_file(const input::Given<std::string>& given, const CredentialsFile& file,
                const SourceTree& source, toml::Report& report) {
  if (!file.is_there) {
    return report.error(
        given->place, fmt::format("there is no file {}", file.path),
        hint_on_missing(given->value, file.meant, "paths start at the estimator's folder"));
  }
  const auto folder = source.folder + "/";
  if (!source.folder.empty() && file.path.starts_with(folder) &&
      source.has_file(file.path.substr(folder.size()))) {
    report.error(
        given->place,
        fmt::format("{} lies in source_directory, whose files every run copies", given->value),
        "move it out of there, or name it in .chainerignore");
  }
}

}  // namespace

const input::Given<std::string>* credentials_file_of(const input::Estimator& estimator) {
  if (!estimator.image_registry_details) return nullptr;
  const auto& details = estimator.image_registry_details->value;
  if (details.password_file) return &details.password_file;
  return details.auth_file ? &details.auth_file : nullptr;
}

void check_registry_details(const input::Estimator& estimator, const CredentialsFile& file,
                            const SourceTree& source, toml::Report& report) {
  if (!estimator.image_registry_details) return;
  const auto& details = estimator.image_registry_details->value;
  if (details.password) {
    report.error(
        details.password->place,
        "image_registry_details.password would hand the password to everybody who sees "
        "this file",
        "write password_file = \"FILE\" or password_env = \"VARIABLE\" instead, and change "
        "the password");
  }
  const auto named = references(*estimator.image_registry_details);
  if (named.find(',') != std::string::npos) {
    report.error(
        estimator.image_registry_details->place,
        fmt::format("image_registry_details says more than once where the password is: {}", named),
        "keep one of them");
  }
  check_user(*estimator.image_registry_details, report);
  if (const auto* given = credentials_file_of(estimator)) {
    check_file(*given, file, source, report);
  }
}

std::optional<RegistryLogin> registry_login(const input::Estimator& estimator,
                                            const ImageRef& image, const CredentialsFile& file,
                                            toml::Report& report) {
  if (!estimator.image_registry_details) return std::nullopt;
  const auto& [details, place] = *estimator.image_registry_details;
  const auto* registry = std::get_if<RegistryRef>(&image.source());
  if (!registry) {
    report.error(
        place,
        fmt::format("image_registry_details is given, and {} is in no registry", image.text()),
        "remove image_registry_details, or name an image of a registry");
    return std::nullopt;
  }
  if (details.address && host_of(details.address->value) != registry->host) {
    report.error(details.address->place,
                 fmt::format("image_registry_details.address is {}, and the image is of {}",
                             details.address->value, registry->host),
                 "write the registry's name as custom_docker_image has it");
    return std::nullopt;
  }
  if (references(*estimator.image_registry_details).empty()) return std::nullopt;
  return RegistryLogin{registry->host, details.username ? details.username->value : "",
                       details.password_file ? file.path : "",
                       details.password_env ? details.password_env->value : "",
                       details.auth_file ? file.path : ""};
}

}  // namespace chainer::plan
