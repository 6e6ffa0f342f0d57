#include "node/user_side/user_side.hpp"

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/account.hpp"
#include "core/confinement.hpp"
#include "core/container/name_files.hpp"
#include "core/digest.hpp"
#include "core/unique_fd.hpp"
#include "node/builder/host_exec.hpp"
#include "node/builder/scratch_folder.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/said.hpp"
#include "node/commands/side_descriptors.hpp"
#include "node/save/jobs_settings.hpp"
#include "node/save/save_container.hpp"
#include "node/user_side/user_side_environment.hpp"

namespace chainer::commands {
namespace {

struct ImageArguments {
  std::string label, reference, digest, auth_file;
};

struct SaveArguments {
  std::string label, file;
  std::string unfinished = ".chainer-save." + std::to_string(::getpid());
};

struct EnvironmentArguments {
  std::string label, file, image, scratch, tools;
  std::string base;  ///< where a curated environment is mounted in the builder's container
};

int send_image(const ImageArguments& asked) {
  ::signal(SIGPIPE, SIG_IGN);
  user_side::UserSession session(asked.label, data_fd, control_fd, say);
  std::optional<Digest> pinned;
  if (!asked.digest.empty()) {
    const auto digest = Digest::parse(asked.digest);
    if (!digest) return session.fail(digest.error());
    pinned = *digest;
  }
  auto wanted = user_side::UserSideImage::of(asked.reference, pinned, asked.auth_file);
  if (auto confined = confine_users_side(); !confined) return session.fail(confined.error());
  return user_side::prepare_image(session, std::move(wanted));
}

int send_environment(const EnvironmentArguments& asked) {
  ::signal(SIGPIPE, SIG_IGN);
  return builder::run_with_scratch_folder(asked.scratch, [&] {
    user_side::UserSession session(asked.label, data_fd, control_fd, say);
    // Builds run programs in two places, inside the image and on the host; neither is this process.
    auto outside = builder::start_host_exec(asked.tools);
    if (!outside) return session.fail(outside.error());
    if (auto confined = confine_users_side(); !confined) return session.fail(confined.error());
    const auto image = Digest::parse(asked.image);
    if (!image) return session.fail(image.error());
    return user_side::prepare_environment(
        session,
        {asked.file, *image, asked.scratch, inside_fd, outside->get(), asked.tools, asked.base},
        builder::variables_from(environ));
  });
}

int save_file(const SaveArguments& asked) {
  ::signal(SIGPIPE, SIG_IGN);
  save::take_on_jobs_umask();
  save::take_up_terminal_again();
  const auto failed = [&](Error error) {
    return fail(std::move(error).within("cannot save the container as " + asked.file), asked.label);
  };
  const auto names = look_up_names(this_account());
  if (!names) return failed(names.error());
  if (auto confined = confine_users_side(); !confined) return failed(confined.error());
  auto saved = save::save_container(
      {asked.label, UniqueFd(data_fd), asked.unfinished, names->passwd_line, names->group_lines},
      asked.file, say);
  return saved ? 0 : failed(std::move(saved).error());
}

}  // namespace

void add_user_side(CLI::App& app, int& status) {
  auto* user_side = app.add_subcommand("user-side", "")->group("")->require_subcommand(1);

  auto* image = user_side->add_subcommand("image", "");
  const auto of_image = std::make_shared<ImageArguments>();
  image->add_option("--label", of_image->label, "")->required();
  image->add_option("--reference", of_image->reference, "")->required();
  image->add_option("--digest", of_image->digest, "");
  image->add_option("--auth", of_image->auth_file, "");
  image->callback([of_image, &status] { status = send_image(*of_image); });

  auto* saving = user_side->add_subcommand("save", "");
  const auto of_save = std::make_shared<SaveArguments>();
  saving->add_option("--label", of_save->label, "")->required();
  saving->add_option("--file", of_save->file, "")->required();
  // A step that began before an upgrade does not say it.
  saving->add_option("--unfinished", of_save->unfinished, "");
  saving->callback([of_save, &status] { status = save_file(*of_save); });

  auto* environment = user_side->add_subcommand("environment", "");
  const auto of_environment = std::make_shared<EnvironmentArguments>();
  environment->add_option("--label", of_environment->label, "")->required();
  environment->add_option("--file", of_environment->file, "")->required();
  environment->add_option("--image", of_environment->image, "")->required();
  environment->add_option("--scratch", of_environment->scratch, "")->required();
  environment->add_option("--tools", of_environment->tools, "")->required();
  environment->add_option("--base", of_environment->base, "");
  environment->callback([of_environment, &status] { status = send_environment(*of_environment); });
}

}  // namespace chainer::commands
