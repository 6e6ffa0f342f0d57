#include "spank_plugin/options.hpp"

#include <algorithm>
#include <utility>

#include "core/byte_size.hpp"
#include "core/characters.hpp"
#include "core/container/mount_spec.hpp"
#include "core/image_ref.hpp"
#include "core/job_layers.hpp"
#include "core/result.hpp"
#include "core/runtime.hpp"
#include "core/take_part.hpp"
#include "spank_plugin/named_step.hpp"

namespace chainer {
namespace {

// Bounds what root reads, which anybody may have forged. The kernel lets one variable hold 128 KiB,
// and all options of a step travel in one.
constexpr std::size_t longest_value = 64 * 1024;
constexpr std::size_t most_mounts = 256;

Error user_error(std::string what, std::string hint) {
  return {std::move(what), std::move(hint), 0, Fault::user};
}

/// What begins a path in a shell reaches us as it is from a place that no shell reads.
Result<void> check_is_spelt_out(std::string_view path) {
  if (!path.starts_with('~') && !path.starts_with('$')) return {};
  const std::string text(path);
  return user_error(
      "'" + text + "' begins with " +
          (text[0] == '~' ? "~, which no shell replaces behind '='"
                          : "a variable, which no shell replaces between single quotes") +
          " or in an #SBATCH line",
      "write the path out, from / on; a file of that name is ./" + text);
}

/// The path that a reference names behind its kind.
std::string_view path_in(std::string_view reference) {
  for (const std::string_view kind :
       {"oci:", "oci-archive:", "docker-archive:", "sif:", "squashfs:", "dir:"}) {
    if (reference.starts_with(kind)) return reference.substr(kind.size());
  }
  return reference;
}

Result<void> check_image(std::string_view value) {
  TRY(check_is_spelt_out(path_in(value)));
  TRY(ImageRef::parse(value));
  return {};
}

Result<void> check_size(std::string_view value) {
  TRY(ByteSize::parse(value));
  return {};
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

Result<void> check_mounts(std::string_view value) {
  const auto lines = lines_of(value);
  if (lines.empty()) return user_error("no mount is named", "a mount is SRC:DST or SRC:DST:ro");
  TRY(check_number_of_mounts(lines.size()));
  std::size_t mounts = 0;
  for (const auto line : lines) {
    TRY(check_is_spelt_out(line));
    TRY_ASSIGN(const auto specs, MountSpec::parse_list(line));
    for (const auto& mount : specs) TRY(check_is_spelt_out(mount.source));
    mounts += specs.size();
    TRY(check_number_of_mounts(mounts));
  }
  return {};
}

Result<void> check_workdir(std::string_view value) {
  if (value.starts_with('/')) return {};
  TRY(check_is_spelt_out(value));
  return user_error("'" + std::string(value) + "' is not an absolute path",
                    "the working directory is a path inside the container, from /");
}

Result<void> check_runtime(std::string_view value) {
  TRY(parse_runtime(value));
  return {};
}

Result<void> check_names(std::string_view value) {
  while (true) {
    const auto comma = value.find(',');
    const auto name = value.substr(0, comma);
    if (!is_variable_name(name)) {
      return user_error("'" + std::string(name) + "' is not the name of a variable",
                        "write names of environment variables, with commas between them");
    }
    if (comma == std::string_view::npos) return {};
    value.remove_prefix(comma + 1);
  }
}

Result<void> check_step(std::string_view value) {
  TRY(NamedStep::parse(value));
  return {};
}

Result<void> check_file(std::string_view value) {
  if (value.empty()) return user_error("the file name is empty", "");
  return check_is_spelt_out(value);
}

Result<void> check_layer(std::string_view value) {
  if (is_layer_name(value)) return {};
  return user_error("'" + std::string(value) + "' is not the name of a layer",
                    "use letters, digits, _, . and -, 64 at most, and no dot at the start");
}

Result<void> check_flag(std::string_view value) {
  if (value == "yes") return {};
  return user_error("'" + std::string(value) + "' is neither yes nor no", "say yes or no");
}

/// A flag without a value arrives from Slurm as no value at all, as an empty one, or as `(null)`.
std::string_view normalized(const OptionSpec& spec, std::string_view text) {
  const bool is_alone = text.empty() || text == "(null)";
  if (is_alone && spec.alone != nullptr) return spec.alone;
  if (!spec.is_flag()) return text;
  if (text == "1") return "yes";
  return text == "0" ? "no" : text;
}

/// A flag's opposite value; what is neither yes nor no stays as it is, and is refused later.
std::string_view opposite_of(std::string_view value) {
  if (value == "yes") return "no";
  return value == "no" ? "yes" : value;
}

bool takes_back(const OptionSpec& spec, std::string_view text) {
  return text == (spec.is_flag() ? "no" : "none");
}

/// A line break ends a mount's value, and any other value where options travel.
bool holds_control_characters(const OptionSpec& spec, std::string_view text) {
  return std::ranges::any_of(text, [&](unsigned char c) {
    return c == 0x7f || (c < 0x20 && !(c == '\n' && spec.option == Option::mount));
  });
}

std::string added(std::string mounts, std::string_view more) {
  for (const auto mount : lines_of(more)) {
    const auto known = lines_of(mounts);
    if (known.size() > most_mounts) break;  // too many already: check_mounts says so
    if (std::ranges::find(known, mount) != known.end()) continue;
    mounts.append(mounts.empty() ? "" : "\n").append(mount);
  }
  return mounts;
}

}  // namespace

const std::array<OptionSpec, option_count> option_specs{{
    {Option::image, "chainer-image", "REF",
     "run the tasks inside this container image: a registry reference, oci:DIR[:TAG], "
     "oci-archive:FILE, docker-archive:FILE, docker-daemon:REF, or the path of a SIF or squashfs "
     "file "
     "or of a folder",
     "CHAINER_SUBMIT_IMAGE", Needs::nothing, check_image},
    {Option::env, "chainer-env", "FILE",
     "give the tasks this Python environment, from a requirements.txt or a lock that chainer-node "
     "wrote",
     "CHAINER_SUBMIT_ENV", Needs::image, check_file},
    {Option::shm_size, "chainer-shm-size", "SIZE",
     "give the step a private /dev/shm of this size on every node, such as 512m or 16g",
     "CHAINER_SUBMIT_SHM_SIZE", Needs::nothing, check_size},
    {Option::mount, "chainer-mount", "SRC[:DST]",
     "show the host's SRC as DST inside the container; add :ro to forbid writing; tmpfs:DST is an "
     "empty folder in memory; several with commas between them, and the option may be repeated",
     "CHAINER_SUBMIT_MOUNT", Needs::image, check_mounts},
    {Option::workdir, "chainer-workdir", "DIR",
     "start the tasks in this directory of the container", "CHAINER_SUBMIT_WORKDIR", Needs::image,
     check_workdir},
    {Option::runtime, "chainer-runtime", "NAME",
     "start the container with this program of the site's, apptainer, singularity or podman; "
     "native "
     "is the default",
     "CHAINER_SUBMIT_RUNTIME", Needs::image, check_runtime},
    {Option::writable, "chainer-writable", nullptr,
     "let the tasks write into the container; what they write is in memory and gone with the step; "
     "needs Linux 6.2",
     "CHAINER_SUBMIT_WRITABLE", Needs::image, check_flag, "yes"},
    {Option::keep, "chainer-keep", "NAMES",
     "keep the job's value of these variables where the image sets its own, commas between them",
     "CHAINER_SUBMIT_KEEP", Needs::image, check_names},
    {Option::auth, "chainer-auth", "FILE",
     "log in to the registry with this file, in the form of docker's auth.json",
     "CHAINER_SUBMIT_AUTH", Needs::image, check_file},
    {Option::batch, "chainer-batch", nullptr,
     "put the batch script itself inside the container too, not only the steps that it starts",
     "CHAINER_SUBMIT_BATCH", Needs::image_or_size, check_flag, "yes"},
    {Option::prepare, "chainer-prepare", nullptr,
     "prepare image and environment on every node, then run the command on the host",
     "CHAINER_SUBMIT_PREPARE", Needs::image, check_flag, "yes"},
    {Option::off, "chainer-off", nullptr,
     "ignore every other --chainer option, also inherited ones", "CHAINER_SUBMIT_OFF",
     Needs::nothing, check_flag, "yes"},
    {Option::home, "chainer-home", nullptr,
     "show your home in the container; with no, $HOME is an empty folder in memory there",
     "CHAINER_SUBMIT_HOME", Needs::image, check_flag, "yes"},
    {Option::attach, "chainer-attach", "STEP",
     "enter the container of another step of this job, by its number, or of the newest one on the "
     "node: srun --overlap --jobid=JOB --chainer-attach --pty bash",
     "CHAINER_SUBMIT_ATTACH", Needs::nothing, check_step, "newest"},
    {Option::readonly, "chainer-readonly", nullptr,
     "the same as --chainer-writable=no: takes back what the job or a variable says",
     "CHAINER_SUBMIT_READONLY", Needs::nothing, check_flag, "yes"},
    {Option::entrypoint, "chainer-entrypoint", nullptr,
     "start the image's ENTRYPOINT, with the command and its arguments behind it, as docker run "
     "does",
     "CHAINER_SUBMIT_ENTRYPOINT", Needs::image, check_flag, "yes"},
    {Option::root, "chainer-root", nullptr,
     "be root in a writable container, for apt-get install; outside of it the tasks are yours as "
     "ever",
     "CHAINER_SUBMIT_ROOT", Needs::image, check_flag, "yes"},
    {Option::save, "chainer-save", "FILE",
     "make the container writable, and write what it holds at the step's end as a squashfs file, "
     "which --chainer-image takes; of the step's first node, unless a task was killed",
     "CHAINER_SUBMIT_SAVE", Needs::image, check_file},
    {Option::layer, "chainer-layer", "NAME",
     "write into this layer over the image, which the steps of the job that name it share on each "
     "node; it is in memory and goes when the job ends",
     "CHAINER_SUBMIT_LAYER", Needs::image, check_layer},
}};

Result<void> check_number_of_mounts(std::size_t number) {
  if (number <= most_mounts) return {};
  return user_error("a step has at most " + std::to_string(most_mounts) + " mounts",
                    "mount a folder that holds several of them");
}

Result<void> check_option(const OptionSpec& spec, std::string_view text) {
  if (text.size() > longest_value) {
    return user_error("the value has " + std::to_string(text.size()) + " bytes, and " +
                          std::to_string(longest_value) + " is the most",
                      "shorten it");
  }
  if (holds_control_characters(spec, text))
    return user_error("the value holds a line break or another control character", "leave it out");
  const auto value = normalized(spec, text);
  return takes_back(spec, value) ? Result<void>() : spec.check(value);
}

void RawOptions::give(Option option, std::string_view text, Origin origin) {
  const auto& spec = option_specs[static_cast<std::size_t>(option)];
  auto& given = given_[static_cast<std::size_t>(option)];
  const auto value = normalized(spec, text);
  if (option == Option::readonly) return give(Option::writable, opposite_of(value), origin);
  const bool adds = option == Option::mount && given && given->origin == origin &&
                    !given->taken_back && !takes_back(spec, value);
  if (adds) {
    given->text = added(std::move(given->text), value);
  } else {
    const bool is_list = option == Option::mount && !takes_back(spec, value);
    const bool anew = given && given->origin == origin && given->taken_back;
    given = Given{is_list ? added("", value) : std::string(value), origin, takes_back(spec, value),
                  anew};
  }
  is_empty_ = false;
}

void RawOptions::add_defaults(const RawOptions& weaker) {
  for (std::size_t i = 0; i < option_count; ++i) {
    if (given_[i] || !weaker.given_[i]) continue;
    given_[i] = weaker.given_[i];
    is_empty_ = false;
  }
}

void RawOptions::add_defaults_of_job(const RawOptions& job) {
  auto& mounts = given_[static_cast<std::size_t>(Option::mount)];
  if (has(Option::mount) && job.has(Option::mount) && !mounts->starts_anew)
    mounts->text = added(job.text_of(Option::mount), mounts->text);
  add_defaults(job);
}

std::optional<std::string> RawOptions::value_of(Option option) const {
  return has(option) ? std::optional(at(option)->text) : std::nullopt;
}

std::vector<std::string> RawOptions::mounts() const {
  const auto lines =
      has(Option::mount) ? lines_of(at(Option::mount)->text) : std::vector<std::string_view>();
  return {lines.begin(), lines.end()};
}

}  // namespace chainer
