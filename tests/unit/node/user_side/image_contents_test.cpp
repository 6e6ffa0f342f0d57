// What the listings of an image's layers say of its Python and its MPI.
#include "node/user_side/image_contents.hpp"

#include <gtest/gtest.h>

#include "tests/unit/node/tar_text.hpp"
#include "tests/unit/node/text_source.hpp"

namespace chainer::image_contents_test {
namespace {

using user_side::ImageContents;
using user_side::ImagePrograms;

/// Layers from the bottom, which arrive in this order or in the other.
ImagePrograms held_by(const std::vector<TarText>& layers, bool is_top_first = false,
                      const std::vector<std::string>& environment = {}) {
  ImageContents contents(environment);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto number = is_top_first ? layers.size() - 1 - i : i;
    TextSource source(layers[number].text());
    const auto read = contents.add_layer(number, source);
    EXPECT_TRUE(read) << read.error().what;
  }
  return contents.programs();
}

std::string python_of(const ImagePrograms& programs) {
  if (!programs.python) return programs.other_python.empty() ? "none" : programs.other_python + "?";
  return programs.python->path + " " + programs.python->version;
}

std::string python_of(const TarText& layer, const std::string& path) {
  return python_of(held_by({layer}, false, {"HOME=/", "PATH=" + path}));
}

std::string mpi_of(const std::vector<TarText>& layers) {
  const auto mpi = held_by(layers).mpi;
  if (!mpi) return "none";
  return mpi->path + " " + mpi->family + (mpi->speaks_pmix ? ", PMIx" : "");
}

const auto of_debian = TarText()
                           .file("usr/bin/python3.11", "x")
                           .symlink("usr/bin/python3", "python3.11")
                           .symlink("bin", "usr/bin");

TEST(ImageContents, FindsThePythonOfTheSearchPath) {
  EXPECT_EQ(python_of(held_by({of_debian})), "/usr/bin/python3 3.11");
  EXPECT_EQ(python_of(of_debian, "/opt/bin:/bin"), "/usr/bin/python3 3.11");
  EXPECT_EQ(python_of(of_debian, "/opt/bin"), "/usr/bin/python3.11?");
  EXPECT_EQ(python_of(TarText().file("bin/sh", "x"), "/bin"), "none");
  EXPECT_EQ(python_of(TarText().directory("usr/lib/python3"), "/usr/lib"), "none");
}

TEST(ImageContents, NamesItsVersionWhereAFileNameDoes) {
  const auto linked = TarText().symlink("bin/python3", "/etc/alternatives/python3");
  EXPECT_EQ(python_of(linked, "/bin"), "/bin/python3 ");
  EXPECT_EQ(python_of(TarText(linked).file("bin/python3.6", "x"), "/bin"), "/bin/python3 3.6");
  EXPECT_EQ(
      python_of(TarText(linked).file("bin/python3.6", "x").file("bin/python3.9", "x"), "/bin"),
      "/bin/python3 ");
  EXPECT_EQ(python_of(TarText().hard_link("bin/python3.12", "bin/x"), "/bin"),
            "/bin/python3.12 3.12");
}

TEST(ImageContents, DoesNotTakePython2ForOne) {
  const auto old = TarText().file("bin/python2.7", "x").symlink("bin/python", "python2.7");
  EXPECT_EQ(python_of(old, "/bin"), "none");
}

TEST(ImageContents, FollowsLinksOnTheSearchPath) {
  const auto conda = TarText()
                         .symlink("opt/conda", "miniforge3")
                         .file("opt/miniforge3/bin/python3.10", "x")
                         .symlink("opt/miniforge3/bin/python3", "python3.10");
  EXPECT_EQ(python_of(conda, "/opt/conda/bin"), "/opt/miniforge3/bin/python3 3.10");
  const auto circle = TarText().symlink("opt/a", "b").symlink("opt/b", "a");
  EXPECT_EQ(python_of(circle, "/opt/a/bin:/opt/b/bin"), "none");
}

TEST(ImageContents, IsWhatTheLayersAreTogetherInWhicheverOrderTheyCome) {
  const auto removes = TarText().whiteout("usr/", "bin");
  const auto empties = TarText().file("usr/.wh..wh..opq", "");
  const auto replaces =
      TarText().file("usr/bin/python3.12", "x").symlink("usr/bin/python3", "python3.12");
  for (const bool is_top_first : {false, true}) {
    EXPECT_EQ(python_of(held_by({of_debian, removes}, is_top_first)), "none");
    EXPECT_EQ(python_of(held_by({of_debian, empties}, is_top_first)), "none");
    EXPECT_EQ(python_of(held_by({removes, of_debian}, is_top_first)), "/usr/bin/python3 3.11");
    EXPECT_EQ(python_of(held_by({of_debian, replaces}, is_top_first)), "/usr/bin/python3 3.12");
  }
}

TEST(ImageContents, TellsWhetherAnMpiSpeaksPmix) {
  const std::string calls = "PMIx_Get PMIx_Init", silent = "MPI_Init";
  const std::string lib = "usr/lib/x86_64-linux-gnu/";
  const auto open_mpi = TarText()
                            .file(lib + "libmpi.so.40.30.4", silent)
                            .symlink(lib + "libmpi.so.40", "libmpi.so.40.30.4")
                            .file(lib + "libpmix.so.2", calls);
  EXPECT_EQ(mpi_of({open_mpi}), "/" + lib + "libmpi.so.40.30.4 Open MPI");
  const auto component = TarText().file(lib + "openmpi/lib/openmpi3/mca_pmix_ext3x.so", calls);
  EXPECT_EQ(mpi_of({open_mpi, component}), "/" + lib + "libmpi.so.40.30.4 Open MPI, PMIx");
  EXPECT_EQ(mpi_of({TarText().file("opt/mpich/lib/libmpi.so.12.2.1", silent)}),
            "/opt/mpich/lib/libmpi.so.12.2.1 MPICH");
  EXPECT_EQ(mpi_of({TarText().file(lib + "libmpich.so.12", calls)}),
            "/" + lib + "libmpich.so.12 MPICH, PMIx");
  EXPECT_EQ(mpi_of({component}), "none");
}

TEST(ImageContents, FindsTheNameWhereverItLiesInALibrary) {
  for (std::size_t before = 65500; before < 65560; ++before) {
    const auto library = std::string(before, 'x') + "PMIx_Init" + std::string(70000, 'y');
    EXPECT_EQ(mpi_of({TarText().file("lib/libmpi.so.40", library)}),
              "/lib/libmpi.so.40 Open MPI, PMIx")
        << before;
  }
}

TEST(ImageContents, FindsWhatStartsRanks) {
  EXPECT_EQ(held_by({TarText().file("usr/bin/mpiexec", "x")}).mpirun, "/usr/bin/mpiexec");
  EXPECT_EQ(held_by({TarText().file("opt/bin/mpirun", "x")}).mpirun, "");
}

TEST(ImageContents, KeepsWhatWasReadOfALayerThatBreaksOff) {
  ImageContents contents({});
  TextSource source(TarText(of_debian).header("usr/lib/x", '0', 0644, 5000).cut_text());
  EXPECT_FALSE(contents.add_layer(0, source));
  EXPECT_EQ(python_of(contents.programs()), "/usr/bin/python3 3.11");
}

}  // namespace
}  // namespace chainer::image_contents_test
