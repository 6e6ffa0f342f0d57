#include "core/mpi_report/mpi_report.hpp"

#include <gtest/gtest.h>

#include "small_mpi_report.hpp"

namespace chainer::mpi_report_test {
namespace {

TEST(MpiReport, IsOneLineOfJson) {
  auto report = small_mpi_report();
  report.problems = {{"it smokes", "buy another"}};
  EXPECT_EQ(
      mpi_report_json(report),
      R"x({"mpi_probe":"1.2.3","rank":0,"hosts":["n1","n2"],"has_mpi":true,"family":"Open MPI",)x"
      R"x("library":"Open MPI v4.1.4, package: Debian OpenMPI","file":"/usr/lib/libmpi.so.40.30.4",)x"
      R"x("pmix":"4.2.2","pmix_of_slurm":"3.2.3","layer":"ob1","ways":[{"by":"tcp","device":"eth0"}],)x"
      R"x("networks":[{"name":"mlx5_0","kind":"InfiniBand","rate":"200 Gb/sec (4X HDR)","is_active":false}],)x"
      R"x("ping_pong":[{"bytes":8,"us":10.0},{"bytes":4194304,"us":1000.0}],)x"
      R"x("allreduce":[{"bytes":8,"us":20.0}],"problems":[{"what":"it smokes","next":"buy another"}]})x"
      "\n");
}

TEST(MpiReport, OfEachRankIsReadFromBetweenOtherLines) {
  const auto report = small_mpi_report();
  auto other = report;
  other.rank = 1;
  const auto read = parse_mpi_reports("srun: a word\n" + mpi_report_json(report) + "another\n" +
                                      mpi_report_json(other));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, (std::vector<MpiReport>{report, other}));
}

TEST(MpiReport, ThatIsNoneIsNamed) {
  const auto none = parse_mpi_reports("bash: no such file\n");
  EXPECT_TRUE(none && none->empty());
  for (const auto* wrong : {"{\"mpi_probe\":", "{\"mpi_probe\":1}", "{\"mpi_probe\":\"1\"}"}) {
    const auto read = parse_mpi_reports(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_TRUE(read.error().what.starts_with("cannot read the MPI probe's report: "));
  }
}

}  // namespace
}  // namespace chainer::mpi_report_test
