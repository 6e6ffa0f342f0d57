#include "plugin/recording.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace chainer::fixtures {
namespace {

Call read_call(const std::string& line) {
  Call call;
  std::string account, word;
  std::istringstream words(line);
  words >> call.hook >> call.context >> account;
  while (words >> word) {
    if (word.starts_with("task=") && word != "task=-") call.task = std::stoi(word.substr(5));
    if (word == "SIGTERM=blocked") call.blocks_sigterm = true;
  }
  return call;
}

}  // namespace

std::vector<Process> read_recording(const std::string& name) {
  constexpr std::string_view process = "process ";
  std::ifstream file(std::string(RECORDINGS) + "/" + name + ".txt");
  if (!file) throw std::runtime_error("no recording " + name);
  std::vector<Process> processes;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(process)) processes.push_back({line.substr(process.size()), {}});
    if (line.starts_with("  ")) processes.at(processes.size() - 1).calls.push_back(read_call(line));
  }
  return processes;
}

}  // namespace chainer::fixtures
