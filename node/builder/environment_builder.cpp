#include "node/builder/environment_builder.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include "node/builder/credentials.hpp"
#include "node/builder/host_certificates.hpp"
#include "node/builder/pip_plan.hpp"
#include "node/builder/uv_failure.hpp"
#include "node/builder/work_folder.hpp"

namespace chainer::builder {
namespace {

namespace fs = std::filesystem;

constexpr int oldest_python_minor = 8;  // what the pinned uv builds for
constexpr std::string_view python_hint = "use an image with Python 3.8 or newer on its PATH";

Error unusable_image(std::string what) {
  return {std::move(what), std::string(python_hint), 0, Fault::user};
}

std::string local_folder(const std::string& link) {
  constexpr std::string_view scheme = "file://";
  if (link.starts_with(scheme)) return link.substr(scheme.size());
  return link.find("://") == std::string::npos ? link : std::string();
}

bool is_package_file(const fs::path& path) {
  const auto name = path.filename().string();
  return name.ends_with(".whl") || name.ends_with(".tar.gz") || name.ends_with(".zip");
}

/// Like pip, passes over a folder that is not there.
Result<void> copy_packages(const std::string& folder, const fs::path& copy) {
  std::error_code failure;
  fs::create_directories(copy, failure);
  if (failure) return Error::from_errno("cannot make the folder " + copy.string(), failure.value());
  std::error_code missing;
  for (fs::directory_iterator it(folder, missing), end; !missing && it != end;
       it.increment(missing)) {
    if (!is_package_file(it->path())) continue;
    fs::copy_file(it->path(), copy / it->path().filename(), failure);
    if (failure) {
      return Error::from_errno("cannot copy the package " + it->path().string(), failure.value(),
                               Fault::user);
    }
  }
  return {};
}

/// "uv 0.13.9 (x86_64-…)" → "0.13.9"
std::string second_word(const std::string& text) {
  std::istringstream stream(text);
  std::string word;
  stream >> word >> word;
  return word;
}

/// What uv is doing, from what it has printed so far: the packages that it builds from source, else
/// its last line.
std::string latest_news(std::string_view output) {
  std::set<std::string> building;
  std::string last;
  std::istringstream lines{std::string(output.substr(0, output.rfind('\n') + 1))};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string verb, package;
    words >> verb >> package;
    if (verb == "Building") building.insert(package);
    if (verb == "Built") building.erase(package);
    if (!verb.empty()) last = line.substr(line.find_first_not_of(' '));
  }
  if (building.empty()) return last;
  std::string text = "building";
  for (const auto& package : building) text += " " + package;
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The minor number of "3.11.2"; -1 when it is no version of Python 3.
int python_minor(std::string_view version) {
  if (!version.starts_with("3.")) return -1;
  int minor = -1;
  std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor;
}

bool holds_package(const environment::EnvironmentLock& lock,
                   const environment::LockedPackage& package) {
  return std::ranges::any_of(lock.packages, [&](const auto& other) {
    return environment::is_same_package(package, other);
  });
}

/// Puts whiteouts into the difference: for each file of the named packages, for each path given,
/// and for each folder of which nothing would be left, since Python would import an empty one.
/// Arguments: the base, the difference, names of packages, paths.
constexpr std::string_view whiteouts_program = R"(
import glob, importlib.metadata, os, re, sys

base, difference = sys.argv[1:3]
names, gone = set(sys.argv[3].split()), set(sys.argv[4].split())
for site in glob.glob(base + "/lib/python3*/site-packages"):
    for package in importlib.metadata.distributions(path=[site]):
        if re.sub("[-_.]+", "-", package.metadata["Name"]).lower() in names:
            for file in package.files or ():
                gone.add(os.path.relpath(os.path.join(site, str(file)), base))

def source_of(path):
    folder, name = os.path.split(path)
    if os.path.basename(folder) != "__pycache__":
        return None
    return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")

def white_out(path):
    if os.path.lexists(os.path.join(difference, path)):
        return
    folder, name = os.path.split(os.path.join(difference, path))
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, ".wh." + name), "w").close()

def sweep(path):
    "Whether nothing stays there, so that one whiteout will do."
    whole = os.path.join(base, path)
    if os.path.islink(whole) or not os.path.isdir(whole):
        return path in gone or source_of(path) in gone
    parts = [os.path.join(path, name) for name in os.listdir(whole)]
    swept = [part for part in parts if sweep(part)]
    if parts and len(swept) == len(parts) and not os.path.lexists(os.path.join(difference, path)):
        return True
    for part in swept:
        white_out(part)
    return False

for name in os.listdir(base):
    if sweep(name):
        white_out(name)
)";

}  // namespace

Result<std::string> EnvironmentBuilder::identify() {
  const auto version = run_uv({"--version"}, "looking at the image");
  if (!version) return version.error();
  if (!version->succeeded()) {
    return Error{"the tools folder's uv does not work: it " + version->ending(),
                 "an administrator must fill the tools folder again (packaging/make-tools)"};
  }
  uv_version_ = second_word(version->out);
  return "uv " + uv_version_;
}

Result<void> EnvironmentBuilder::prepare() {
  if (!python_.empty()) return {};
  TRY(make_work_folder(setup_.scratch));
  setup_.paths.temporary = inside("tmp");
  TRY(copy_certificates());
  TRY(copy_find_links());
  return find_python();
}

/// The host's certificates are what the site trusts; the image may have others, or none.
Result<void> EnvironmentBuilder::copy_certificates() {
  const auto file = host_certificates(setup_.job, setup_.settings.certificates);
  if (file.empty()) return {};
  TRY_ASSIGN(const auto text, read_user_file(file));
  setup_.paths.certificates = inside("certificates.pem");
  return write("certificates.pem", text);
}

/// The image cannot see a folder of packages on the host, so its packages are copied.
Result<void> EnvironmentBuilder::copy_find_links() {
  std::vector<std::string> reachable;
  for (const auto& link : setup_.settings.find_links) {
    const auto folder = local_folder(link);
    if (folder.empty()) {
      reachable.push_back(link);
      continue;
    }
    const auto name = "links-" + std::to_string(reachable.size());
    const auto copy = work_file(setup_.scratch, name);
    TRY(copy_packages(folder, copy));
    reachable.push_back(inside(name));
  }
  setup_.settings.find_links = std::move(reachable);
  return {};
}

void EnvironmentBuilder::use_own_python(const std::string& version) {
  setup_.paths.has_own_python = true;
  python_.clear();
  python_version_ = version;
}

Result<void> EnvironmentBuilder::find_python() {
  if (!setup_.paths.has_own_python) return find_image_python();
  if (python_minor(python_version_) < oldest_python_minor) {
    return Error{
        "pip packages need Python 3.8 or newer, and conda has installed " + python_version_,
        "name a newer python among the conda packages, or all packages as conda's", 0, Fault::user};
  }
  const auto cache = std::exchange(setup_.paths.cache, {});
  return ask_python(setup_.paths.prefix + "/bin/python", cache);
}

Result<void> EnvironmentBuilder::find_image_python() {
  // uv ends at once when it cannot write to its cache, so it gets none until we know that it can.
  const auto cache = std::exchange(setup_.paths.cache, {});
  const auto found = run_uv({"python", "find", "--system", "python3"}, "looking at the image");
  if (!found) return found.error();
  if (found->err.find("No interpreter found") != std::string::npos) {
    return unusable_image("the image has no python3");
  }
  if (!found->succeeded()) {
    return unusable_image(explain_uv_failure("cannot use the image's python3", *found).what);
  }
  return ask_python(first_line(found->out), cache);
}

/// Asks a Python for its version, and whether the cache can be used from inside.
Result<void> EnvironmentBuilder::ask_python(const std::string& python, const std::string& cache) {
  const std::string script =
      "import os, sys; print('%d.%d.%d' % sys.version_info[:3]); print(os.access(sys.argv[1], "
      "os.W_OK))";
  const auto answer = run({python, "-I", "-c", script, cache}, "looking at the image");
  if (!answer) return answer.error();
  if (!answer->succeeded()) {
    const std::string whose = setup_.paths.has_own_python ? "conda's " : "the image's ";
    return unusable_image(whose + python + " does not work: it " + answer->ending());
  }
  python_version_ = first_line(answer->out);
  if (python_minor(python_version_) < oldest_python_minor) {
    return unusable_image("the image's python3 is " + python_version_ +
                          ", too old for the builder");
  }
  if (answer->out.find("True") != std::string::npos) {
    setup_.paths.cache = cache;
  } else if (!cache.empty()) {
    note_ = "the builder's cache " + cache +
            " cannot be used inside the image: everything is downloaded and built anew";
  }
  python_ = python;
  return {};
}

Result<environment::EnvironmentLock> EnvironmentBuilder::resolve(const RequirementsFile& file,
                                                                 const std::string& source) {
  TRY(prepare());
  TRY(write("requirements.txt", file.requirements));
  TRY(write("constraints.txt", file.constraints));
  TRY(write("build-constraints.txt", file.build_constraints));
  TRY_ASSIGN(auto packages, setup_.paths.has_own_python ? resolve_beside_conda(file, source)
                                                        : resolve_packages(file, source));
  return environment::EnvironmentLock{setup_.image, python_version_,        "uv",
                                      uv_version_,  file.build_constraints, std::move(packages),
                                      file.startup};
}

Result<std::vector<environment::LockedPackage>> EnvironmentBuilder::resolve_packages(
    const RequirementsFile& file, const std::string& source) {
  std::vector<std::string> arguments;
  if (!file.constraints.empty()) arguments = {"--constraints", inside("constraints.txt")};
  if (setup_.base) {
    // uv keeps the versions of an earlier output wherever they still fit.
    TRY(write("preferred.txt", setup_.base->lock.requirements()));
    arguments.insert(arguments.end(), {"--output-file", inside("preferred.txt")});
  }
  return compile(std::move(arguments), file, source);
}

/// Does what pip would do there: what conda has installed stays where it fits. Only what is new, or
/// replaces a package of conda's, is locked.
Result<std::vector<environment::LockedPackage>> EnvironmentBuilder::resolve_beside_conda(
    const RequirementsFile& file, const std::string& source) {
  std::vector<std::string> arguments{
      "pip",  "install",  "--dry-run", "--break-system-packages", "--output-format",
      "json", "--python", python_,     "--requirements",          inside("requirements.txt")};
  if (!file.constraints.empty()) {
    arguments.insert(arguments.end(), {"--constraints", inside("constraints.txt")});
  }
  const auto planned =
      run_uv(with_options(std::move(arguments), file.build_constraints), "resolving");
  if (!planned) return planned.error();
  if (!planned->succeeded()) return explain_uv_failure("cannot resolve " + source, *planned);
  const auto listed = run_uv({"pip", "list", "--format", "json", "--python", python_}, "resolving");
  if (!listed) return listed.error();
  if (!listed->succeeded()) return explain_uv_failure("cannot resolve " + source, *listed);

  const auto plan = PipPlan::parse(planned->out, listed->out);
  if (!plan) return plan.error();
  if (plan->pins.empty()) return std::vector<environment::LockedPackage>();
  if (!plan->replaced.empty()) note_ = "pip packages take the place of conda's " + plan->replaced;
  TRY(write("pins.txt", plan->pins));
  TRY(write("conda-has.txt", plan->kept));
  return compile({"--constraints", inside("pins.txt"), "--excludes", inside("conda-has.txt")}, file,
                 source);
}

Result<std::vector<environment::LockedPackage>> EnvironmentBuilder::compile(
    std::vector<std::string> more, const RequirementsFile& file, const std::string& source) {
  std::vector<std::string> arguments{"pip",
                                     "compile",
                                     "--python",
                                     python_,
                                     "--generate-hashes",
                                     "--no-header",
                                     "--no-annotate",
                                     inside("requirements.txt")};
  std::ranges::move(more, std::back_inserter(arguments));
  const auto compiled =
      run_uv(with_options(std::move(arguments), file.build_constraints), "resolving");
  if (!compiled) return compiled.error();
  if (!compiled->succeeded()) return explain_uv_failure("cannot resolve " + source, *compiled);
  if (holds_credentials(compiled->out)) {
    return Error{"cannot lock " + source + ": a requirement's URL holds credentials",
                 "put them into ~/.netrc, so that they do not end up in the lock", 0, Fault::user};
  }
  return environment::EnvironmentLock::parse_requirements(compiled->out);
}

Result<void> EnvironmentBuilder::build(const environment::EnvironmentLock& lock,
                                       const std::string& source) {
  const bool is_condas = !lock.conda.empty();
  TRY(is_condas ? install_beside_conda(lock, source) : install(lock, source));
  TRY(write_startup(lock.startup));
  TRY(write_variables(lock));
  return setup_.paths.has_own_python ? finish_byte_code() : Result<void>();
}

Result<void> EnvironmentBuilder::install(const environment::EnvironmentLock& lock,
                                         const std::string& source) {
  TRY(prepare());
  TRY(write("lock.txt", lock.requirements()));
  TRY(write("build-constraints.txt", lock.build_constraints));
  TRY(make_virtual_environment());
  TRY_ASSIGN(
      const auto filled,
      run_uv(with_options({"pip", "sync", "--python", setup_.paths.prefix + "/bin/python",
                           "--require-hashes", "--allow-empty-requirements", inside("lock.txt")},
                          lock.build_constraints),
             "building"));
  if (filled.succeeded()) return {};
  return explain_uv_failure("cannot build the environment of " + source, filled);
}

Result<void> EnvironmentBuilder::make_virtual_environment() {
  // --allow-existing: the work folder is there already.
  const auto made = run_uv({"venv", "--quiet", "--no-project", "--allow-existing", "--python",
                            python_, setup_.paths.prefix},
                           "building");
  if (!made) return made.error();
  if (made->succeeded()) return {};
  return explain_uv_failure("cannot make an environment", *made);
}

Result<void> EnvironmentBuilder::build_difference(const environment::EnvironmentLock& lock,
                                                  const std::string& source) {
  TRY(prepare());
  auto added = lock;
  std::erase_if(added.packages,
                [&](const auto& package) { return holds_package(setup_.base->lock, package); });
  TRY(write("added.txt", added.requirements()));
  TRY(write("build-constraints.txt", lock.build_constraints));
  TRY(make_virtual_environment());
  if (!added.packages.empty()) {
    // The lock is complete: whatever else these packages need is in the base.
    TRY_ASSIGN(const auto filled,
               run_uv(with_options(
                          {"pip", "install", "--python", setup_.paths.prefix + "/bin/python",
                           "--no-deps", "--require-hashes", "--requirements", inside("added.txt")},
                          lock.build_constraints),
                      "building"));
    if (!filled.succeeded())
      return explain_uv_failure("cannot build the environment of " + source, filled);
  }
  TRY(write_startup(lock.startup));
  return hide_in_base(lock);
}

Result<void> EnvironmentBuilder::hide_in_base(const environment::EnvironmentLock& lock) {
  const auto& base = *setup_.base;
  std::string names;
  for (const auto& package : base.lock.packages) {
    if (!holds_package(lock, package)) names += (names.empty() ? "" : " ") + package.name;
  }
  const bool has_other_startup = lock.startup.empty() && !base.lock.startup.empty();
  const auto files = has_other_startup ? startup_file() : std::string();
  if (names.empty() && files.empty()) return {};
  TRY_ASSIGN(const auto hidden, run({python_, "-I", "-c", std::string(whiteouts_program),
                                     base.place, setup_.paths.prefix, names, files},
                                    "building"));
  if (hidden.succeeded()) return {};
  return Error{"cannot tell what of the curated environment is not wanted: the image's python " +
                   hidden.ending(),
               "take the file *.base.lock.json beside the list of packages away", 0, Fault::user};
}

Result<void> EnvironmentBuilder::install_beside_conda(const environment::EnvironmentLock& lock,
                                                      const std::string& source) {
  if (lock.packages.empty()) return {};
  TRY(prepare());
  TRY(write("lock.txt", lock.requirements()));
  TRY(write("build-constraints.txt", lock.build_constraints));
  // The lock is complete: whatever else these packages need, conda has installed.
  TRY_ASSIGN(
      const auto filled,
      run_uv(with_options({"pip", "install", "--python", python_, "--break-system-packages",
                           "--no-deps", "--require-hashes", "--requirements", inside("lock.txt")},
                          lock.build_constraints),
             "building"));
  if (filled.succeeded()) return {};
  return explain_uv_failure("cannot build the environment of " + source, filled);
}

Result<void> EnvironmentBuilder::finish_byte_code() {
  TRY_ASSIGN(const auto done, run({setup_.paths.prefix + "/bin/python", "-I", "-S",
                                   setup_.paths.tools + "/conda-bytecode.py"},
                                  "compiling byte code"));
  if (done.succeeded()) return {};
  return Error{"conda's python does not work inside the image: it " + done.ending(),
               "look whether the image is one of this machine's kind, with a glibc", 0,
               Fault::user};
}

/// In the format of the image's own variables: the plugin reads both (image_environment.hpp).
Result<void> EnvironmentBuilder::write_variables(const environment::EnvironmentLock& lock) const {
  if (lock.variables.empty()) return {};
  std::string records;
  for (const auto& [name, value] : lock.variables) records += "env=" + name + "=" + value + '\0';
  return write_file(setup_.scratch + "/environment.conf", records, 0644);
}

/// Python runs the lines of a .pth file in site-packages that start with "import".
Result<void> EnvironmentBuilder::write_startup(const std::string& startup) const {
  if (startup.empty()) return {};
  return write_file(setup_.scratch + "/" + startup_file(), startup, 0644);
}

std::string EnvironmentBuilder::startup_file() const {
  const auto major_minor = python_version_.substr(0, python_version_.rfind('.'));
  return "lib/python" + major_minor + "/site-packages/chainer-framework.pth";
}

std::vector<std::string> EnvironmentBuilder::with_options(
    std::vector<std::string> arguments, const std::string& build_constraints) const {
  // uv warns about an empty file.
  if (!build_constraints.empty()) {
    arguments.insert(arguments.end(), {"--build-constraints", inside("build-constraints.txt")});
  }
  // uv has a variable for every option about indexes but this one.
  if (setup_.settings.no_index) arguments.emplace_back("--no-index");
  return arguments;
}

Result<void> EnvironmentBuilder::write(const std::string& name, std::string_view text) const {
  return write_work_file(setup_.scratch, name, text);
}

std::string EnvironmentBuilder::inside(const std::string& name) const {
  return setup_.paths.prefix + "/" + std::string(work_folder_name) + "/" + name;
}

Result<ProgramOutput> EnvironmentBuilder::run(std::vector<std::string> argv,
                                              const std::string& doing) {
  const auto environment =
      builder_environment(setup_.job, exec_.image_environment(), setup_.settings, setup_.paths);
  return exec_.run({std::move(argv), environment}, [&](std::string_view output) {
    const auto news = latest_news(output);
    on_progress_(news.empty() ? doing : without_credentials(news));
  });
}

Result<ProgramOutput> EnvironmentBuilder::run_uv(std::vector<std::string> arguments,
                                                 const std::string& doing) {
  arguments.insert(arguments.begin(), setup_.paths.tools + "/uv");
  return run(std::move(arguments), doing);
}

}  // namespace chainer::builder
