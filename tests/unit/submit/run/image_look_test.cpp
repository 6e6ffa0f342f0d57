// What `check --online` makes of chainer-node's look into the image.
#include "submit/run/image_look.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "temporary_folder.hpp"

namespace chainer::image_look_test {
namespace {

constexpr const char* of_debian =
    R"("python":{"path":"/usr/bin/python3","version":"3.11"},"other_python":"")";
constexpr const char* open_mpi =
    R"("mpi":{"path":"/usr/lib/libmpi.so.40.30.4","family":"Open MPI","speaks_pmix":true},"mpirun":"/usr/bin/mpirun")";
constexpr const char* mpich =
    R"("mpi":{"path":"/usr/lib/libmpich.so.12","family":"MPICH","speaks_pmix":false},"mpirun":"")";
constexpr const char* no_python = R"("python":null,"other_python":"")";
constexpr const char* no_mpi = R"("mpi":null,"mpirun":"")";

run::Finished answer(const std::string& python, const std::string& mpi,
                     const std::string& unread = R"("unread_layers":0,"unread_bytes":0)") {
  return {0, "{" + python + "," + mpi + "," + unread + "}\n", ""};
}

class ImageLook : public testing::Test {
 protected:
  ImageLook() {
    describe_site("");
    folder_.write("recipes/7.8.1.toml", "pip = [\"chainer==7.8.1\"]\npython = \">=3.8,<3.12\"\n");
    folder_.write("train.py", "");
  }

  void describe_site(const std::string& images) {
    folder_.write("site.toml",
                  "runs = \"/runs\"\nrecipes = \"recipes\"\ndefault_framework_version = \"7.8.1\"\n"
                  "[images]\ncpu = \"docker://h.org/of-site:1\"\n" +
                      images +
                      "[node_types.n]\ncpus = 8\nmemory = \"16g\"\n"
                      "[compute_targets.c]\nnode_type = \"n\"\nmpi = \"pmix\"\n"
                      "[compute_targets.old]\nnode_type = \"n\"\nmpi = \"pmi2\"\n");
  }

  /// The findings and what was not looked at, a line each.
  std::string look(const std::string& estimator, run::Finished said) {
    folder_.write("train.toml", "entry_script = \"train.py\"\n" + estimator);
    const auto inspection = plan::inspect({"train.toml", "site.toml", {}, folder_.path()});
    EXPECT_TRUE(inspection.is_clean()) << plan::render(inspection, Colour::off);
    if (!inspection.is_clean()) return "";
    processes_.answers = {std::move(said)};
    run::ClusterAnswer answer;
    run::look_into_image(inspection, "docker://h.org/i@sha256:1", "", {processes_, pause_, 0},
                         console_, answer);
    std::string text;
    for (const auto& finding : answer.findings) {
      text += std::to_string(finding.at.line) +
              (finding.severity == Severity::error ? " error: " : " warning: ") + finding.message +
              " | " + finding.hint + "\n";
    }
    for (const auto& [what, why] : answer.not_looked_at) text += what + ": " + why + "\n";
    return text;
  }

  TemporaryFolder folder_;
  FakeProcesses processes_;
  FakePause pause_;
  FakeConsole console_;
};

const std::string on_one =
    "framework_version = \"7.8.1\"\ncompute_target = \"c\"\ncustom_docker_image = "
    "\"docker://h.org/i:1\"\n";
const std::string on_two = on_one + "node_count = 2\ndistributed_training = { type = \"mpi\" }\n";

TEST_F(ImageLook, IsContentWithAPythonAndAnMpiThatSpeaksPmix) {
  EXPECT_EQ(look(on_two, answer(of_debian, open_mpi)), "");
  EXPECT_EQ(processes_.calls.front(),
            (std::vector<std::string>{run::find_chainer_node(), "inspect", "--json", "--reference",
                                      "docker://h.org/i@sha256:1"}));
}

TEST_F(ImageLook, AsksNoMoreThanTheRunNeeds) {
  EXPECT_EQ(look(on_one, answer(of_debian, no_mpi)), "");
  EXPECT_EQ(processes_.calls.front().back(), "--python-only");
}

TEST_F(ImageLook, NamesTheKeyOfAnImageWithoutAPython) {
  EXPECT_EQ(look(on_one, answer(no_python, no_mpi)),
            "4 error: custom_docker_image: the image docker://h.org/i:1 holds no Python | use an "
            "image with Python 3.8 or newer on its PATH\n");
  EXPECT_EQ(look(on_one + "user_managed = true\n", answer(no_python, no_mpi)),
            "4 error: custom_docker_image: the image docker://h.org/i:1 holds no Python | with "
            "user_managed = true the image's own Python runs the script\n");
  EXPECT_EQ(
      look("framework_version = \"7.8.1\"\ncompute_target = \"c\"\n", answer(no_python, no_mpi)),
      "0 error: the site's image docker://h.org/of-site:1 holds no Python | use an image "
      "with Python 3.8 or newer on its PATH\n");
}

TEST_F(ImageLook, WarnsOfAPythonThatThePathDoesNotLeadTo) {
  EXPECT_EQ(
      look(on_one, answer(R"("python":null,"other_python":"/opt/py/bin/python3.9")", no_mpi)),
      "4 warning: custom_docker_image: the image docker://h.org/i:1 has a PATH that leads to no "
      "Python; it holds /opt/py/bin/python3.9 | put its folder into the image's PATH (ENV "
      "PATH=…)\n");
}

TEST_F(ImageLook, ComparesThePythonWithBuilderAndRecipe) {
  const auto holding = [](const std::string& version) {
    return R"("python":{"path":"/bin/python3","version":")" + version + R"("},"other_python":"")";
  };
  EXPECT_EQ(look(on_one, answer(holding("3.7"), no_mpi)),
            "4 error: custom_docker_image: the image docker://h.org/i:1 holds Python 3.7 "
            "(/bin/python3), and environments are built with 3.8 or newer | use an image with "
            "Python 3.8 or newer on its PATH\n");
  EXPECT_EQ(look(on_one, answer(holding("3.12"), no_mpi)),
            "4 warning: custom_docker_image: the image docker://h.org/i:1 holds Python 3.12 "
            "(/bin/python3), and Chainer 7.8.1 works with >=3.8,<3.12 | use an image with such a "
            "Python, or bring one with conda_packages\n");
  for (const auto* version : {"3.8", "3.11", ""}) {
    EXPECT_EQ(look(on_one, answer(holding(version), no_mpi)), "") << version;
  }
  EXPECT_EQ(look(on_one + "user_managed = true\n", answer(holding("3.6"), no_mpi)), "");
}

TEST_F(ImageLook, AsksForNoPythonWhereCondaBringsOne) {
  EXPECT_EQ(look(on_one + "conda_packages = [\"python=3.10\"]\n", answer(no_python, no_mpi)), "");
  EXPECT_TRUE(processes_.calls.empty());
  EXPECT_EQ(look(on_two + "conda_packages = [\"python=3.10\", \"mpi4py\", \"openmpi\"]\n",
                 answer(no_python, no_mpi)),
            "");
}

TEST_F(ImageLook, NamesTheKeyThatMakesRanksWithoutAnMpi) {
  EXPECT_EQ(look(on_two, answer(of_debian, no_mpi)),
            "6 error: distributed_training: the image docker://h.org/i:1 holds no MPI | use an "
            "image with an MPI that was built with PMIx, such as Debian's Open MPI\n");
}

TEST_F(ImageLook, LooksForNoMpiWhereTheNodesBringOne) {
  describe_site("mpi_of_nodes = true\n");
  EXPECT_EQ(look(on_two, answer(of_debian, no_mpi)), "");
  EXPECT_EQ(processes_.calls.front().back(), "--python-only");
}

TEST_F(ImageLook, LooksForAnMpirunOnThisMachineWhateverTheNodesBring) {
  describe_site("mpi_of_nodes = true\n");
  auto local = on_two;
  local.replace(local.find("\"c\""), 3, "\"local\"");
  local.replace(local.find("node_count = 2"), 14, "process_count_per_node = 2");
  EXPECT_EQ(look(local, answer(of_debian, no_mpi)),
            "6 error: distributed_training: the image docker://h.org/i:1 holds no mpirun, which "
            "starts the ranks of a run on this machine | use an image with Open MPI or MPICH on "
            "its PATH, or run one process\n");
}

TEST_F(ImageLook, TellsAnMpiThatTheClusterCannotStart) {
  EXPECT_EQ(
      look(on_two, answer(of_debian, mpich)),
      "6 error: distributed_training: the MPI of the image docker://h.org/i:1 (MPICH, "
      "/usr/lib/libmpich.so.12) does not speak PMIx, by which srun --mpi=pmix starts it: each "
      "process would be the only rank | use an image whose MPI was built with PMIx, or a "
      "target with the mpi that this one knows\n");
  auto old = on_two;
  old.replace(old.find("\"c\""), 3, "\"old\"");
  EXPECT_EQ(look(old, answer(of_debian, mpich)), "");
}

TEST_F(ImageLook, SaysWhatItDidNotRead) {
  const auto* unread = R"("unread_layers":2,"unread_bytes":3100000000)";
  EXPECT_EQ(look(on_two, answer(no_python, no_mpi, unread)),
            "whether the image holds a Python and an MPI for srun --mpi=pmix: layers of 3100 MB "
            "are more than is read for a look\n");
  EXPECT_EQ(look(on_two, answer(of_debian, mpich, unread)),
            "whether the image holds an MPI for srun --mpi=pmix: layers of 3100 MB are more "
            "than is read for a look\n");
  EXPECT_EQ(look(on_one, answer(no_python, no_mpi, R"("unread_layers":1,"unread_bytes":0)")),
            "whether the image holds a Python: it takes too long to read all of it\n");
}

TEST_F(ImageLook, SaysWhyItCouldNotLook) {
  EXPECT_EQ(look(on_one, {4, "", "chainer: cannot look into the image i: no answer\nnext: x\n"}),
            "whether the image holds a Python: cannot look into the image i: no answer\n");
  for (const auto* nonsense : {"", "[]", "{\"python\": 1}", "{\"python\": 1, \"mpi\": [2"}) {
    EXPECT_EQ(look(on_two, {0, nonsense, ""}),
              "whether the image holds a Python and an MPI for srun --mpi=pmix: chainer-node gave "
              "no answer that can be read\n");
  }
}

TEST_F(ImageLook, PrintsNoControlCharactersOfTheImage) {
  const auto odd = R"("python":null,"other_python":"/opt/\u001b[31m/bin/python3")";
  EXPECT_EQ(look(on_one, answer(odd, no_mpi)).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace chainer::image_look_test
