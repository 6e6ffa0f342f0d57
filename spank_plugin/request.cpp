#include "spank_plugin/request.hpp"

#include <algorithm>
#include <iterator>

#include "core/name_list.hpp"

namespace chainer {
namespace {

/// Adds the option's name to an error, which the check of its value cannot know.
Error of_option(const OptionSpec& spec, Error error) {
  return std::move(error).within(std::string("--") + spec.name);
}

Result<void> check_all(const RawOptions& options) {
  for (const auto& spec : option_specs) {
    if (!options.is_given(spec.option)) continue;
    if (auto checked = check_option(spec, options.text_of(spec.option)); !checked)
      return of_option(spec, std::move(checked).error());
  }
  return {};
}

std::optional<Digest> resolved_digest(const RawOptions& options) {
  const auto digest = Digest::parse(options.resolved());
  return digest ? std::optional(*digest) : std::nullopt;
}

/// The step started before srun knew this, and srun has reported it.
Error tag_was_not_resolved() {
  Error error{"cannot find the image: srun could not resolve its tag"};
  error.is_told = true;
  return error;
}

Result<void> read_mounts(const RawOptions& options, std::vector<MountSpec>& mounts) {
  TRY(check_number_of_mounts(options.mounts().size()));
  for (const auto& text : options.mounts()) {
    TRY_ASSIGN(auto several, MountSpec::parse_list(text));
    std::ranges::move(several, std::back_inserter(mounts));
    TRY(check_number_of_mounts(mounts.size()));
  }
  return {};
}

bool has_what_it_needs(const RawOptions& options, Needs needs) {
  switch (needs) {
    case Needs::nothing: return true;
    case Needs::image: return options.has(Option::image) || options.has(Option::attach);
    case Needs::image_or_size: return options.has(Option::image) || options.has(Option::shm_size);
  }
  return false;
}

Runtime runtime_of(const RawOptions& options) {
  const auto runtime = parse_runtime(options.value_of(Option::runtime).value_or("native"));
  return runtime ? *runtime : Runtime::native;
}

Error is_not_allowed(Runtime runtime, const PluginConf& conf) {
  return {"--chainer-runtime: this site does not allow " + name_of(runtime) + ", but " +
              names_of(conf.runtimes),
          "name another one, or ask an administrator to add it to 'runtimes' in plugin.conf", 0,
          Fault::user};
}

/// The first option that only the native runtime can do, because root helps to put its container
/// together; null when there is none.
const OptionSpec* beyond_other_runtimes(const RawOptions& options) {
  for (const auto option : {Option::writable, Option::root, Option::save, Option::layer}) {
    if (options.has(option)) return &option_specs[static_cast<std::size_t>(option)];
  }
  return nullptr;
}

bool asks_for_a_layer(const RawOptions& options) {
  return options.has(Option::layer) && options.has(Option::image) && !options.has(Option::off) &&
         !options.has(Option::attach);
}

}  // namespace

Result<void> check_runtime_fits(const RawOptions& options, const PluginConf& conf) {
  if (!options.has(Option::image) || options.has(Option::off) || options.has(Option::attach))
    return {};
  const auto runtime = runtime_of(options);
  if (std::ranges::find(conf.runtimes, runtime) == conf.runtimes.end())
    return is_not_allowed(runtime, conf);
  const auto* spec = beyond_other_runtimes(options);
  if (runtime == Runtime::native || spec == nullptr) return {};
  return Error{std::string("--") + spec->name + ": " + name_of(runtime) + " cannot do that",
               "leave it out, or leave --chainer-runtime out", 0, Fault::user};
}

Result<void> check_layer_is_written(const RawOptions& options) {
  const bool is_refused = options.is_given(Option::writable) && !options.has(Option::writable);
  if (!asks_for_a_layer(options) || !is_refused) return {};
  return Error{
      "--chainer-layer: the container would be writable, which --chainer-readonly or "
      "--chainer-writable=no forbids",
      "leave one of the two out; --chainer-layer=none takes back what the job says", 0,
      Fault::user};
}

Result<void> check_site_has_layers(const RawOptions& options, const PluginConf& conf) {
  if (!asks_for_a_layer(options) || conf.layer_size) return {};
  return Error{"--chainer-layer: this site does not offer layers",
               "leave it out, or ask an administrator to set 'layer_size' in plugin.conf", 0,
               Fault::user};
}

bool asks_for_something(const RawOptions& options) {
  if (options.has(Option::off)) return false;
  return options.has(Option::image) || options.has(Option::shm_size) || options.has(Option::attach);
}

bool concern_the_node(const RawOptions& options) {
  if (options.is_empty() || options.has(Option::off)) return false;
  return asks_for_something(options) || !check_all(options);
}

std::vector<const OptionSpec*> idle_options(const RawOptions& options, Origin origin) {
  std::vector<const OptionSpec*> idle;
  if (options.has(Option::off)) return idle;
  for (const auto& spec : option_specs) {
    if (!options.has(spec.option) || options.origin_of(spec.option) != origin) continue;
    if (!has_what_it_needs(options, spec.needs)) idle.push_back(&spec);
  }
  return idle;
}

Error cannot_be_idle(const OptionSpec& spec) {
  const std::string option = std::string("--") + spec.name;
  if (spec.needs == Needs::image_or_size) {
    return {option + " needs an image or a size",
            "add --chainer-image=REF or --chainer-shm-size=SIZE", 0, Fault::user};
  }
  return {option + " needs an image", "add --chainer-image=REF", 0, Fault::user};
}

bool fits_attach(Option option) {
  constexpr Option of_use[] = {Option::attach, Option::workdir, Option::keep, Option::off};
  return std::ranges::find(of_use, option) != std::end(of_use);
}

const OptionSpec* made_by_another_step(const RawOptions& options) {
  if (!options.has(Option::attach) || options.has(Option::off)) return nullptr;
  const auto* spec = std::ranges::find_if(option_specs, [&](const OptionSpec& one) {
    return options.has(one.option) && options.origin_of(one.option) == Origin::command &&
           !fits_attach(one.option);
  });
  return spec == option_specs.end() ? nullptr : spec;
}

Result<Request> make_request(const RawOptions& options, const PluginConf& conf) {
  TRY(check_all(options));

  Request request{.image = {},
                  .env_file = {},
                  .shm_size = conf.default_shm_size,
                  .mounts = {},
                  .workdir = {},
                  .keep = {},
                  .drop = conf.drop_variables};
  if (const auto size = options.value_of(Option::shm_size))
    request.shm_size = *ByteSize::parse(*size);

  if (const auto step = options.value_of(Option::attach)) {
    TRY_ASSIGN(request.attach, NamedStep::parse(*step));
    request.workdir = options.value_of(Option::workdir).value_or("");
    request.keep = split_names(options.value_of(Option::keep).value_or(""));
    return request;
  }
  const auto image = options.value_of(Option::image);
  if (!image) return request;
  TRY(check_runtime_fits(options, conf));
  TRY(check_layer_is_written(options));
  TRY(check_site_has_layers(options, conf));
  request.runtime = runtime_of(options);
  TRY_ASSIGN(auto reference, ImageRef::parse(*image));
  auto digest = reference.pinned();
  if (!digest && options.resolved() == not_resolved) return tag_was_not_resolved();
  if (!digest) digest = resolved_digest(options);
  request.image =
      ImageRequest{std::move(reference), digest, options.value_of(Option::auth).value_or("")};

  request.env_file = options.value_of(Option::env).value_or("");
  request.workdir = options.value_of(Option::workdir).value_or("");
  request.root = options.has(Option::root);
  request.save = options.value_of(Option::save).value_or("");
  request.layer = options.value_of(Option::layer).value_or("");
  request.writable = options.has(Option::writable) || request.root || !request.save.empty() ||
                     !request.layer.empty();
  const bool shows_home =
      options.is_given(Option::home) ? options.has(Option::home) : conf.bind_home;
  request.home = shows_home ? Home::of_account : Home::empty;
  request.entrypoint = options.has(Option::entrypoint);
  request.keep = split_names(options.value_of(Option::keep).value_or(""));
  if (options.has(Option::prepare)) request.placement = Placement::on_host;
  if (request.placement == Placement::on_host && !request.save.empty())
    return Error{"--chainer-save: with --chainer-prepare no task is in a container",
                 "leave one of the two out", 0, Fault::user};
  if (auto mounts = read_mounts(options, request.mounts); !mounts)
    return of_option(option_specs[static_cast<std::size_t>(Option::mount)],
                     std::move(mounts).error());
  return request;
}

}  // namespace chainer
