#include "submit/plan/inspection.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/text_file.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/environment_definition.hpp"
#include "submit/input/estimator.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/overrides.hpp"
#include "submit/plan/curated_base.hpp"
#include "submit/plan/job_template.hpp"
#include "submit/plan/missing_path.hpp"
#include "submit/plan/other_files.hpp"
#include "submit/plan/package_keys.hpp"
#include "submit/plan/resolve.hpp"

namespace chainer::plan {
namespace {

namespace fs = std::filesystem;

/// Whether a table of registry details, anywhere in `table`, holds a password in any form.
bool holds_password(const toml::Table& table, bool is_of_registry = false) {
  return std::ranges::any_of(table, [&](const toml::Member& member) {
    if (is_of_registry && member.key == "password") return true;
    const auto* inner = std::get_if<toml::Table>(&member.value.data);
    return inner && holds_password(*inner, member.key.ends_with("image_registry_details") ||
                                               member.key == "base_image_registry");
  });
}

/// Findings show the line that they are about, but a line with a password must not be shown. So
/// what follows the word is starred out in the copy that is kept for findings; no run ever comes of
/// such a file.
void hide_passwords(std::string& text) {
  constexpr std::string_view word = "password";
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    auto from = at + word.size();
    if (from < text.size() && text[from] == '_') continue;
    for (; from < text.size() && text[from] != '\n'; ++from) text[from] = '*';
  }
}

/// The parser's message may quote the text that it stopped at.
void hide_password(Finding& finding, const std::string& text) {
  const auto line = SourceText(text).line(finding.at.line);
  for (auto at = line.find("password"); at != line.npos; at = line.find("password", at + 1)) {
    if (line.substr(at).starts_with("password_")) continue;
    finding.message = "this is no TOML; the line is not shown, since it seems to hold a password";
    finding.hint = "give a password by password_file or password_env; both need a text in quotes";
    return;
  }
}

struct Hints {
  std::string where_unreadable{};
  std::string where_no_toml{};  ///< instead of what the parser suggests
};

/// Reads and parses one file; nothing when it has reported why it could not.
std::optional<toml::Table> read_document(const std::string& file, const std::string& path,
                                         const Hints& hints, Inspection& inspection,
                                         toml::Report& report) {
  auto text = read_text_file(path);
  if (!text) {
    report.error({file, {}}, fmt::format("cannot read it: {}", text.error().what),
                 hints.where_unreadable);
    return std::nullopt;
  }
  auto parsed = toml::parse_toml(*text, file);
  inspection.texts[file] = *std::move(text);
  if (auto* finding = std::get_if<Finding>(&parsed)) {
    if (!hints.where_no_toml.empty()) finding->hint = hints.where_no_toml;
    hide_password(*finding, inspection.texts[file]);
    hide_passwords(inspection.texts[file]);
    report.take(std::move(*finding));
    return std::nullopt;
  }
  if (holds_password(std::get<toml::Table>(parsed))) hide_passwords(inspection.texts[file]);
  return std::get<toml::Table>(std::move(parsed));
}

/// A path as messages name it: relative to the working folder where it lies below it, else in full.
std::string shown(const std::string& path, const std::string& working_folder) {
  const auto relative = fs::path(path).lexically_relative(working_folder).string();
  return relative.empty() || relative.starts_with("..") ? path : relative;
}

SourceTree find_source(const input::Estimator& estimator, const std::optional<input::Site>& site,
                       const Facts& facts, toml::Report& report) {
  if (!estimator.source_directory && !estimator.misses("source_directory")) return {};
  const auto place =
      estimator.source_directory ? estimator.source_directory->place : estimator.whole;
  const std::string written =
      estimator.source_directory
          ? estimator.source_directory->value
          : input::default_of(input::estimator_keys(), &input::Estimator::source_directory);
  auto folder = (fs::path(start_of_paths(facts, place)) / written).lexically_normal().string();
  if (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  for (const auto& runs : site ? site->all_runs() : std::vector<std::string>()) {
    if (!(runs + "/").starts_with(folder + "/")) continue;
    report.error(place,
                 fmt::format("source_directory {} holds the site's runs ({})",
                             shown(folder, facts.working_folder), runs),
                 "put the scripts into a folder of their own");
    return {};
  }
  return list_source(folder, shown(folder, facts.working_folder), site ? &site->limits : nullptr,
                     place, report,
                     hint_on_missing(written, path_meant_by(written, start_of_paths(facts, place)),
                                     "source_directory starts at the estimator's own folder"));
}

struct ProjectFile {
  std::string path;  ///< inside source_directory
  std::string text;
};

/// The file of the project that a key names; nothing when there is none, or when its fault was
/// reported.
std::optional<ProjectFile> find_file(std::string_view key, const input::Given<std::string>& file,
                                     const SourceTree& source, toml::Report& report) {
  if (!file || !source.whole) return std::nullopt;
  const auto path = inside(file->value);
  if (path.empty()) {
    report.error(file->place,
                 fmt::format("{} '{}' is not inside source_directory", key, file->value),
                 "write its path relative to source_directory, without '..'");
    return std::nullopt;
  }
  auto text = read_text_file(source.folder + "/" + path);
  if (!text) {
    report.error(
        file->place,
        fmt::format("cannot read {} {}/{}: {}", key, source.shown, path, text.error().what),
        hint_on_missing(file->value, file_meant_by(path, source),
                        "paths start at source_directory"));
    return std::nullopt;
  }
  return ProjectFile{path, *std::move(text)};
}

std::vector<input::RequirementLine> find_requirements(const input::Estimator& estimator,
                                                      const SourceTree& source,
                                                      Inspection& inspection,
                                                      toml::Report& report) {
  auto file = find_file("pip_requirements_file", requirements_file_of(estimator), source, report);
  if (!file) return {};
  auto lines = input::read_requirements(file->text, file->path, report);
  inspection.texts.emplace(file->path, std::move(file->text));
  return lines;
}

/// Reads the file that environment_definition names, and sets the keys that it stands for.
void read_environment_definition(input::Estimator& estimator, const Request& request,
                                 Inspection& inspection, toml::Report& report) {
  if (!estimator.environment_definition) return;
  auto& definition = estimator.environment_definition->value;
  if (const auto file = definition.file) {
    const auto folder = file->place.file == input::overrides_file
                            ? fs::path(request.working_folder)
                            : (fs::path(request.working_folder) / request.file).parent_path();
    const auto path = (folder / file->value).lexically_normal().string();
    std::error_code none;
    if (!fs::is_regular_file(path, none)) {
      return report.error(file->place,
                          fmt::format("environment_definition: there is no file {}", path),
                          hint_on_missing(file->value, path_meant_by(file->value, folder.string()),
                                          "paths start at the estimator's folder"));
    }
    const auto name = shown(path, request.working_folder);
    const auto& document = inspection.documents.definition =
        read_document(name, path, {}, inspection, report);
    if (!document) return;
    definition = input::read_definition(*document, report);
  }
  input::take_over_definition(estimator, report);
}

std::optional<WrittenCondaFile> find_conda_file(const input::Estimator& estimator,
                                                const SourceTree& source, Inspection& inspection,
                                                toml::Report& report) {
  auto file = find_file("conda_dependencies_file", conda_file_of(estimator), source, report);
  if (!file) return std::nullopt;
  const auto& place = conda_file_of(estimator)->place;
  auto written = read_written_conda_file(file->text, file->path, place, report);
  inspection.texts.emplace(file->path, std::move(file->text));
  return written;
}

Facts gather_facts(const input::Estimator& estimator, const Request& request,
                   Inspection& inspection, toml::Report& report) {
  const auto& site = inspection.site;
  Facts facts;
  facts.working_folder = request.working_folder;
  facts.folder =
      (fs::path(request.working_folder) / request.file).parent_path().lexically_normal().string();
  facts.source = find_source(estimator, site, facts, report);
  facts.requirements = find_requirements(estimator, facts.source, inspection, report);
  facts.conda = find_conda_file(estimator, facts.source, inspection, report);
  facts.inputs = find_inputs(estimator, facts.folder, facts.working_folder);
  if (const auto& resume = estimator.resume_from) {
    const auto path = fs::path(start_of_paths(facts, resume->place)) / resume->value;
    facts.checkpoint = find_checkpoint(path.lexically_normal().string());
    facts.checkpoint.meant = path_meant_by(resume->value, start_of_paths(facts, resume->place));
  }
  if (const auto* file = credentials_file_of(estimator)) {
    const auto path = fs::path(start_of_paths(facts, (*file)->place)) / (*file)->value;
    std::error_code none;
    facts.credentials = {path.lexically_normal().string(), fs::is_regular_file(path, none),
                         path_meant_by((*file)->value, start_of_paths(facts, (*file)->place))};
  }
  if (site && !is_user_managed(estimator)) {
    const auto version = framework_version_of(estimator, *site);
    facts.recipe = input::read_recipe(site->recipes, version, report);
    if (is_optimized(estimator)) {
      facts.curated.name = curated_lock_name(estimator, version.value);
      if (auto text = read_text_file(site->recipes + "/" + facts.curated.name))
        facts.curated.text = *std::move(text);
    }
  }
  return facts;
}

std::string path_from(const std::string& folder, const std::string& file) {
  return (fs::path(folder) / file).string();
}

/// The site's file decides for everybody where runs lie and what they are made of. In a user's own
/// file, write permission for the group is the user's business.
bool others_can_write(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;  // reading it says why
  const mode_t forbidden = status.st_uid == 0 ? S_IWGRP | S_IWOTH : S_IWOTH;
  return (status.st_mode & forbidden) != 0;
}

/// The template that --template or the site names.
struct NamedTemplate {
  std::string path;
  std::string shown;  ///< as findings name it
  toml::Place place;  ///< of its name
};

std::optional<NamedTemplate> named_template(const Request& request,
                                            const std::optional<input::Site>& site) {
  const auto& own = request.template_file;
  if (!own.empty()) return NamedTemplate{path_from(request.working_folder, own), own, {own, {}}};
  if (!site || !site->job_template) return std::nullopt;
  const auto path = path_from(request.working_folder, site->job_template->value);
  return NamedTemplate{path, shown(path, request.working_folder), site->job_template->place};
}

std::optional<JobTemplate> read_template(const Request& request, Inspection& inspection,
                                         toml::Report& report) {
  const auto named = named_template(request, inspection.site);
  if (!named) return std::nullopt;
  auto text = read_text_file(named->path);
  if (!text) {
    report.error(named->place, fmt::format("cannot read the job template {}: {}", named->shown,
                                           text.error().what));
    return std::nullopt;
  }
  if (request.template_file.empty() && others_can_write(named->path)) {
    report.error(
        named->place,
        fmt::format("others than its owner can write to {}, which every job runs", named->shown),
        "an administrator must take that permission away: chmod go-w " + named->path);
  }
  inspection.texts.emplace(named->shown, *text);
  return JobTemplate{named->shown, *std::move(text)};
}

/// A job template is for Slurm's jobs: in a run without Slurm the site's is left out, and one that
/// was asked for by name must be a mistake.
void put_template(JobTemplate job_template, const Request& request, Plan& plan,
                  toml::Report& report) {
  if (!plan.is_local) {
    check_template(job_template, plan, report);
    plan.job_template = std::move(job_template);
  } else if (!request.template_file.empty()) {
    report.error({request.template_file, {}},
                 "compute_target is \"local\", and a run without Slurm has no job template",
                 "leave --template out, or name a target of the site file");
  }
}

void read_site_file(const std::string& file, const std::string& working_folder,
                    Inspection& inspection, toml::Report& report) {
  const auto& document = inspection.documents.site =
      read_document(file, path_from(working_folder, file),
                    {hint_on_missing(file, path_meant_by(file, working_folder),
                                     "name the site file with --site or $CHAINER_SUBMIT_SITE")},
                    inspection, report);
  if (!document) return;
  if (others_can_write(path_from(working_folder, file))) {
    report.error({file, {}}, "others than its owner can write to it",
                 "an administrator must take that permission away: chmod go-w " + file);
  }
  inspection.site = input::read_site(*document, file, report);
  if (!inspection.site) return;
  struct stat status {};
  if (::stat(path_from(working_folder, file).c_str(), &status) == 0) {
    inspection.site->owner = status.st_uid;
  }
  // Relative paths of the site file start at its own folder.
  inspection.site->recipes = path_from(working_folder, inspection.site->recipes);
}

/// The site that its file describes, or this machine alone where there is no file.
void find_site(const std::string& file, const std::string& working_folder,
               const input::OwnFolders& own, Inspection& inspection, toml::Report& report) {
  if (file.empty())
    inspection.site = input::site_of_this_machine(own);
  else
    read_site_file(file, working_folder, inspection, report);
  if (inspection.site) inspection.site->local = input::target_of_this_machine();
}

}  // namespace

Inspection inspect_site(const std::string& site_file, const std::string& working_folder,
                        const input::OwnFolders& own) {
  Inspection inspection;
  toml::Report report;
  find_site(site_file, working_folder, own, inspection, report);
  inspection.findings = report.sorted();
  return inspection;
}

Inspection inspect(const Request& request) {
  Inspection inspection;
  toml::Report report;
  find_site(request.site_file, request.working_folder, request.own, inspection, report);

  const auto hint = hint_on_other_file(request.file);
  auto& document = inspection.documents.estimator = read_document(
      request.file, path_from(request.working_folder, request.file),
      {hint_on_missing(request.file, path_meant_by(request.file, request.working_folder, ".toml"),
                       hint),
       hint},
      inspection, report);
  if (document) {
    inspection.texts.emplace(input::overrides_file, input::overrides_text(request.overrides));
    input::apply_overrides(request.overrides, *document, report);
    inspection.estimator = input::read_estimator(*document, request.file, report);
    read_environment_definition(*inspection.estimator, request, inspection, report);
    const auto& estimator = *inspection.estimator;
    const auto facts = gather_facts(estimator, request, inspection, report);
    if (inspection.site) {
      auto job_template = read_template(request, inspection, report);
      inspection.plan = resolve(estimator, *inspection.site, facts, report);
      if (inspection.plan && job_template) {
        put_template(*std::move(job_template), request, *inspection.plan, report);
        if (report.has_errors()) inspection.plan.reset();
      }
    } else {
      check_without_site(estimator, facts, report);
      report.warning(
          {request.file, {}},
          "without a site file that reads, this was not checked: compute_target, the image, "
          "framework_version and its packages, and what the site and its nodes allow");
    }
  }
  inspection.findings = report.sorted();
  return inspection;
}

std::string render(const Inspection& inspection, Colour colour) {
  std::map<std::string_view, SourceText> sources;
  for (const auto& [file, text] : inspection.texts) sources.emplace(file, text);
  const SourceText nothing("");
  std::string text;
  for (const auto& finding : inspection.findings) {
    const auto source = sources.find(finding.file);
    text += render(finding, source == sources.end() ? nothing : source->second, colour);
  }
  return text;
}

}  // namespace chainer::plan
