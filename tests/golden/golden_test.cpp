// Renders CASE.toml of the working folder and compares both output streams, whole. A first line
// `# args: …` of the case adds words to the command line; a `{}` in it stands for one blank.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "submit/cli/command_line.hpp"
#include "submit/cli/commands.hpp"

namespace chainer {
namespace {

struct Recorder : run::Console {
  void out(std::string_view text) override { written += text; }
  void err(std::string_view text) override { complained += text; }
  std::string written, complained;
};

/// Rendering asks nobody: these are there to be unused.
struct NoProcesses : run::ProcessRunner {
  Result<std::unique_ptr<run::RunningProcess>> start(const std::vector<std::string>& argv,
                                                     const std::vector<std::string>&) override {
    return Error{"a golden case ran " + argv[0], ""};
  }
};
struct NoPause : run::Pause {
  bool wait(std::chrono::milliseconds) override { return false; }
};

std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Without this checkout's own place, which messages name where a path was written relative to it.
std::string without_place(std::string text) {
  const auto here = std::filesystem::current_path().string() + "/";
  for (auto at = text.find(here); at != text.npos; at = text.find(here, at))
    text.erase(at, here.size());
  return text;
}

std::vector<std::string> command_line(const std::string& name) {
  std::vector<std::string> words{"render", name + ".toml"};
  std::istringstream file(contents(name + ".toml"));
  std::string line;
  std::getline(file, line);
  constexpr std::string_view mark = "# args: ";
  std::istringstream more(line.starts_with(mark) ? line.substr(mark.size()) : "");
  for (std::string word; more >> word;) {
    if (const auto blank = word.find("{}"); blank != std::string::npos) {
      word[blank] = ' ';
      word.erase(blank + 1, 1);
    }
    words.push_back(word);
  }
  if (std::ranges::find(words, "--site") == words.end()) {
    words.insert(words.end(), {"--site", "site.toml"});
  }
  return words;
}

bool matches(const std::string& path, const std::string& got) {
  if (std::getenv("UPDATE_GOLDEN")) {
    if (got.empty())
      std::filesystem::remove(path);
    else
      std::ofstream(path, std::ios::binary) << got;
    return true;
  }
  const auto expected = contents(path);
  if (got == expected) return true;
  std::printf("%s differs (UPDATE_GOLDEN=1 writes it again)\n--- expected\n%s--- got\n%s",
              path.c_str(), expected.c_str(), got.c_str());
  return false;
}

bool run_case(const std::string& name) {
  Recorder recorder;
  const auto parsed = cli::parse_command_line(command_line(name));
  const cli::Surroundings surroundings{std::filesystem::current_path().string(), "ada", ""};
  NoProcesses processes;
  NoPause pause;
  const auto code = cli::run_command(std::get<cli::CommandLine>(parsed), surroundings,
                                     {processes, pause, 0}, recorder);
  const bool is_rendered = code == run::ExitCode::done;
  if (is_rendered == recorder.written.empty() ||
      (!is_rendered && code != run::ExitCode::wrong_input)) {
    std::printf("%s: exit code %d\n", name.c_str(), static_cast<int>(code));
    return false;
  }
  const bool same_script = matches(name + ".sbatch", without_place(recorder.written));
  return matches(name + ".err", without_place(recorder.complained)) && same_script;
}

}  // namespace
}  // namespace chainer

int main(int argc, char** argv) { return argc == 2 && chainer::run_case(argv[1]) ? 0 : 1; }
