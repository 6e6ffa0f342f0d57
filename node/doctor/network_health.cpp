#include "node/doctor/network_health.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "core/text_file.hpp"
#include "node/doctor/command.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_network = 30s;
constexpr std::string_view package_of_every_index = "pip\n";
constexpr char package_index[] = "the package index";

std::string this_program() {
  std::error_code unreadable;
  return std::filesystem::read_symlink("/proc/self/exe", unreadable).string();
}

/// What chainer-node says first when it fails, without its own name.
std::string failure_of(const Result<CommandAnswer>& answer) {
  if (!answer) return answer.error().what;
  if (answer->code == 0) return "";
  const auto line = first_line(answer->said);
  constexpr std::string_view own_name = "chainer: ";
  return line.starts_with(own_name) ? line.substr(own_name.size()) : line;
}

NetworkAnswer ask_registry(const std::string& image) {
  return {image, failure_of(run_command({this_program(), "resolve", "--reference", image},
                                        patience_with_network))};
}

NetworkAnswer ask_index(const std::string& tools) {
  std::array<char, 64> file{"/tmp/chainer-doctor.XXXXXX"};
  const int made = ::mkstemp(file.data());
  if (made < 0) return {package_index, "cannot make a file in /tmp to ask with"};
  ::close(made);
  const auto written = replace_file(file.data(), package_of_every_index);
  auto answer = written ? failure_of(run_command({this_program(), "resolve", "--requirements",
                                                  file.data(), "--tools", tools},
                                                 patience_with_network))
                        : written.error().what;
  ::unlink(file.data());
  return {package_index, std::move(answer)};
}

}  // namespace

NetworkFacts ask_network(const std::vector<std::string>& images, const std::string& tools) {
  NetworkFacts network;
  network.is_root = ::geteuid() == 0;
  if (network.is_root) return network;
  for (const auto& image : images) network.answers.push_back(ask_registry(image));
  if (::access((tools + "/uv").c_str(), X_OK) == 0) network.answers.push_back(ask_index(tools));
  return network;
}

HealthFindings check_network(const NetworkFacts& network) {
  HealthFindings found;
  if (network.is_root) {
    found.push_back({HealthLevel::unseen, "the registries and the package index", "",
                     "root never talks to them: jobs do as their users",
                     "run this as an ordinary account"});
  }
  for (const auto& [asked, failure] : network.answers) {
    if (failure.empty()) continue;
    const bool is_index = asked == package_index;
    found.push_back({HealthLevel::warning, failure, asked,
                     is_index ? "no environment with pip packages can be built here"
                              : "an image that is not in the store yet cannot be fetched here",
                     is_index
                         ? "see PIP_INDEX_URL, pip's configuration and the proxy of this account"
                         : "see that this node reaches the registry, by a proxy if there is one"});
  }
  return found;
}

}  // namespace chainer::doctor
