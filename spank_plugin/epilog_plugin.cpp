// spank_chainer_epilog.so: removes the layers of a job (--chainer-layer) from a node when the job
// ends. A plugin of its own, since slurmd starts a program at the end of every job where a plugin
// has the last of these hooks: only sites that offer layers pay for that.
//
//   slurmd        init          promise it, for as long as slurmd lives
//   job's end     job_epilog    remove what the job has
//
// Neither fails: that would stop slurmd or drain the node.

extern "C" {
#include <slurm/spank.h>
}

#include <exception>
#include <optional>

#include "core/job_layers.hpp"
#include "core/plugin_conf.hpp"
#include "spank_plugin/layer_promise.hpp"
#include "spank_plugin/plugstack_arguments.hpp"

namespace chainer {
namespace {

/// Held until slurmd ends.
std::optional<UniqueFd> promise;

Result<std::string> run_dir_of(int count, char** arguments) {
  PlugstackArguments read("spank_chainer_epilog.so");
  read.read(count, arguments);
  if (read.error()) return *read.error();
  TRY_ASSIGN(auto conf, load_plugin_conf(read.conf_path()));
  return std::move(conf.run_dir);
}

Result<void> on_init(int count, char** arguments) {
  if (spank_context() != S_CTX_SLURMD) return {};
  TRY_ASSIGN(const auto run_dir, run_dir_of(count, arguments));
  TRY_ASSIGN(promise, promise_to_remove_layers(run_dir));
  return {};
}

Result<void> on_job_epilog(spank_t spank, int count, char** arguments) {
  std::uint32_t job = 0;
  if (spank_get_item(spank, S_JOB_ID, &job) != ESPANK_SUCCESS) return Error{"which job ends?", ""};
  TRY_ASSIGN(const auto run_dir, run_dir_of(count, arguments));
  return remove_layers(run_dir, job);
}

/// Whatever goes wrong is a line in slurmd's log.
template <typename Hook>
int guarded(Hook&& hook) noexcept {
  try {
    if (const Result<void> done = hook(); !done)
      slurm_error("chainer: layers of jobs: %s", done.error().what.c_str());
  } catch (const std::exception& failure) {
    slurm_error("chainer: layers of jobs: %s", failure.what());
  } catch (...) {
    slurm_error("chainer: layers of jobs: unknown failure");
  }
  return 0;
}

}  // namespace
}  // namespace chainer

using namespace chainer;

extern "C" {

extern const char plugin_name[] = "chainer_epilog";
extern const char plugin_type[] = "spank";
extern const unsigned int plugin_version = SLURM_VERSION_NUMBER;
extern const unsigned int spank_plugin_version = 1;

int slurm_spank_init(spank_t, int count, char* arguments[]) {
  return guarded([&] { return on_init(count, arguments); });
}
int slurm_spank_job_epilog(spank_t spank, int count, char* arguments[]) {
  return guarded([&] { return on_job_epilog(spank, count, arguments); });
}

}  // extern "C"
