#include "node/source/registry_certificates.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace chainer::source {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> folders() {
  std::vector<std::string> folders;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    folders.push_back(std::string(home) + "/.config/containers/certs.d/");
  folders.insert(folders.end(), {"/etc/containers/certs.d/", "/etc/docker/certs.d/"});
  return folders;
}

std::string first_certificate_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code missing;
  for (fs::directory_iterator file(folder, missing), end; !missing && file != end;
       file.increment(missing)) {
    if (file->path().extension() == ".crt") found.push_back(file->path().string());
  }
  return found.empty() ? std::string() : *std::ranges::min_element(found);
}

}  // namespace

std::string certificate_of(const std::string& host) {
  if (host.empty() || host.find('/') != std::string::npos || host.starts_with('.')) return {};
  for (const auto& folder : folders()) {
    if (auto certificate = first_certificate_in(folder + host); !certificate.empty())
      return certificate;
  }
  return {};
}

}  // namespace chainer::source
