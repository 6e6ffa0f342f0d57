// The Python and the MPI of an image against what a run needs of them: findings at the keys that
// they are about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "submit/plan/plan.hpp"
#include "submit/run/value_origins.hpp"

namespace chainer::run {

/// What chainer-node found in an image. Empty texts: it found none.
struct ImagePrograms {
  std::string python;
  std::string python_version;  ///< "3.11"; empty where no file name says it
  std::string other_python;    ///< one that the image's PATH does not lead to
  std::string mpi;             ///< its library
  std::string mpi_family;      ///< "Open MPI", "MPICH"; empty for others
  bool mpi_speaks_pmix{false};
  std::string mpirun;
  std::uint64_t unread_layers{0};  ///< what was not found may be in them
  std::uint64_t unread_bytes{0};

  /// chainer-node's answer; nothing when it is none.
  static std::optional<ImagePrograms> read(std::string_view json);
};

/// What a run needs of its image.
struct NeededPrograms {
  bool python{true};  ///< false where conda brings one
  bool mpi{false};
  bool is_user_managed{false};
  bool is_local{false};    ///< the image's mpirun starts the ranks
  std::string mpi_type{};  ///< of srun
  std::string pythons{};   ///< which the packages work with, as in ">=3.8,<3.12"; empty: any
  std::string version{};   ///< the framework's

  static NeededPrograms of(const plan::Plan& plan, const input::Site& site,
                           const std::string& pythons);
  /// As the end of a sentence: "a Python and an MPI for srun --mpi=pmix".
  std::string to_string() const;
};

/// Reports what is missing, or does not fit. What may be in layers that were not read comes back as
/// the end of the sentence "whether the image holds …"; empty: nothing.
std::string check_programs(const NeededPrograms& needed, const ImagePrograms& found,
                           const std::string& image, const ValueOrigins& origins,
                           toml::Report& report);

}  // namespace chainer::run
