// What an estimator for a script could say, guessed from what lies beside it.
#pragma once

#include <string>

#include "core/result.hpp"
#include "submit/draft/draft.hpp"
#include "submit/input/site.hpp"
#include "submit/run/process.hpp"

namespace chainer::draft {

/// The script to run in `place`, a script or a folder: train.py, main.py, or the only one there is.
/// The error names the candidates.
Result<std::string> find_script(const std::string& place);

/// A draft for the script at the absolute path `script`, which will lie in the folder `target`. A
/// comment says what each guess was made from.
Result<Draft> guess_estimator(const std::string& script, const std::string& target,
                              const input::Site& site, run::ProcessRunner& processes);

}  // namespace chainer::draft
