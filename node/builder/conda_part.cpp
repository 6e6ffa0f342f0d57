#include "node/builder/conda_part.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/requirement.hpp"
#include "core/result.hpp"
#include "node/builder/credentials.hpp"
#include "node/builder/image_libc.hpp"

namespace chainer::builder {
namespace {

/// All mistakes at once, since each try takes a job.
Error refused(const std::vector<Finding>& findings) {
  Error error{"", "", 0, Fault::user};
  for (const auto& finding : findings) {
    if (finding.severity != Severity::error) continue;
    error.what += (error.what.empty() ? "cannot use " : "\n    ") + finding.file +
                  (finding.at.line == 0 ? "" : ":" + std::to_string(finding.at.line)) + ": " +
                  finding.message;
    if (error.hint.empty()) error.hint = finding.hint;
  }
  return error;
}

/// Where pip's part pins a version of a package that conda packages may need too, that version
/// shall serve both. What the file itself says about conda packages takes precedence.
void add_wish(CondaQuestion& question, const CondaFile& file, const std::string& line) {
  const auto requirement = Requirement::parse(without_options(line));
  const auto at = line.find("==");
  if (!requirement || at == std::string::npos) return;
  const auto start = line.find_first_not_of(" =", at);
  if (start == std::string::npos) return;
  const auto version = line.substr(start, line.find_first_of(" ;,", start) - start);
  const auto wish = MatchSpec::parse(requirement->package() + "==" + version);
  if (!wish) return;
  const bool is_asked_for = std::ranges::any_of(
      file.packages, [&](const auto& package) { return package.spec.name() == wish->name(); });
  if (!is_asked_for) question.wishes.push_back(wish->text());
}

/// `conda-forge/linux-64` names a platform of a channel; the rest of a channel's path is its own.
std::string without_platform(const std::string& channel) {
  const auto slash = channel.rfind('/');
  if (slash == std::string::npos) return channel;
  const auto last = std::string_view(channel).substr(slash + 1);
  const bool is_platform = last == "noarch" || last.starts_with("linux-");
  return is_platform ? channel.substr(0, slash) : channel;
}

}  // namespace

Result<CondaEnvironment> CondaEnvironment::read(const std::string& text, const std::string& path,
                                                const Variables& variables) {
  auto file = read_conda_file(text, path);
  if (!file.is_sound()) return refused(file.findings);
  std::vector<NumberedLine> lines;
  for (const auto& line : file.pip) lines.push_back({line.at.line, line.text});
  TRY_ASSIGN(auto pip, flatten_requirements(path, lines, variables));
  return CondaEnvironment{std::move(file), std::move(pip)};
}

std::string python_of(const std::vector<environment::LockedCondaPackage>& packages) {
  const auto found = std::ranges::find(packages, "python", &environment::LockedCondaPackage::name);
  return found == packages.end() ? std::string() : found->version;
}

CondaPart::CondaPart(ImageExec outside, CondaBuilder::Setup setup, std::optional<CondaFile> file,
                     CondaBuilder::OnProgress on_progress)
    : outside_(std::move(outside)),
      settings_(setup.settings),
      job_(setup.job),
      file_(std::move(file)),
      builder_(outside_, std::move(setup), std::move(on_progress)) {}

Result<void> CondaPart::look_at_machine(ImageExec& inside) {
  TRY_ASSIGN(const auto name, builder_.identify());
  builder_name_ = name;
  if (value_of(job_, "CONDA_OVERRIDE_GLIBC").empty()) {
    TRY_ASSIGN(const auto glibc, glibc_of_image(inside));
    machine_ = builder_.machine(glibc);
  } else {
    machine_ = builder_.machine("");
  }
  return {};
}

CondaQuestion CondaPart::question(const RequirementsFile& pip) const {
  CondaQuestion question{{}, {}, {}, machine_};
  std::vector<std::string> channels;
  for (const auto& channel : file_->channels) channels.push_back(channel.text);
  question.channels = settings_.urls_of_all(channels);
  for (const auto& package : file_->packages) add_spec(question, package.spec);
  std::istringstream lines(pip.requirements);
  for (std::string line; std::getline(lines, line);) add_wish(question, *file_, line);
  return question;
}

/// A channel named in front of a single package comes after those of the file.
void CondaPart::add_spec(CondaQuestion& question, const MatchSpec& spec) const {
  const auto channel = without_platform(spec.channel());
  const auto urls = settings_.urls_of(channel);
  if (channel.empty() || urls.empty()) {
    question.specs.push_back(spec.text());
    return;
  }
  const auto platform = spec.channel().substr(channel.size());
  question.specs.push_back(urls.front() + platform + "::" + spec.text());
  for (const auto& url : urls) {
    if (std::ranges::find(question.channels, url) == question.channels.end())
      question.channels.push_back(url);
  }
}

/// The kernel's release is left out: it differs between the nodes of one step, and no package that
/// people use depends on it.
std::string CondaPart::fingerprint(const RequirementsFile& pip) const {
  const auto asked = question(pip);
  std::string text = builder_name_ + "\n" + settings_.fingerprint() + "\n";
  for (const auto& list : {asked.channels, asked.specs, asked.wishes}) {
    for (const auto& item : list) text += item + "\n";
    text += "\n";
  }
  for (const auto& [name, version, build] : machine_) {
    if (name != "__linux") text += name + " " + version + " " + build + "\n";
  }
  for (const auto& variable : file_->variables) text += variable.name + "=" + variable.value + '\0';
  return without_credentials(text);
}

Result<void> CondaPart::resolve(environment::EnvironmentLock& lock, const RequirementsFile& pip,
                                const std::string& source) {
  TRY_ASSIGN(auto packages, builder_.solve(question(pip), source));
  const auto holds_secret = [](const auto& package) { return holds_credentials(package.url); };
  if (std::ranges::any_of(packages, holds_secret)) {
    return Error{"cannot lock " + source + ": a channel's URL holds credentials",
                 "put them into ~/.netrc, so that they do not end up in the lock", 0, Fault::user};
  }
  lock.conda = std::move(packages);
  lock.conda_builder = builder_name_;
  for (const auto& variable : file_->variables)
    lock.variables.emplace_back(variable.name, variable.value);
  if (auto python = python_of(lock.conda); !python.empty()) lock.python = std::move(python);
  if (lock.python.empty() && !pip.requirements.empty() && !lock.conda.empty()) {
    return Error{"cannot resolve " + source +
                     ": it has pip packages, and there is no Python among the conda packages",
                 "add python to its dependencies", 0, Fault::user};
  }
  return {};
}

Result<void> CondaPart::install(const environment::EnvironmentLock& lock,
                                const std::string& source) {
  if (is_installed_ || lock.conda.empty()) return {};
  auto installed = builder_.install(lock.conda, source);
  is_installed_ = installed.has_value();
  return installed;
}

}  // namespace chainer::builder
