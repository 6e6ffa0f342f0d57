#include "spank_plugin/step_layer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "core/container/mount_tree.hpp"
#include "core/name_list.hpp"
#include "core/store_entry.hpp"
#include "spank_plugin/child.hpp"
#include "spank_plugin/layer_promise.hpp"
#include "spank_plugin/roots_folder.hpp"

namespace chainer {
namespace {

constexpr auto layer_records_size = ByteSize::from_bytes(16 * 1024 * 1024);

bool is_of(const JobLayer& layer, const Step& step) {
  // Of an attempt of the job only the batch script's environment knows the number: an srun from
  // elsewhere (--jobid) says 0. Only a larger number shows that the layer is an earlier attempt's.
  return layer.user == step.account.uid && layer.restart_count >= step.restart_count;
}

/// Two references to one image are the same.
std::string name_of_image(const ImageRef& image, const Digest& key) {
  return std::string(name_of(kind_of_image(image))) + "/" + key.hex();
}

/// The layer of the name, among those of this job, user and attempt.
std::optional<JobLayer> layer_called(const std::string& name, const KeptMounts& places,
                                     const Step& step) {
  const auto layers = layers_in(places);
  const auto layer = std::ranges::find_if(
      layers, [&](const JobLayer& one) { return one.name == name && is_of(one, step); });
  return layer == layers.end() ? std::nullopt : std::optional(*layer);
}

Result<UniqueFd> clone_for_step(int mounted) { return clone_tree(mounted, nosuid_nodev()); }

/// The file system of all jobs' layers, which the first step to need it makes under a lock. Later ones
/// take none: the owner of a step can stop it in here, and others would wait in vain.
Result<void> make_file_system_of_layers(const std::string& run_dir) {
  const auto folder = layers_folder(run_dir);
  TRY_ASSIGN(const auto place, own_folder(run_dir, 0755));
  if (own_file_system(folder, layer_records_size, Missing::stays_so)) return {};
  const auto lock = take_roots_lock(place.get(), "layers.lock");
  if (!lock) return Error{"cannot lock " + folder, "try again", ETIMEDOUT, Fault::try_again};
  TRY(own_file_system(folder, layer_records_size, Missing::is_made));
  return {};
}

/// The folder of a job's layers; its lock is that job's alone.
Result<KeptMounts> open_layers_of_job(const std::string& run_dir, std::uint32_t job) {
  TRY(make_file_system_of_layers(run_dir));
  const auto path = layers_folder(run_dir, job);
  TRY_ASSIGN(const auto of_job, own_folder(path, 0700));
  UniqueFd folder(::openat(of_job.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return Error::from_errno("cannot open " + path, errno);
  return KeptMounts(std::move(folder), path);
}

/// What another user or another attempt of the job left: a job number can come again where its
/// Slurm has begun anew, and a node may have been down when the job ended.
void drop_what_others_left(const KeptMounts& places, const Step& step) {
  for (const auto& layer : layers_in(places)) {
    if (!is_of(layer, step)) places.drop(layer.number);
  }
}

}  // namespace

Error StepLayer::lies_over_another(const JobLayer& layer) const {
  return {"the layer " + name_ + " of job " + std::to_string(step_.job_id) + " lies over " +
              layer.reference + ", and this step's image is " + image_.text(),
          "name the same image, or another layer", 0, Fault::user};
}

Result<std::optional<UniqueFd>> StepLayer::find_in(const KeptMounts& places,
                                                   const std::string& image) const {
  const auto layer = layer_called(name_, places, step_);
  const auto mounted =
      layer ? places.open_mount(layer->number, layer->mounted_device) : std::nullopt;
  if (!mounted) return std::optional<UniqueFd>();
  if (layer->image != image) return lies_over_another(*layer);
  TRY_ASSIGN(auto clone, clone_for_step(mounted->get()));
  return std::optional(std::move(clone));
}

Result<std::optional<UniqueFd>> StepLayer::find(const Digest& key) const {
  TRY_ASSIGN(const auto places, KeptMounts::existing(layers_folder(conf_.run_dir, step_.job_id)));
  if (!places) return std::optional<UniqueFd>();
  return find_in(*places, name_of_image(image_, key));
}

Result<unsigned> StepLayer::free_number(const KeptMounts& places) const {
  const auto layers = layers_in(places);
  std::string names;
  for (unsigned number = 0; number < most_layers_of_job; ++number) {
    const auto taken = std::ranges::find(layers, number, &JobLayer::number);
    // A record whose mount is gone is that of a step which was killed while it made the layer.
    if (taken == layers.end() || !places.open_mount(number, taken->mounted_device)) return number;
    append_name(names, taken->name);
  }
  return Error{"cannot make the layer " + name_ + ": a job has " +
                   std::to_string(most_layers_of_job) + " at most on a node, and this one has " +
                   names,
               "use one of them", 0, Fault::user};
}

Result<UniqueFd> StepLayer::keep(const KeptMounts& places, const std::string& image,
                                 int overlay) const {
  struct stat status {};
  if (::fstat(overlay, &status) != 0) return Error::from_errno("cannot stat the layer", errno);
  TRY_ASSIGN(const auto number, free_number(places));
  const JobLayer layer{number, step_.account.uid, step_.restart_count, status.st_dev, name_,
                       image,  image_.text()};
  TRY(places.assign(number, layer.record()));
  TRY_ASSIGN(const auto place, places.open_root(number));
  TRY(attach(overlay, place.get()));
  auto clone = clone_for_step(overlay);
  if (!clone) places.drop(number);
  return clone;
}

Result<UniqueFd> StepLayer::find_or_make(const Digest& key,
                                         const std::function<Result<UniqueFd>()>& make) const {
  TRY(check_layers_will_be_removed(conf_.run_dir));
  TRY_ASSIGN(const auto places, open_layers_of_job(conf_.run_dir, step_.job_id));
  TRY(lock_or_cancelled(places.folder()));
  drop_what_others_left(places, step_);
  TRY_ASSIGN(auto found, find_in(places, name_of_image(image_, key)));
  if (found) return *std::move(found);
  TRY(free_number(places));
  TRY_ASSIGN(const auto overlay, make());
  return keep(places, name_of_image(image_, key), overlay.get());
}

std::optional<Error> lack_of_room(const std::string& run_dir, const Step& step,
                                  const std::string& name) {
  const auto places = KeptMounts::existing(layers_folder(run_dir, step.job_id));
  if (!places || !*places) return std::nullopt;
  const auto layer = layer_called(name, **places, step);
  const auto mounted =
      layer ? (*places)->open_mount(layer->number, layer->mounted_device) : std::nullopt;
  if (!mounted) return std::nullopt;
  const UniqueFd root(::openat(mounted->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statvfs room {};
  if (!root || ::fstatvfs(root.get(), &room) != 0) return std::nullopt;
  constexpr unsigned nearly = 50;  // one part in so many is left
  if (room.f_bfree > room.f_blocks / nearly && room.f_ffree > room.f_files / nearly)
    return std::nullopt;
  const auto most = ByteSize::from_bytes(room.f_blocks * room.f_frsize).to_string();
  return Error{"the layer " + name + " is full: it may hold " + most + " and " +
                   std::to_string(room.f_files) + " files on a node",
               "remove what it need not hold, or ask an administrator for a larger 'layer_size' in "
               "plugin.conf",
               0, Fault::user};
}

}  // namespace chainer
