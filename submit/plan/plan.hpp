// What will happen: every value decided and checked. Only resolve makes a Plan.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/byte_size.hpp"
#include "core/digest.hpp"
#include "core/image_ref.hpp"
#include "submit/input/site.hpp"
#include "submit/plan/source_tree.hpp"

namespace chainer::plan {

/// An image by a name that may move.
struct TaggedImage {
  ImageRef reference;
};

/// An image of a registry, or of an OCI layout or archive, by its digest: every node gets the same
/// bytes.
struct PinnedImage {
  ImageRef reference;  ///< with the digest in it
  Digest digest;
};

/// The host's own file system.
struct NoImage {};

using PlannedImage = std::variant<TaggedImage, PinnedImage, NoImage>;

/// The value of --chainer-image; empty without an image.
std::string text_of(const PlannedImage& image);

/// The image's reference; nothing without an image.
const ImageRef* reference_of(const PlannedImage& image);

/// What Slurm is asked for. An empty string and a zero ask for nothing: the partition's own default
/// holds.
struct Allocation {
  int nodes{1};
  int ranks_per_node{1};
  int cpus_per_rank{1};
  int gpus_per_node{0};
  std::string gpu_type;
  std::int64_t minutes{0};
  std::uint64_t memory_mib{0};
  bool exclusive{false};
  std::string binding{};  ///< auto, none, cores, or masks of CPUs; empty: as Slurm does
  std::int64_t nice{0};
  std::string account, partition, qos, constraint, reservation;
  std::string array, dependency, mail, begin, deadline, licenses;
  std::vector<std::string> extra;
  bool requeue{false};
  int max_restarts{0};            ///< 0: no limit
  std::int64_t notify_before{0};  ///< seconds before the end that the ranks get SIGTERM; 0: never

  int ranks() const { return nodes * ranks_per_node; }
};

/// One flag with its values, or one other argument.
using ArgumentGroup = std::vector<std::string>;

/// A folder or file of the host's that the script finds in its container.
struct Bind {
  std::string source, destination;
};

/// Data that each node gets onto its own disk before the run.
struct Download {
  std::string name;
  std::string source;       ///< an address, or an absolute path
  std::string digest;       ///< `sha256:…`, or empty: not checked
  std::string file;         ///< its name on the node; empty for a folder
  std::string destination;  ///< where the script finds it; empty: where it lies
};

/// How a run logs in to its image's registry: says where the password is, never the password. One
/// of the last three is not empty.
struct RegistryLogin {
  std::string host, username;
  std::string password_file, password_env, auth_file;  ///< absolute, or a variable's name
};

/// What follows the data in a script, instead of the program's own.
struct JobTemplate {
  std::string file;  ///< as people know it
  std::string text;
};

struct Plan {
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  std::string target;
  std::string framework_version;
  Allocation allocation;
  PlannedImage image;
  std::string mpi;
  ByteSize shm_size;
  std::string requirements;       ///< the text of requirements.txt
  std::string build_constraints;  ///< one per line; empty: no such file
  std::vector<std::pair<std::string, std::string>> environment;
  std::string entry_script;
  std::vector<ArgumentGroup> arguments;
  SourceTree source;
  bool labels_ranks{false};  ///< whether a rank's lines begin with its number
  std::string conda{};       ///< the text of environment.yml, instead of `requirements`; or empty
  std::string startup{};  ///< what each Python of the run executes first: a .pth file; empty: none
  bool compat{false};     ///< whether scripts find the retired service's module
  std::vector<Bind> binds{};
  std::vector<Download> downloads{};
  std::string runs{};  ///< the folder of runs, absolute, that holds this one
  std::optional<RegistryLogin> login{};
  bool user_managed{false};        ///< the image's own Python runs the script
  input::SiteEnvironment shell{};  ///< what the job gets of the submitting shell's environment
  std::optional<JobTemplate> job_template{};  ///< nothing: the program's own
  bool is_local{false};                       ///< on this machine, without Slurm
  std::string base_lock{};  ///< the lock of a curated environment below `requirements`; or empty
};

}  // namespace chainer::plan
