// What the MPI probe says of the MPI that it found where it ran, as JSON and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer {

/// How messages go to ranks of other nodes, as the MPI itself says it.
struct MpiWay {
  std::string by;        ///< "tcp", "rc_mlx5", "openib", a provider of libfabric
  std::string device{};  ///< "eth0", "mlx5_0:1"; empty: it was not said
  friend bool operator==(const MpiWay&, const MpiWay&) = default;
};

/// A network of the node's that is made for such messages.
struct FastNetwork {
  std::string name;       ///< "mlx5_0"
  std::string kind;       ///< "InfiniBand", "RoCE", "Omni-Path", …
  std::string rate{};     ///< "200 Gb/sec (4X HDR)"; empty: it was not said
  bool is_active{false};  ///< it is plugged in, and its ports are up
  friend bool operator==(const FastNetwork&, const FastNetwork&) = default;
};

/// How long one message took, or one operation of all ranks.
struct MpiTime {
  std::uint64_t bytes{0};
  double us{0};
  friend bool operator==(const MpiTime&, const MpiTime&) = default;
};

/// What kept the probe from measuring: "each of the 2 ranks is alone: …".
struct MpiProblem {
  std::string what, next;
  friend bool operator==(const MpiProblem&, const MpiProblem&) = default;
};

/// Empty texts: it was not said, or it did not come to that.
struct MpiReport {
  std::string probe;                 ///< its version
  int rank{0};                       ///< who says this
  std::vector<std::string> hosts{};  ///< of each rank
  bool has_mpi{true};                ///< false: there is no MPI where it ran
  std::string family{};              ///< "Open MPI" or "MPICH", by the library's interface
  std::string library{};             ///< what it says of itself, its first line
  std::string file{};                ///< where it lies
  std::string pmix{};                ///< the version of the PMIx that it loaded
  std::string pmix_of_slurm{};       ///< of the PMIx in slurmstepd, which the ranks talk to
  std::string layer{};               ///< what chooses the ways: "ob1", "ucx", "ofi"
  std::vector<MpiWay> ways{};        ///< each once
  std::vector<FastNetwork> networks{};
  std::vector<MpiTime> ping_pong{};  ///< half of there and back, between ranks 0 and 1
  std::vector<MpiTime> allreduce{};
  std::vector<MpiProblem> problems{};
  friend bool operator==(const MpiReport&, const MpiReport&) = default;
};

/// The report as JSON in one line, with its end.
std::string mpi_report_json(const MpiReport& report);

/// Every line of `text` that is a report: each rank that failed writes one, and programs around the
/// probe may have said something too.
Result<std::vector<MpiReport>> parse_mpi_reports(std::string_view text);

}  // namespace chainer
