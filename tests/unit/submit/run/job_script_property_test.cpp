// What a template finds in its variables, whatever bytes a plan holds.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "random_plan.hpp"
#include "submit/run/job_script.hpp"
#include "submit/run/process.hpp"
#include "temporary_folder.hpp"

namespace chainer::job_script_property_test {
namespace {

/// Prints every variable, and how many elements an array has before them.
constexpr const char* printing =
    "printf '%s\\0' \"$run_dir\" \"$image\" \"$shm_size\" \"$mpi\" \"$nodes\" \"$ranks_per_node\" "
    "\"$cpus_per_rank\" \"$entry_script\" \"$password_variable\" \"${#environment[@]}\" "
    "\"${environment[@]}\" \"${#arguments[@]}\" \"${arguments[@]}\" \"${#binds[@]}\" "
    "\"${binds[@]}\" "
    "\"${#downloads[@]}\" \"${downloads[@]}\"\n";

class Printed {
 public:
  void add(const std::string& text) { bytes_ += text + '\0'; }
  void add(std::size_t number) { add(std::to_string(number)); }
  void add_all(const std::vector<std::string>& array) {
    add(array.size());
    for (const auto& element : array) add(element);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string expected(const plan::Plan& plan, const std::string& folder) {
  Printed printed;
  printed.add(folder);
  printed.add(plan::text_of(plan.image));
  printed.add(plan.shm_size.to_string());
  printed.add(plan.mpi);
  for (const int count :
       {plan.allocation.nodes, plan.allocation.ranks_per_node, plan.allocation.cpus_per_rank}) {
    printed.add(static_cast<std::size_t>(count));
  }
  printed.add(plan.entry_script);
  printed.add(plan.login ? plan.login->password_env : "");
  std::vector<std::string> environment, arguments, binds, downloads;
  for (const auto& [name, value] : plan.environment) environment.push_back(name + "=" + value);
  for (const auto& group : plan.arguments) {
    arguments.insert(arguments.end(), group.begin(), group.end());
  }
  for (const auto& bind : plan.binds) {
    binds.insert(binds.end(), {bind.source, bind.destination});
  }
  for (const auto& one : plan.downloads) {
    downloads.insert(downloads.end(),
                     {one.name, one.source, one.digest, one.file, one.destination});
  }
  for (const auto& array : {environment, arguments, binds, downloads}) printed.add_all(array);
  return printed.bytes();
}

TEST(JobScriptProperty, GivesItsTemplateEveryByteOfThePlan) {
  TemporaryFolder scratch;
  run::RealProcessRunner processes;
  EXPECT_TRUE(rc::check([&] {
    auto plan = random_plan();
    plan.job_template = {"printing.bash", printing};
    // A folder with a control character in its name is refused before.
    auto folder = "/" + *bytes();
    std::erase_if(folder, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    const auto script = scratch.write("job.sbatch", run::job_script(plan, folder));
    const auto locale = flag() ? "LC_ALL=C" : "LC_ALL=C.UTF-8";
    const auto finished = processes.run({"bash", script}, {locale, "PATH=/usr/bin:/bin"});
    RC_ASSERT(static_cast<bool>(finished));
    RC_ASSERT(finished->err == std::string());
    RC_ASSERT(finished->out == expected(plan, folder));
  }));
}

/// A script's lines up to the first that is no directive are what sbatch reads of it.
TEST(JobScriptProperty, HasNoDirectiveThatAValueBrought) {
  EXPECT_TRUE(rc::check([] {
    auto plan = random_plan();
    const auto count = [](const plan::Plan& one) {
      const auto script = run::job_script(one, "/runs/a");
      std::size_t found = 0;
      for (auto at = script.find("\n#SBATCH "); at != script.npos;
           at = script.find("\n#SBATCH ", at + 1)) {
        ++found;
      }
      return found;
    };
    const auto usual = count(plan);
    const std::string hostile = "\n#SBATCH --nodes=9\n#SBATCH --uid=0\n";
    plan.description = plan.requirements = plan.entry_script = plan.mpi = hostile;
    plan.environment.emplace_back("A", hostile);
    plan.arguments.push_back({hostile, hostile});
    plan.binds.push_back({hostile, hostile});
    plan.downloads.push_back({hostile, hostile, hostile, hostile, hostile});
    plan.tags.push_back(hostile);
    RC_ASSERT(count(plan) == usual);
  }));
}

}  // namespace
}  // namespace chainer::job_script_property_test
