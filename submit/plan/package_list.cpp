#include "submit/plan/package_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/match_spec.hpp"
#include "submit/input/newest_version.hpp"
#include "submit/plan/conda_list.hpp"

namespace chainer::plan {
namespace {

struct Wanted {
  std::string text;
  toml::Place place;
  Requirement requirement;
};
using WantedPackages = std::multimap<std::string, Wanted, std::less<>>;  // by product

/// The wheels of CuPy for each CUDA and ROCm are packages of their own that all hold the same
/// files: of two such packages, one spoils the other. So they are one product.
std::string product_of(const std::string& package) {
  return package.starts_with("cupy-cuda") || package.starts_with("cupy-rocm") ? "cupy" : package;
}

/// What the user asks for, by product; reports what is not a requirement.
WantedPackages wanted_packages(const input::Estimator& estimator,
                               const std::vector<input::RequirementLine>& file_lines,
                               toml::Report& report) {
  WantedPackages wanted;
  const auto add = [&](const std::string& text, const toml::Place& place, const Requirement& one) {
    wanted.emplace(product_of(one.package()), Wanted{text, place, one});
  };
  if (estimator.pip_packages) {
    for (const auto& [text, place] : estimator.pip_packages->value) {
      const auto requirement = input::read_requirement(text, place, report);
      if (requirement) add(text, place, *requirement);
    }
  }
  for (const auto& line : file_lines) {
    if (line.requirement) add(line.text, line.place, *line.requirement);
  }
  return wanted;
}

/// A requirement of the recipe's.
struct Curated {
  std::string text;
  std::optional<Requirement> requirement;  ///< empty for what is not one, which nothing replaces
};

/// The recipe's own packages for this run.
std::vector<Curated> curated_packages(const input::Recipe& recipe, bool with_gpus) {
  std::vector<Curated> curated;
  const auto add = [&](const std::vector<std::string>& lines) {
    for (const auto& line : lines) {
      auto parsed = Requirement::parse(line);
      curated.push_back({line, parsed ? std::optional(*std::move(parsed)) : std::nullopt});
    }
  };
  add(recipe.pip);
  if (with_gpus) add(recipe.gpu_pip);
  return curated;
}

/// Whether the recipe's version stays: the user names the same package without a version.
bool keeps(const Requirement& wanted, const Curated& curated) {
  return curated.requirement && wanted.package() == curated.requirement->package() &&
         !wanted.names_version();
}

/// The user's requirement that replaces the recipe's: the first one that gives a version.
const Wanted* replacement_of(const Curated& curated, const WantedPackages& wanted) {
  if (!curated.requirement) return nullptr;
  const auto [begin, end] = wanted.equal_range(product_of(curated.requirement->package()));
  const auto found = std::find_if(
      begin, end, [&](const auto& entry) { return !keeps(entry.second.requirement, curated); });
  return found == end ? nullptr : &found->second;
}

/// The recipe's limit that this requirement may exceed; what a URL brings is not known.
const Requirement* broken_limit(const Requirement& wanted, const input::Recipe& recipe) {
  if (!wanted.url().empty()) return nullptr;
  const auto newest = input::NewestVersion::of(wanted.conditions());
  const auto found = std::ranges::find_if(recipe.works_with, [&](const Requirement& limit) {
    return product_of(limit.package()) == product_of(wanted.package()) &&
           (!newest || *newest > *input::NewestVersion::of(limit.conditions()));
  });
  return found == recipe.works_with.end() ? nullptr : &*found;
}

bool is_older(const Requirement& wanted, const Requirement& curated) {
  if (!curated.conditions().starts_with("==")) return false;  // `<70` itself allows older ones
  const auto newest = input::NewestVersion::of(wanted.conditions());
  const auto checked = input::NewestVersion::of(curated.conditions());
  return newest && checked && *newest < *checked;
}

void report_replaced(const Wanted& wanted, const Curated& curated, const input::Recipe& recipe,
                     toml::Report& report) {
  const auto whose = fmt::format("{} of framework_version {}", curated.text, recipe.version);
  report.warning(wanted.place,
                 is_older(wanted.requirement, *curated.requirement)
                     ? fmt::format("{} is older than {}, which it replaces", wanted.text, whose)
                     : fmt::format("{} replaces {}", wanted.text, whose),
                 "Chainer was checked with its own versions only");
}

/// A run with such a package ends long after the queue, where Chainer first meets it.
void report_too_new(const Wanted& wanted, const Requirement& limit, const input::Recipe& recipe,
                    toml::Report& report) {
  const auto works = limit.package() + limit.conditions();
  report.warning(wanted.place,
                 fmt::format("{} lets in versions that framework_version {} does not work with: "
                             "it needs {}",
                             wanted.text, recipe.version, works),
                 fmt::format("ask for {}, or for another framework_version", works));
}

/// Mostly use_gpu was forgotten: Slurm gives such a run no GPU, and it trains on the CPU.
void report_idle_cupy(const WantedPackages& wanted, toml::Report& report) {
  const auto [begin, end] = wanted.equal_range("cupy");
  std::for_each(begin, end, [&](const auto& entry) {
    report.warning(entry.second.place,
                   fmt::format("{} without use_gpu: the run gets no GPU", entry.second.text),
                   "write use_gpu = true, or leave CuPy out");
  });
}

/// Reports where the user's packages conflict with the recipe.
void compare(const WantedPackages& wanted, const std::vector<Curated>& curated,
             const input::Recipe& recipe, toml::Report& report) {
  for (const auto& entry : wanted) {
    const auto& one = entry.second;
    const auto own = std::ranges::find_if(curated, [&](const Curated& candidate) {
      return replacement_of(candidate, wanted) == &one;
    });
    const bool kept = std::ranges::any_of(
        curated, [&](const Curated& candidate) { return keeps(one.requirement, candidate); });
    if (const auto* limit = kept ? nullptr : broken_limit(one.requirement, recipe))
      report_too_new(one, *limit, recipe, report);
    else if (own != curated.end() && own->text != one.text)
      report_replaced(one, *own, recipe, report);
  }
}

/// Without CuPy, Chainer trains on the CPU and tells nobody. An image's own CuPy does not help: the
/// run's environment does not see the image's packages.
void check_cupy(const input::Estimator& estimator, const input::Recipe& recipe,
                const std::vector<Curated>& curated, const WantedPackages& wanted,
                const std::vector<input::RequirementLine>& file_lines, toml::Report& report) {
  const auto is_cupy = [](const Curated& own) {
    return own.requirement && product_of(own.requirement->package()) == "cupy";
  };
  // A line of a requirements file may be nothing but a URL.
  const auto names_cupy = [](const input::RequirementLine& line) {
    return !line.requirement &&
           line.text.substr(0, line.text.find('#')).find("cupy") != line.text.npos;
  };
  const bool comes_by_conda = estimator.conda_packages &&
                              std::ranges::any_of(estimator.conda_packages->value,
                                                  [](const toml::Located<std::string>& package) {
                                                    const auto spec =
                                                        MatchSpec::parse(package.value);
                                                    return spec && spec->name() == "cupy";
                                                  });
  if (comes_by_conda || wanted.contains("cupy") || std::ranges::any_of(curated, is_cupy) ||
      std::ranges::any_of(file_lines, names_cupy))
    return;
  const bool takes_any = std::ranges::none_of(recipe.works_with, [](const Requirement& limit) {
    return product_of(limit.package()) == "cupy";
  });
  report.error(
      estimator.use_gpu->place,
      fmt::format("use_gpu is true, and CuPy is neither in framework_version {} nor among the "
                  "run's packages",
                  recipe.version),
      fmt::format("{}take a framework_version that brings it: chainer-submit versions",
                  takes_any ? "add the one for the image's CUDA to pip_packages, such as "
                              "\"cupy-cuda12x\", or "
                            : ""));
}

std::string one_a_line(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

void check_packages(const input::Estimator& estimator, toml::Report& report) {
  wanted_packages(estimator, {}, report);
}

std::string requirements_text(const input::Estimator& estimator, const input::Recipe& recipe,
                              const std::vector<input::RequirementLine>& file_lines,
                              toml::Report& report) {
  const auto wanted = wanted_packages(estimator, file_lines, report);
  const bool with_gpus = estimator.use_gpu && estimator.use_gpu->value;
  const auto curated = curated_packages(recipe, with_gpus);
  compare(wanted, curated, recipe, report);
  if (with_gpus)
    check_cupy(estimator, recipe, curated, wanted, file_lines, report);
  else
    report_idle_cupy(wanted, report);

  std::string text = fmt::format("# framework_version {}\n", recipe.version);
  for (const auto& own : curated) {
    if (!replacement_of(own, wanted)) text += own.text + "\n";
  }
  if (estimator.pip_packages && !estimator.pip_packages->value.empty()) {
    text += "# pip_packages\n";
    for (const auto& package : estimator.pip_packages->value) text += package.value + "\n";
  }
  if (!file_lines.empty()) {
    text += "# pip_requirements_file\n";
    for (const auto& line : file_lines) text += line.text + "\n";
  }
  return text;
}

std::string build_constraints_text(const input::Recipe& recipe) {
  return one_a_line(recipe.build_constraints);
}

std::string startup_text(const input::Estimator& estimator, const input::Recipe& recipe) {
  return conda_file_of(estimator) ? "" : one_a_line(recipe.startup);
}

}  // namespace chainer::plan
