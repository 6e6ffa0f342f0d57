// What an MPI says of itself when it is asked to be talkative.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/mpi_report/mpi_report.hpp"

namespace chainer::mpi_probe {

/// Sets the variables by which MPIs are made talkative. Whatever is set already stays.
void make_mpis_talkative();

struct Chatter {
  std::string layer{};               ///< what chose the ways
  std::vector<MpiWay> ways{};        ///< to other processes, each once
  std::vector<std::string> peers{};  ///< addresses that TCP connected to
};

Chatter read_chatter(std::string_view said);

/// What an MPI complains of: the first paragraph that it frames, else one line that is not talk, or
/// nothing.
std::string complaint_in(std::string_view said);

}  // namespace chainer::mpi_probe
