#include "core/gpu_files.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/plugin_conf.hpp"
#include "core/text_file.hpp"
#include "core/trusted_path.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/conf_option.hpp"
#include "node/commands/said.hpp"
#include "node/gpu/driver_files.hpp"
#include "node/gpu/linker_cache.hpp"
#include "node/store/account.hpp"

namespace chainer::commands {
namespace {

struct GpuFilesArguments {
  std::string conf{usual_conf};
  bool write{false};
};

/// The list of the GPU driver's files, as its own file holds it. What was left out is said.
Result<std::string> gpu_files_of_this_node() {
  TRY_ASSIGN(const auto found, gpu::find_driver_files({.linker_cache = gpu::print_linker_cache}));
  for (const auto& remark : found.left_out) say("chainer: " + remark);
  return gpu_files_text(found.list, "Written by chainer-node gpu-files from " + found.source + ".");
}

/// The same, looked for by the store's account where root asks: root parses nothing of it.
Result<std::string> gpu_files_found_by(const std::string& account) {
  if (::geteuid() != 0) return gpu_files_of_this_node();
  TRY_ASSIGN(auto pipe, Pipe::create());
  const pid_t finder = ::fork();
  if (finder < 0) return Error::from_errno("cannot start a process", errno);
  if (finder == 0) {
    auto became = store::become_account(account);
    const auto text =
        became ? gpu_files_of_this_node() : Result<std::string>(std::move(became).error());
    if (!text) ::_exit(fail(text.error()));
    ::_exit(write_all(pipe.write_end.get(), *text) ? 0 : 1);
  }
  pipe.write_end.reset();
  auto text = read_all(pipe.read_end.get(), largest_gpu_list);
  const int status = wait_for_end(finder);
  Error ended{"the search for the GPU driver's files ended with code " +
              std::to_string(shell_exit_code(status))};
  ended.is_told = !WIFSIGNALED(status);
  return status == 0 ? std::move(text) : Result<std::string>(std::move(ended));
}

std::string summary_of(const GpuFiles& list) {
  if (list.files.empty()) return "nothing: this node has no GPU driver";
  const auto count_of = [&](GpuFile::Kind kind) {
    return std::to_string(std::ranges::count(list.files, kind, &GpuFile::kind));
  };
  return "libraries: " + count_of(GpuFile::Kind::library) +
         ", tools: " + count_of(GpuFile::Kind::tool) +
         ", driver: " + (list.driver.empty() ? "of unknown version" : list.driver);
}

/// Replaces the list that root reads in each step with a GPU.
Result<void> write_gpu_files(const std::string& path, const std::string& text) {
  TRY_ASSIGN(const auto list, parse_gpu_files(text, path));
  TRY(check_only_root_can_change(path));
  TRY(replace_file(path, text, 0644));
  std::cout << "wrote " << path << " (" << summary_of(list) << ")\n";
  return {};
}

int list_or_write(const GpuFilesArguments& asked) {
  const auto conf = asked.write || ::geteuid() == 0 ? load_named_conf(asked.conf)
                                                    : Result<PluginConf>(PluginConf{});
  if (!conf) return fail(conf.error());
  const auto text = gpu_files_found_by(conf->store_account);
  if (!text) return fail_unless_told(text.error());
  if (!asked.write) {
    std::cout << *text;
    return 0;
  }
  const auto written = write_gpu_files(conf->gpu_files, *text);
  return written ? 0 : fail(written.error());
}

}  // namespace

void add_gpu_files(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "gpu-files", "List what containers get of this node's GPU driver: its libraries and tools");
  const auto arguments = std::make_shared<GpuFilesArguments>();
  add_conf_option(*command, arguments->conf);
  command->add_flag("--write", arguments->write,
                    "Replace the list that the plugin reads ('gpu_files' of plugin.conf), as root");
  command->callback([arguments, &status] { status = list_or_write(*arguments); });
}

}  // namespace chainer::commands
