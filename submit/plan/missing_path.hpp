// What a person may have meant by a path that is not there.
#pragma once

#include <string>
#include <string_view>

#include "submit/plan/source_tree.hpp"

namespace chainer::plan {

/// A path that is there and is written much like `written`, which starts at the folder `start`: one
/// of its names is another, or lacks an `ending` such as ".py"; of a folder, the only file in it
/// that has the ending. Empty when there is none.
std::string path_meant_by(std::string_view written, const std::string& start,
                          std::string_view ending = {});

/// The same among the files of a project; also one that has the name, in another folder.
std::string file_meant_by(std::string_view written, const SourceTree& source,
                          std::string_view ending = {});

/// The hint on a path that is not there: what is `meant`, if that is known, else `otherwise`.
std::string hint_on_missing(std::string_view written, const std::string& meant,
                            std::string otherwise);

}  // namespace chainer::plan
