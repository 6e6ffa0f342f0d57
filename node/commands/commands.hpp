// The commands of chainer-node. Each function adds one to the command line, with its options; what it
// does sets `status`, the program's exit code.
#pragma once

namespace CLI {
class App;
}

namespace chainer::commands {

void add_resolve(CLI::App& app, int& status);
void add_inspect(CLI::App& app, int& status);
void add_images(CLI::App& app, int& status);
void add_envs(CLI::App& app, int& status);
void add_gc(CLI::App& app, int& status);
void add_doctor(CLI::App& app, int& status);
void add_gpu_files(CLI::App& app, int& status);
void add_topology(CLI::App& app, int& status);
void add_stats(CLI::App& app, int& status);
void add_run(CLI::App& app, int& status);

/// What the plugin and `run` start, hidden from people.
void add_store_side(CLI::App& app, int& status);
void add_user_side(CLI::App& app, int& status);

}  // namespace chainer::commands
