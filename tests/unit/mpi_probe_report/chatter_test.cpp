#include "mpi_probe/chatter.hpp"

#include <gtest/gtest.h>

namespace chainer::chatter_test {
namespace {

using mpi_probe::complaint_in;
using mpi_probe::read_chatter;
using Ways = std::vector<MpiWay>;

TEST(Chatter, OfOpenMpisOwnWays) {
  const auto chatter = read_chatter(R"([n1:7] mca: base: components_open: found loaded component tcp
[n1:7] select: init of component tcp returned success
[n1:7] select: component ob1 selected
[n1:7] mca: bml: Using self btl for send to [[22414,1],0] on node n1
[n1:7] mca: bml: Using tcp btl for send to [[22414,1],1] on node n2
[n1:7] mca: bml: Using tcp btl for send to [[22414,1],2] on node n3
[n1:7] btl: tcp: attempting to connect() to [[22414,1],1] address 10.0.0.2 on port 1027
[n1:7] btl:tcp: now connected to 10.0.0.3, process [[22414,1],2]
)");
  EXPECT_EQ(chatter.layer, "ob1");
  EXPECT_EQ(chatter.ways, (Ways{{"tcp", ""}}));
  EXPECT_EQ(chatter.peers, (std::vector<std::string>{"10.0.0.2", "10.0.0.3"}));
}

TEST(Chatter, OfUcxNamesTheWayToOthersAlone) {
  const auto chatter = read_chatter(
      R"([n1:7] select: component ucx selected
[1795719500.21] [n1:7:0]  ucp_worker.c:1763 UCX  INFO    ep_cfg[0]: tag(self/memory0 cma/memory) rma(self/memory0)
[1795719500.22] [n1:7:0]  ucp_worker.c:1763 UCX  INFO    ep_cfg[1]: tag(rc_mlx5/mlx5_0:1 tcp/eth0)
)");
  EXPECT_EQ(chatter.layer, "ucx");
  EXPECT_EQ(chatter.ways, (Ways{{"rc_mlx5", "mlx5_0:1"}, {"tcp", "eth0"}}));
}

TEST(Chatter, OfNewerUcxAndOfMpichOverIt) {
  const auto chatter = read_chatter(
      "[1.2] [n1:7:0] ucp_worker.c:1855 UCX  INFO  0x55 inter-node cfg#1 tag(rc_mlx5/mlx5_0:1)\n");
  EXPECT_EQ(chatter.layer, "ucx");
  EXPECT_EQ(chatter.ways, (Ways{{"rc_mlx5", "mlx5_0:1"}}));
}

TEST(Chatter, OfLibfabric) {
  for (const auto* line : {"[n1:7] mtl_ofi_component.c:365: mtl:ofi:provider: verbs;ofi_rxm\n",
                           "==== Capability set configuration (verbs;ofi_rxm) ====\n",
                           "[0] MPI startup(): libfabric provider: verbs;ofi_rxm\n"}) {
    const auto chatter = read_chatter(line);
    EXPECT_EQ(chatter.layer, "ofi") << line;
    EXPECT_EQ(chatter.ways, (Ways{{"verbs;ofi_rxm", ""}})) << line;
  }
}

TEST(Complaint, IsTheFirstParagraphThatOpenMpiFrames) {
  EXPECT_EQ(complaint_in("[n1:7] mca: base: close: component tcp closed\n"
                         "----------------------------------\n"
                         "The application appears to have been direct launched using \"srun\",\n"
                         "but OMPI was not built with SLURM's PMI support\n"
                         "----------------------------------\n"
                         "*** An error occurred in MPI_Init\n"),
            "The application appears to have been direct launched using \"srun\", "
            "but OMPI was not built with SLURM's PMI support");
}

TEST(Complaint, IsElseTheFirstThatIsNoTalk) {
  EXPECT_EQ(complaint_in("==== Various sizes and limits ====\n\nAbort(1090831) on node 0: Fatal\n"),
            "Abort(1090831) on node 0: Fatal");
  EXPECT_EQ(complaint_in("[n1:7] select: component ob1 selected\n"), "");
}

}  // namespace
}  // namespace chainer::chatter_test
