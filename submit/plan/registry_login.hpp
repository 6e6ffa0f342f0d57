// Where the password of a private registry is: never the password itself.
#pragma once

#include <optional>
#include <string>

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// The file that image_registry_details names, as it was found on the login node.
struct CredentialsFile {
  std::string path;  ///< absolute; empty: none is named
  bool is_there{false};
  std::string meant{};  ///< another path, where it is not there
};

/// The value of the key that names the file; null when there is none.
const input::Given<std::string>* credentials_file_of(const input::Estimator& estimator);

/// The rules that need no image: a password is given by one reference, and never itself.
void check_registry_details(const input::Estimator& estimator, const CredentialsFile& file,
                            const SourceTree& source, toml::Report& report);

/// The login for the image's registry. Nothing without one: then docker's own files are used.
std::optional<RegistryLogin> registry_login(const input::Estimator& estimator,
                                            const ImageRef& image, const CredentialsFile& file,
                                            toml::Report& report);

}  // namespace chainer::plan
