#include "mpi_probe/networks.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace chainer::networks_test {
namespace {

namespace fs = std::filesystem;
using mpi_probe::fast_networks;
using mpi_probe::interface_to;

class Networks : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/networks-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& file, const std::string& text) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text << "\n";
  }

  void port(const std::string& place, const std::string& state, const std::string& layer) {
    write(place + "/state", state);
    write(place + "/link_layer", layer);
    write(place + "/rate", "100 Gb/sec (4X EDR)");
  }

  fs::path folder_;
};

TEST_F(Networks, OfAPlainNodeAreNone) { EXPECT_TRUE(fast_networks(folder_.string()).empty()); }

TEST_F(Networks, AreToldByTheirPorts) {
  port("infiniband/mlx5_0/ports/1", "4: ACTIVE", "InfiniBand");
  port("infiniband/mlx5_1/ports/1", "1: DOWN", "Ethernet");
  port("infiniband/hfi1_0/ports/1", "2: INIT", "InfiniBand");
  port("infiniband/hfi1_0/ports/2", "4: ACTIVE", "InfiniBand");
  write("cxi/cxi0/device/properties/speed", "200 Gb/s");
  EXPECT_EQ(fast_networks(folder_.string()),
            (std::vector<FastNetwork>{{"hfi1_0", "Omni-Path", "100 Gb/sec (4X EDR)", true},
                                      {"mlx5_0", "InfiniBand", "100 Gb/sec (4X EDR)", true},
                                      {"mlx5_1", "RoCE", "100 Gb/sec (4X EDR)", false},
                                      {"cxi0", "Slingshot", "200 Gb/s", true}}));
}

TEST(Interface, IsTheOneThatLeadsToAnAddress) {
  EXPECT_EQ(interface_to("127.0.0.1"), "lo");
  EXPECT_EQ(interface_to("no address"), "");
}

}  // namespace
}  // namespace chainer::networks_test
