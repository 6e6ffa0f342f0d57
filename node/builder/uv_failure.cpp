#include "node/builder/uv_failure.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>
#include <vector>

#include "core/printable.hpp"
#include "node/builder/credentials.hpp"

namespace chainer::builder {
namespace {

constexpr std::size_t most_detail_lines = 8;
constexpr std::size_t longest_reason = 1000;
constexpr std::size_t longest_detail = 300;

/// What uv prints when it fails: "error: …", then lines "  cause: …", each followed by text that is
/// indented further (a build's output), then "hint: …", which speaks of uv's own options.
struct Report {
  std::string reason;
  std::vector<std::string> detail;
};

Report read_report(const std::string& text) {
  constexpr std::string_view error = "error: ";
  constexpr std::string_view cause = "  cause: ";
  Report report;
  bool inside = false;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(error)) {
      report = {line.substr(error.size()), {}};
      inside = true;
    } else if (inside && line.starts_with(cause)) {
      report.reason += ": " + line.substr(cause.size());
    } else if (line.starts_with("hint: ")) {
      inside = false;
    } else if (const auto begin = line.find_first_not_of(" \t");
               inside && begin != std::string::npos) {
      report.detail.push_back(line.substr(begin));
    }
  }
  return report;
}

bool mentions(const std::string& text, std::initializer_list<std::string_view> phrases) {
  return std::ranges::any_of(phrases,
                             [&](auto phrase) { return text.find(phrase) != std::string::npos; });
}

/// Secrets go before the text is cut: a cut could take away the '@' by which a password is known.
std::string shown(const std::string& text, std::size_t longest) {
  return printable(without_credentials(text), longest);
}

struct Advice {
  Fault fault;
  std::string hint;
};

Advice advice_for(const std::string& reason, const std::string& everything) {
  if (mentions(everything, {"No space left on device", "Disk quota exceeded"})) {
    return {Fault::try_again, "make room in your home (~/.cache/chainer) and on the node's /tmp"};
  }
  if (mentions(reason, {"401 Unauthorized", "403 Forbidden"})) {
    return {Fault::user, "give the index's credentials in ~/.netrc or pip.conf"};
  }
  if (mentions(reason,
               {"error sending request", "HTTP status server error", "timed out", "dns error"})) {
    return {
        Fault::try_again,
        "check the index and proxy in pip.conf and the environment, or try again when it answers"};
  }
  // Later releases of setuptools have dropped what Chainer and mpi4py 3 need.
  if (mentions(everything, {"No module named 'pkg_resources'",
                            "new_compiler() got an unexpected keyword argument 'dry_run'"})) {
    return {
        Fault::user,
        "it needs an older setuptools to build with: write setuptools<70 into a file beside the "
        "requirements, named as they are with .build-constraints.txt behind it; for Chainer, "
        "chainer-submit render --output makes both files"};
  }
  if (mentions(reason, {"Git executable not found"})) {
    return {
        Fault::user,
        "the image has no git, which a git+ requirement needs: use an image with git, or name an "
        "archive of that revision instead (https://…/archive/REVISION.tar.gz)"};
  }
  if (mentions(reason, {"Failed to build", "build backend"})) {
    return {Fault::user, "use a version that has a wheel, or an image with what its build needs"};
  }
  return {Fault::user, "correct the requirements and submit again"};
}

}  // namespace

Error explain_uv_failure(const std::string& what, const ProgramOutput& output) {
  if (WIFSIGNALED(output.wait_status) && WTERMSIG(output.wait_status) == SIGKILL) {
    return {what + ": uv " + output.ending(),
            "the step's memory may be too small to build in: ask for more with --mem", 0,
            Fault::user};
  }
  auto report = read_report(output.err);
  if (report.reason.empty()) report.reason = "uv " + output.ending();
  const auto advice = advice_for(report.reason, output.err);
  std::string text = what + ": " + shown(report.reason, longest_reason);
  const auto first = report.detail.size() - std::min(report.detail.size(), most_detail_lines);
  for (auto i = first; i < report.detail.size(); ++i)
    text += "\n    " + shown(report.detail[i], longest_detail);
  return {std::move(text), advice.hint, 0, advice.fault};
}

}  // namespace chainer::builder
