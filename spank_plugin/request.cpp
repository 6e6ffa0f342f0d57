#include "spank_plugin/request.hpp"

namespace chainer {
namespace {

/// Which option a value belongs to is what only this level knows.
Error of_option(const OptionSpec& spec, Error error) {
  return std::move(error).within(std::string("--") + spec.name);
}

Result<void> check_all(const RawOptions& options) {
  for (const auto& spec : option_specs) {
    const auto& value = options.value_of(spec.option);
    if (!value) continue;
    if (auto checked = spec.check(*value); !checked) return of_option(spec, std::move(checked).error());
  }
  return {};
}

std::optional<Digest> resolved_digest(std::string_view resolved, std::string_view reference) {
  const auto line_end = resolved.find('\n');
  if (line_end == std::string_view::npos || resolved.substr(0, line_end) != reference) return std::nullopt;
  const auto digest = Digest::parse(resolved.substr(line_end + 1));
  return digest ? std::optional(*digest) : std::nullopt;
}

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> list;
  while (!names.empty()) {
    const auto comma = names.find(',');
    list.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return list;
}

Error needs_image(const char* option) {
  return {std::string(option) + " needs an image", "add --chainer-image=REF", 0, Fault::user};
}

}  // namespace

bool asks_for_something(const RawOptions& options) {
  if (options.has(Option::off)) return false;
  return options.has(Option::image) || options.has(Option::env) || options.has(Option::shm_size) ||
         !options.mounts().empty();
}

Result<Request> make_request(const RawOptions& options, std::string_view resolved, const PluginConf& conf) {
  if (auto checked = check_all(options); !checked) return std::move(checked).error();

  Request request{.image = {},
                  .env_file = options.value_of(Option::env).value_or(""),
                  .shm_size = conf.default_shm_size,
                  .mounts = {},
                  .workdir = options.value_of(Option::workdir).value_or(""),
                  .writable = options.has(Option::writable),
                  .keep = split_names(options.value_of(Option::keep).value_or("")),
                  .placement = options.has(Option::prepare) ? Placement::on_host : Placement::in_container};

  if (const auto& text = options.value_of(Option::image)) {
    auto reference = ImageRef::parse(*text);
    if (!reference) return std::move(reference).error();
    auto digest = reference->pinned();
    if (!digest) digest = resolved_digest(resolved, *text);
    request.image = ImageRequest{*std::move(reference), digest, options.value_of(Option::auth).value_or("")};
  }
  if (const auto& size = options.value_of(Option::shm_size)) request.shm_size = *ByteSize::parse(*size);
  for (const auto& text : options.mounts()) {
    auto mount = MountSpec::parse(text);
    if (!mount) return std::move(mount).error();
    request.mounts.push_back(*std::move(mount));
  }

  // On the host's own root there is nothing to mount over without hiding what others see there.
  if (!request.image && !request.env_file.empty()) return needs_image("--chainer-env");
  if (!request.image && !request.mounts.empty()) return needs_image("--chainer-mount");
  if (!request.image && request.writable) return needs_image("--chainer-writable");
  if (!request.image && !request.workdir.empty()) return needs_image("--chainer-workdir");
  return request;
}

}  // namespace chainer
