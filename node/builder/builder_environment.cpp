#include "node/builder/builder_environment.hpp"

#include <algorithm>
#include <array>

namespace chainer::builder {
namespace {

bool stays_outside(std::string_view name) {
  // A build that imports MPI must not join the step; the host's library paths and Pythons are not
  // the image's; TMPDIR may name a folder that the image does not see.
  constexpr std::array prefixes{"SLURM", "SPANK", "SRUN_",     "SBATCH_", "PMI",
                                "OMPI_", "PRTE_", "CHAINER_",  "LD_",     "PYTHON",
                                "CONDA", "PYENV", "BASH_FUNC_"};
  constexpr std::array names{"VIRTUAL_ENV",
                             "TMPDIR",
                             "TMP",
                             "TEMP",
                             "UV_PYTHON",
                             "UV_SYSTEM_PYTHON",
                             "UV_PROJECT_ENVIRONMENT",
                             "UV_NO_CACHE",
                             "SSL_CERT_DIR",
                             "PIP_TARGET",
                             "PIP_PREFIX",
                             "PIP_USER"};
  return std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); }) ||
         std::ranges::find(names, name) != names.end();
}

std::string joined(const std::vector<std::string>& words, char separator) {
  std::string text;
  for (const auto& word : words)
    text.append(text.empty() ? "" : std::string(1, separator)).append(word);
  return text;
}

void add_indexes(Variables& variables, const PipSettings& settings) {
  set_unless(variables, {"UV_DEFAULT_INDEX", "UV_INDEX_URL"}, settings.index_url);
  set_unless(variables, {"UV_INDEX", "UV_EXTRA_INDEX_URL"}, joined(settings.extra_index_urls, ' '));
  set_unless(variables, {"UV_FIND_LINKS"}, joined(settings.find_links, ','));
  set_unless(variables, {"UV_INSECURE_HOST"}, joined(settings.trusted_hosts, ' '));
  set_unless(variables, {"UV_HTTP_TIMEOUT"}, settings.timeout);
  set_unless(variables, {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}, settings.proxy);
  set_unless(variables, {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"}, settings.proxy);
}

/// One set of certificates for uv and for all that a build may call.
void add_certificates(Variables& variables, const std::string& file) {
  for (const auto* name :
       {"SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"}) {
    if (file.empty())
      variables.erase(name);  // it would name a file of the host
    else
      variables[name] = file;
  }
}

void add_builder(Variables& variables, const BuilderPaths& paths) {
  variables["UV_LINK_MODE"] = "copy";  // the cache and the environment are on different mounts
  variables["UV_NO_PROGRESS"] = "1";
  variables["UV_PYTHON_DOWNLOADS"] = "never";
  variables["UV_PYTHON_PREFERENCE"] = "only-system";
  // The environment is mounted read-only, so this is the only time that byte code can be written;
  // the packed times are not the files' own, so byte code must not be compared with them.
  variables["UV_COMPILE_BYTECODE"] = "1";
  variables["PYC_INVALIDATION_MODE"] = "UNCHECKED_HASH";
  variables["NO_COLOR"] = "1";
  if (!paths.temporary.empty()) variables["TMPDIR"] = paths.temporary;
  if (paths.has_own_python) {
    // As in an activated conda environment: a compiler or an MPI of its own is found first.
    const auto path = value_of(variables, "PATH");
    variables["PATH"] = paths.prefix + "/bin" + (path.empty() ? "" : ":" + path);
    variables["CONDA_PREFIX"] = paths.prefix;
  }
  if (paths.cache.empty())
    variables["UV_NO_CACHE"] = "1";
  else
    variables["UV_CACHE_DIR"] = paths.cache;
}

}  // namespace

std::vector<std::string> builder_environment(const Variables& job,
                                             const std::vector<std::string>& image,
                                             const PipSettings& settings,
                                             const BuilderPaths& paths) {
  Variables variables;
  for (const auto& [name, value] : job) {
    if (!stays_outside(name)) variables.emplace(name, value);
  }
  for (const auto& entry : image) {
    const auto equals = entry.find('=');
    if (equals != std::string::npos) variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  add_indexes(variables, settings);
  add_certificates(variables, paths.certificates);
  add_builder(variables, paths);

  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

}  // namespace chainer::builder
