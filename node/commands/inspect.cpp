#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "core/byte_size.hpp"
#include "core/confinement.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/named_image.hpp"
#include "node/commands/said.hpp"
#include "node/user_side/image_inspection.hpp"

namespace chainer::commands {
namespace {

constexpr std::chrono::seconds longest_look{20};

struct InspectArguments {
  std::string reference, auth_file, most_download{"512m"};
  bool python_only{false};
  bool json{false};
};

int inspect(const InspectArguments& asked) {
  ::signal(SIGPIPE, SIG_IGN);
  auto named = named_image(asked.reference, asked.auth_file);
  const auto fail_with = [&](Error error) {
    return fail(std::move(error).within("cannot look into the image " + asked.reference));
  };
  if (!named) return fail_with(named.error());
  const auto most = ByteSize::parse(asked.most_download);
  if (!most) return fail_with(most.error());
  if (auto confined = confine_users_side(); !confined) return fail_with(confined.error());
  const auto wanted =
      asked.python_only ? user_side::Wanted::python : user_side::Wanted::python_and_mpi;
  const auto image = user_side::inspect_image(named->reference, std::move(named->registries),
                                              wanted, {most->bytes(), longest_look});
  if (!image) return fail_with(image.error());
  std::cout << (asked.json ? image->to_json() : image->to_text()) << '\n';
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "inspect", "Say which Python and MPI an image holds, without preparing it");
  const auto arguments = std::make_shared<InspectArguments>();
  command->add_option("--reference", arguments->reference, "Image reference")
      ->required()
      ->type_name("REF");
  command->add_flag("--python-only", arguments->python_only,
                    "Read no further once a Python is found");
  command
      ->add_option("--most-download", arguments->most_download,
                   "Leave out layers that do not fit into this much")
      ->type_name("SIZE")
      ->capture_default_str();
  command
      ->add_option("--auth", arguments->auth_file,
                   "File with credentials, as docker login writes it")
      ->type_name("FILE");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &status] { status = inspect(*arguments); });
}

}  // namespace chainer::commands
