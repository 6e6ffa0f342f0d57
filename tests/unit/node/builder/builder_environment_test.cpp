#include "node/builder/builder_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::builder_environment_test {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> environment(const builder::Variables& job,
                                     const std::vector<std::string>& image = {},
                                     const builder::PipSettings& settings = {},
                                     const builder::BuilderPaths& paths = {}) {
  return builder::builder_environment(job, image, settings, paths);
}

TEST(BuilderEnvironment, PutsTheImagesVariablesOverTheJobs) {
  const auto entries =
      environment({{"PATH", "/host"}, {"CFLAGS", "-O1"}}, {"PATH=/opt/conda/bin:/usr/bin"});
  EXPECT_THAT(entries, Contains("PATH=/opt/conda/bin:/usr/bin"));
  EXPECT_THAT(entries, Contains("CFLAGS=-O1"));
}

TEST(BuilderEnvironment, LeavesTheStepAndTheHostsLibrariesOutside) {
  const auto entries = environment({{"SLURM_PROCID", "0"},
                                    {"PMIX_RANK", "0"},
                                    {"OMPI_MCA_x", "1"},
                                    {"LD_PRELOAD", "/x.so"},
                                    {"PYTHONPATH", "/x"},
                                    {"VIRTUAL_ENV", "/v"},
                                    {"TMPDIR", "/local"}});
  for (const auto* name : {"SLURM", "PMIX", "OMPI", "LD_", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR"}) {
    EXPECT_THAT(entries, Not(Contains(StartsWith(name))));
  }
}

TEST(BuilderEnvironment, TellsUvWhatPipKnows) {
  builder::PipSettings settings;
  settings.index_url = "https://i/";
  settings.extra_index_urls = {"https://a/", "https://b/"};
  settings.find_links = {"/l", "https://m/"};
  settings.trusted_hosts = {"i"};
  settings.proxy = "http://p:1";
  const auto entries = environment({}, {}, settings);
  for (const auto* entry : {"UV_DEFAULT_INDEX=https://i/", "UV_INDEX=https://a/ https://b/",
                            "UV_FIND_LINKS=/l,https://m/", "UV_INSECURE_HOST=i",
                            "HTTPS_PROXY=http://p:1", "HTTP_PROXY=http://p:1"}) {
    EXPECT_THAT(entries, Contains(entry));
  }
}

TEST(BuilderEnvironment, LetsThePersonsOwnVariablesWin) {
  builder::PipSettings settings;
  settings.index_url = "https://pip/";
  settings.proxy = "http://pip:1";
  const auto entries =
      environment({{"UV_INDEX_URL", "https://uv/"}, {"https_proxy", "http://own:1"}}, {}, settings);
  EXPECT_THAT(entries, Contains("UV_INDEX_URL=https://uv/"));
  EXPECT_THAT(entries, Not(Contains(StartsWith("UV_DEFAULT_INDEX"))));
  EXPECT_THAT(entries, Not(Contains(StartsWith("HTTPS_PROXY"))));
}

TEST(BuilderEnvironment, NamesCertificatesAsTheInsideSeesThem) {
  builder::BuilderPaths paths;
  paths.certificates = "/opt/chainer/env/.chainer/certificates.pem";
  const builder::Variables job{{"SSL_CERT_FILE", "/host.pem"}, {"SSL_CERT_DIR", "/host"}};
  EXPECT_THAT(environment(job, {}, {}, paths), Contains("SSL_CERT_FILE=" + paths.certificates));
  EXPECT_THAT(environment(job), Not(Contains(StartsWith("SSL_CERT"))));
}

TEST(BuilderEnvironment, LeavesItsFilesWhereTheyGoWithTheBuild) {
  builder::BuilderPaths paths;
  const builder::Variables job{{"TMPDIR", "/scratch"}};
  EXPECT_THAT(environment(job, {}, {}, paths), Not(Contains(StartsWith("TMPDIR"))));
  paths.temporary = "/opt/chainer/env/.chainer/tmp";
  EXPECT_THAT(environment(job, {}, {}, paths), Contains("TMPDIR=" + paths.temporary));
}

TEST(BuilderEnvironment, IsThatOfAnActivatedCondaEnvironmentWhereItHasAPython) {
  builder::BuilderPaths paths;
  const builder::Variables job{{"PATH", "/host/bin"}, {"CONDA_PREFIX", "/home/u/miniconda3"}};
  EXPECT_THAT(environment(job, {"PATH=/usr/bin"}, {}, paths),
              Not(Contains(StartsWith("CONDA_PREFIX"))));
  paths.has_own_python = true;
  const auto entries = environment(job, {"PATH=/usr/bin"}, {}, paths);
  EXPECT_THAT(entries, Contains("PATH=/opt/chainer/env/bin:/usr/bin"));
  EXPECT_THAT(entries, Contains("CONDA_PREFIX=/opt/chainer/env"));
}

TEST(BuilderEnvironment, CachesWhereItIsTold) {
  builder::BuilderPaths paths;
  EXPECT_THAT(environment({}, {}, {}, paths), Contains("UV_NO_CACHE=1"));
  paths.cache = "/home/u/.cache/chainer/uv/ab";
  EXPECT_THAT(environment({}, {}, {}, paths),
              Contains("UV_CACHE_DIR=/home/u/.cache/chainer/uv/ab"));
}

}  // namespace
}  // namespace chainer::builder_environment_test
