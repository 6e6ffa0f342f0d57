// --chainer-layer: what the steps of one job that name it have written, on one node.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/digest.hpp"
#include "core/image_ref.hpp"
#include "core/job_layers.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// The layer of a name, as a step of the job sees it. Root keeps it as an overlay over the image,
/// and each step gets a clone of that mount.
class StepLayer {
 public:
  StepLayer(const Step& step, const PluginConf& conf, std::string name, const ImageRef& image)
      : step_(step), conf_(conf), name_(std::move(name)), image_(image) {}

  /// A mount of the step's own; nothing where no step of the job has made the layer. An error where
  /// it lies over another image than the one with this key.
  Result<std::optional<UniqueFd>> find(const Digest& key) const;

  /// The same, and makes it where it is missing: `make` gives the overlay, and is called in one
  /// step of those that begin at the same time.
  Result<UniqueFd> find_or_make(const Digest& key,
                                const std::function<Result<UniqueFd>()>& make) const;

 private:
  Result<std::optional<UniqueFd>> find_in(const KeptMounts& places, const std::string& image) const;
  Result<unsigned> free_number(const KeptMounts& places) const;
  Result<UniqueFd> keep(const KeptMounts& places, const std::string& image, int overlay) const;
  Error lies_over_another(const JobLayer& layer) const;

  const Step& step_;
  const PluginConf& conf_;
  std::string name_;
  const ImageRef& image_;
};

/// What to tell the user of a step in this layer, when it has ended: that there is no room left in
/// the layer, of which the programs say no more than "No space left on device".
std::optional<Error> lack_of_room(const std::string& run_dir, const Step& step,
                                  const std::string& name);

}  // namespace chainer
