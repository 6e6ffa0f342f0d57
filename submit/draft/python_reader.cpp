#include "submit/draft/python_reader.hpp"

#include <fmt/format.h>

#include "core/json/json_text.hpp"

namespace chainer::draft {

Result<nlohmann::ordered_json> read_python(std::string_view program, const std::string& path,
                                           run::ProcessRunner& processes) {
  const auto finished =
      processes.run({"python3", "-I", "-c", std::string(program), path}, run::own_environment());
  if (!finished || finished->code == 127) {
    return Error{"cannot run python3, which reads Python files", "put it into PATH", 0,
                 Fault::try_again};
  }
  auto answer = parse_ordered_json(finished->out);
  if (finished->code == 0 && answer.is_object()) return answer;
  return Error{fmt::format("python3 could not read {}: {}", path, finished->err), "", 0,
               Fault::user};
}

}  // namespace chainer::draft
