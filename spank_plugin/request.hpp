// What a step asks of its nodes, verified: nobody downstream looks at option text again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/byte_size.hpp"
#include "core/container/mount_spec.hpp"
#include "core/digest.hpp"
#include "core/image_ref.hpp"
#include "core/plugin_conf.hpp"
#include "core/runtime.hpp"
#include "spank_plugin/named_step.hpp"
#include "spank_plugin/options.hpp"

namespace chainer {

struct ImageRequest {
  ImageRef reference;
  std::optional<Digest> digest;  ///< known when pinned, or when srun resolved the tag
  std::string auth_file;         ///< empty: docker's default places
};

enum class Placement {
  in_container,  ///< the tasks enter what was prepared
  on_host,       ///< --chainer-prepare: prepared, but the command stays on the host's root
};

/// What a container has in place of the account's home.
enum class Home {
  of_account,  ///< the account's own
  empty,       ///< a folder in memory, which the step's tasks on a node share
};

struct Request {
  std::optional<ImageRequest> image;
  std::string env_file;  ///< empty: no environment
  ByteSize shm_size;
  std::vector<MountSpec> mounts;
  std::string workdir;  ///< empty: the job's folder, else the image's
  bool writable{false};
  Home home{Home::of_account};
  Runtime runtime{Runtime::native};
  bool root{false};        ///< uid 0 inside; the container is writable then
  std::string save{};      ///< where the container goes at the step's end; it is writable then
  std::string layer{};     ///< of the job's, which takes what is written; empty: none
  bool entrypoint{false};  ///< the image's ENTRYPOINT comes before the command
  std::vector<std::string> keep;  ///< variables of the job that win over the image's
  std::vector<std::string> drop;  ///< variables of the job that no container gets, the site's list
  Placement placement{Placement::in_container};
  std::optional<NamedStep> attach{};  ///< its container instead of one of this step's own
};

/// True when these options ask for anything at all: an image, a size alone, or another step's
/// container. The other options only say how.
bool asks_for_something(const RawOptions& options);

/// True when a node has anything to do for these options: to prepare, or to refuse what is
/// malformed. srun would not have let that through, even where it is idle.
bool concern_the_node(const RawOptions& options);

/// The options of this origin that can do nothing beside what else is given, in the table's order.
std::vector<const OptionSpec*> idle_options(const RawOptions& options, Origin origin);

/// The error for whoever gave an idle option.
Error cannot_be_idle(const OptionSpec& spec);

/// Whether the option says something to a step that enters the container of another.
bool fits_attach(Option option);

/// The command's own first option that says how a container is made, although --chainer-attach
/// enters one that exists already; null when there is none.
const OptionSpec* made_by_another_step(const RawOptions& options);

/// An error when the site does not allow the runtime, or when the runtime cannot do what another
/// option asks for. The syntax of the options is checked elsewhere.
Result<void> check_runtime_fits(const RawOptions& options, const PluginConf& conf);

/// An error when a layer is asked for and another option forbids to write into it.
Result<void> check_layer_is_written(const RawOptions& options);

/// An error when a layer is asked for and the site has none.
Result<void> check_site_has_layers(const RawOptions& options, const PluginConf& conf);

/// Checks the options as if they had never been checked: what arrives on a node may be forged.
/// Without an image, those that need one are left out once their syntax is checked. srun refuses
/// its own idle options, so here they can only be the job's or a variable's, and they could change
/// nothing on the host's root.
Result<Request> make_request(const RawOptions& options, const PluginConf& conf);

}  // namespace chainer
