// The data of a run: what is shown in its container, downloaded, or only named.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// What was found at an input's path on the login node.
struct FoundInput {
  enum class Kind { unknown, missing, file, folder, address };
  Kind kind{Kind::unknown};
  std::string path;     ///< absolute, or the address as it was written
  std::string meant{};  ///< another path, where it is missing
};

/// Looks for each input. Relative paths start at `folder`, those from --set at `working_folder`.
std::vector<FoundInput> find_inputs(const input::Estimator& estimator, const std::string& folder,
                                    const std::string& working_folder);

struct InputData {
  std::vector<Bind> binds;
  std::vector<Download> downloads;
  /// Tell the script where inputs are that lie at the same place on all nodes.
  std::vector<std::pair<std::string, std::string>> variables;
};

/// `found` has one element for each of the estimator's inputs.
InputData input_data(const input::Estimator& estimator, const std::vector<FoundInput>& found,
                     toml::Report& report);

/// The names of the variables that hold where an input is.
std::vector<std::string> variables_of_input(const std::string& name);

}  // namespace chainer::plan
