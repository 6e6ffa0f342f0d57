#include "spank_plugin/report.hpp"

extern "C" {
#include <slurm/spank.h>
}

#include <unistd.h>

#include "core/failure_message.hpp"
#include "core/fd_io.hpp"
#include "core/name_list.hpp"
#include "core/printable.hpp"
#include "spank_plugin/request.hpp"

namespace chainer {
void report(const Step& step, const Error& error) {
  if (error.what.empty() || error.is_told) return;
  // One write, so that lines from several nodes do not mix.
  const std::string text = failure_message(step.label(), error) + "\n";
  [[maybe_unused]] const auto written = write_all(STDERR_FILENO, text);
}

void note_in_log(const Step& step, const PreparationRecord& record) {
  slurm_info("%s", record.line(step).c_str());
}

void note_in_log(const Step& step, const Error& error) {
  slurm_info("chainer: step %s: %s", step.id().c_str(), printable(error.what).c_str());
}

void report_to_caller(const Error& error) {
  if (error.what.empty()) return;
  slurm_error("%s%s%s", printable(error.what).c_str(), error.hint.empty() ? "" : "; ",
              printable(error.hint).c_str());
}

void mention_idle_options(const RawOptions& options) {
  std::string names;
  for (const auto* spec : idle_options(options, Origin::job)) {
    append_name(names, std::string("--") + spec->name);
  }
  if (names.empty()) return;
  slurm_info("chainer: without effect in this step, which has no image: the job's %s",
             names.c_str());
}

}  // namespace chainer
