#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <variant>

#include "core/json/json_text.hpp"
#include "node/builder/index_lookup.hpp"
#include "node/builder/scratch_folder.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/named_image.hpp"
#include "node/commands/said.hpp"
#include "node/source/resolved_config.hpp"
#include "node/wire/message.hpp"

namespace chainer::commands {
namespace {

struct ResolveArguments {
  std::string reference, requirements, tools, auth_file;
  bool check_platform{false};
  bool json{false};
};

std::string pinned_text(const ImageRef& reference, const std::string& digest) {
  return reference.pinned() ? reference.text() : reference.text() + "@" + digest;
}

/// Where the image is for other machines. Whoever asks for its digest alone is not told that its
/// config cannot be read.
std::string foreign_platform(source::ImageSource& source, EntryKind kind,
                             const source::ResolvedImage& image) {
  const auto config = source::config_of(source, kind, image.document);
  return config && config->platform.is_foreign() ? config->platform.to_string() : std::string();
}

/// A name without "./" in front is a registry's, also where a file has it.
bool names_a_file_too(const std::string& reference) {
  std::error_code none;
  return std::filesystem::exists(reference, none);
}

int resolve_image(const ResolveArguments& asked) {
  auto named = named_image(asked.reference, asked.auth_file);
  const auto fail_with = [&](Error error) {
    if (named && names_a_file_too(asked.reference) &&
        std::holds_alternative<RegistryRef>(named->reference.source())) {
      error.hint += (error.hint.empty() ? "" : "; ");
      error.hint += "the file or folder of that name here is ./" + asked.reference;
    }
    return fail(std::move(error).within("cannot find the image " + asked.reference));
  };
  if (!named) return fail_with(named.error());
  const auto source = source::open_image_source(named->reference, std::move(named->registries));
  if (!source) return fail_with(source.error());
  const auto image = (*source)->resolve(std::nullopt);
  if (!image) return fail_with(image.error());

  const auto foreign = asked.check_platform
                           ? foreign_platform(**source, kind_of_image(named->reference), *image)
                           : std::string();
  if (!foreign.empty()) say(wire::progress_message({}, image::is_for_other_machines(foreign)));
  if (!image->remark.empty()) say(wire::progress_message({}, image->remark));
  const auto digest = image->digest.to_string();
  if (asked.json) {
    nlohmann::json answer{{"reference", asked.reference},
                          {"digest", digest},
                          {"pinned", pinned_text(named->reference, digest)}};
    if (asked.check_platform) {
      answer["foreign_platform"] = foreign;
      answer["own_platform"] = image::Platform::ours().to_string();
    }
    std::cout << json_line(answer) << '\n';
  } else {
    std::cout << digest << '\n';
  }
  return 0;
}

/// As JSON {"unmet": [{"requirement", "reason"}]}, or one line each.
void print_unmet(const std::vector<builder::UnmetRequirement>& unmet, bool json) {
  auto list = nlohmann::json::array();
  for (const auto& [requirement, reason] : unmet) {
    list.push_back({{"requirement", requirement}, {"reason", reason}});
    if (!json) std::cout << (requirement.empty() ? "" : requirement + ": ") << reason << std::endl;
  }
  if (json) std::cout << json_line(nlohmann::json{{"unmet", std::move(list)}}) << std::endl;
}

int resolve_requirements(const ResolveArguments& asked) {
  auto scratch = (std::filesystem::temp_directory_path() / "chainer-lookup.XXXXXX").string();
  if (::mkdtemp(scratch.data()) == nullptr)
    return fail(Error::from_errno("cannot make a folder " + scratch, errno));
  return builder::run_with_scratch_folder(scratch, [&] {
    const auto unmet = builder::look_requirements_up(asked.requirements, asked.tools, scratch,
                                                     builder::variables_from(environ));
    if (!unmet) return fail(unmet.error());
    print_unmet(*unmet, asked.json);
    return unmet->empty() ? 0 : wire::exit_code_of(Fault::user);
  });
}

}  // namespace

void add_resolve(CLI::App& app, int& status) {
  auto* resolve =
      app.add_subcommand("resolve",
                         "Print the digest that an image reference means now, or the requirements "
                         "that the package index cannot meet");
  const auto arguments = std::make_shared<ResolveArguments>();
  auto* asked = resolve->add_option_group("what");
  asked->add_option("--reference", arguments->reference, "Image reference")->type_name("REF");
  auto* requirements = asked
                           ->add_option("--requirements", arguments->requirements,
                                        "File with a requirement on each line")
                           ->type_name("FILE");
  asked->require_option(1);
  resolve->add_option("--tools", arguments->tools, "The site's tools folder, which holds uv")
      ->type_name("DIR")
      ->needs(requirements);
  resolve
      ->add_option("--auth", arguments->auth_file,
                   "File with credentials, as docker login writes it")
      ->type_name("FILE");
  resolve->add_flag("--check-platform", arguments->check_platform,
                    "Also say so where the image is for other machines than this one");
  resolve->add_flag("--json", arguments->json, "Print JSON");
  resolve->callback([arguments, &status] {
    status = arguments->requirements.empty() ? resolve_image(*arguments)
                                             : resolve_requirements(*arguments);
  });
}

}  // namespace chainer::commands
