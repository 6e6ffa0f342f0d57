// What [slurm] extra may hold, against getopt_long with the options of sbatch 22.05, as sbatch
// itself reads its #SBATCH lines.
#include <getopt.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/plan/allocation.hpp"

namespace chainer::extra_options_test {
namespace {

struct SbatchOption {
  const char* name;
  char letter;  ///< 0: none
  int has_argument;
};
constexpr SbatchOption sbatch_options[] = {
    {"account", 'A', required_argument},
    {"acctg-freq", 0, required_argument},
    {"array", 'a', required_argument},
    {"batch", 0, required_argument},
    {"bbf", 0, required_argument},
    {"begin", 'b', required_argument},
    {"bb", 0, required_argument},
    {"cluster-constraint", 0, required_argument},
    {"chdir", 'D', required_argument},
    {"clusters", 'M', required_argument},
    {"cluster", 0, required_argument},
    {"comment", 0, required_argument},
    {"constraint", 'C', required_argument},
    {"container", 0, required_argument},
    {"context", 0, required_argument},
    {"contiguous", 0, no_argument},
    {"core-spec", 'S', required_argument},
    {"cores-per-socket", 0, required_argument},
    {"cpu-freq", 0, required_argument},
    {"cpus-per-gpu", 0, required_argument},
    {"cpus-per-task", 'c', required_argument},
    {"deadline", 0, required_argument},
    {"delay-boot", 0, required_argument},
    {"dependency", 'd', required_argument},
    {"distribution", 'm', required_argument},
    {"error", 'e', required_argument},
    {"exclude", 'x', required_argument},
    {"exclusive", 0, optional_argument},
    {"export", 0, required_argument},
    {"export-file", 0, required_argument},
    {"extra-node-info", 'B', required_argument},
    {"get-user-env", 0, optional_argument},
    {"gid", 0, required_argument},
    {"gpu-bind", 0, required_argument},
    {"gpu-freq", 0, required_argument},
    {"gpus", 'G', required_argument},
    {"gpus-per-node", 0, required_argument},
    {"gpus-per-socket", 0, required_argument},
    {"gpus-per-task", 0, required_argument},
    {"gres", 0, required_argument},
    {"gres-flags", 0, required_argument},
    {"help", 'h', no_argument},
    {"hint", 0, required_argument},
    {"hold", 'H', no_argument},
    {"ignore-pbs", 0, no_argument},
    {"input", 'i', required_argument},
    {"job-name", 'J', required_argument},
    {"kill-on-invalid-dep", 0, required_argument},
    {"licenses", 'L', required_argument},
    {"mail-type", 0, required_argument},
    {"mail-user", 0, required_argument},
    {"mcs-label", 0, required_argument},
    {"mem", 0, required_argument},
    {"mem-bind", 0, required_argument},
    {"mem-per-cpu", 0, required_argument},
    {"mem-per-gpu", 0, required_argument},
    {"mincpus", 0, required_argument},
    {"network", 0, required_argument},
    {"nice", 0, optional_argument},
    {"no-kill", 'k', optional_argument},
    {"no-requeue", 0, no_argument},
    {"nodefile", 'F', required_argument},
    {"nodelist", 'w', required_argument},
    {"nodes", 'N', required_argument},
    {"ntasks", 'n', required_argument},
    {"ntasks-per-core", 0, required_argument},
    {"ntasks-per-node", 0, required_argument},
    {"ntasks-per-socket", 0, required_argument},
    {"ntasks-per-tres", 0, required_argument},
    {"ntasks-per-gpu", 0, required_argument},
    {"open-mode", 0, required_argument},
    {"output", 'o', required_argument},
    {"overcommit", 'O', no_argument},
    {"oversubscribe", 's', no_argument},
    {"parsable", 0, no_argument},
    {"partition", 'p', required_argument},
    {"power", 0, required_argument},
    {"prefer", 0, required_argument},
    {"priority", 0, required_argument},
    {"profile", 0, required_argument},
    {"propagate", 0, optional_argument},
    {"qos", 'q', required_argument},
    {"quiet", 'Q', no_argument},
    {"reboot", 0, no_argument},
    {"requeue", 0, no_argument},
    {"reservation", 0, required_argument},
    {"signal", 0, required_argument},
    {"sockets-per-node", 0, required_argument},
    {"spread-job", 0, no_argument},
    {"switches", 0, required_argument},
    {"tasks-per-node", 0, required_argument},
    {"test-only", 0, no_argument},
    {"thread-spec", 0, required_argument},
    {"threads-per-core", 0, required_argument},
    {"time", 't', required_argument},
    {"time-min", 0, required_argument},
    {"tmp", 0, required_argument},
    {"uid", 0, required_argument},
    {"use-min-nodes", 0, no_argument},
    {"usage", 0, no_argument},
    {"verbose", 'v', no_argument},
    {"version", 'V', no_argument},
    {"wait", 'W', no_argument},
    {"wait-all-nodes", 0, required_argument},
    {"wckey", 0, required_argument},
    {"wrap", 0, required_argument},
};

/// What the run decides itself, or what breaks it, by sbatch's whole names.
const std::set<std::string> forbidden = {"account",
                                         "array",
                                         "begin",
                                         "chdir",
                                         "cluster",
                                         "clusters",
                                         "constraint",
                                         "container",
                                         "cpus-per-task",
                                         "deadline",
                                         "dependency",
                                         "error",
                                         "exclusive",
                                         "export",
                                         "export-file",
                                         "get-user-env",
                                         "gid",
                                         "gpu-bind",
                                         "gpus",
                                         "gpus-per-node",
                                         "gpus-per-socket",
                                         "gpus-per-task",
                                         "gres",
                                         "help",
                                         "job-name",
                                         "licenses",
                                         "mail-user",
                                         "mem",
                                         "mem-per-cpu",
                                         "mem-per-gpu",
                                         "nice",
                                         "no-requeue",
                                         "nodes",
                                         "ntasks",
                                         "ntasks-per-gpu",
                                         "ntasks-per-node",
                                         "open-mode",
                                         "output",
                                         "partition",
                                         "qos",
                                         "requeue",
                                         "reservation",
                                         "tasks-per-node",
                                         "test-only",
                                         "time",
                                         "uid",
                                         "usage",
                                         "version",
                                         "wait",
                                         "wrap"};

/// The names of the options that sbatch would set; nothing when it would refuse the words.
std::optional<std::vector<std::string>> as_sbatch_reads(std::vector<std::string> words) {
  std::vector<option> table;
  std::string letters;
  for (int at = 0; const auto& one : sbatch_options) {
    table.push_back({one.name, one.has_argument, nullptr, 1000 + at++});
    if (one.letter == 0) continue;
    letters += one.letter;
    letters.append(static_cast<std::size_t>(one.has_argument), ':');
  }
  table.push_back({});
  std::vector<char*> argv{const_cast<char*>("sbatch")};
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> found;
  opterr = 0;
  optind = 0;
  const auto count = static_cast<int>(argv.size()) - 1;
  for (int got = 0;
       (got = ::getopt_long(count, argv.data(), letters.c_str(), table.data(), nullptr)) != -1;) {
    if (got == '?') return std::nullopt;
    const auto* row = got >= 1000 ? &sbatch_options[got - 1000]
                                  : std::ranges::find(sbatch_options, static_cast<char>(got),
                                                      &SbatchOption::letter);
    found.emplace_back(row->name);
  }
  if (optind < count) return std::nullopt;  // "Invalid directive found in batch script"
  return found;
}

bool is_refused(const std::vector<std::string>& words) {
  input::Estimator estimator;
  input::SlurmOptions slurm;
  slurm.extra.emplace();
  for (const auto& word : words) slurm.extra->value.push_back({word, {}});
  estimator.slurm = toml::Located<input::SlurmOptions>{slurm, {}};
  toml::Report report;
  plan::check_slurm_options(estimator, report);
  return report.has_errors();
}

bool breaks_a_run(const std::vector<std::string>& options) {
  return std::ranges::any_of(options, [](const auto& name) { return forbidden.contains(name); });
}

TEST(ExtraOptions, RefuseEverySpellingOfWhatTheRunDecides) {
  for (const auto& one : sbatch_options) {
    if (!forbidden.contains(one.name)) continue;
    const std::string whole = std::string("--") + one.name;
    for (std::size_t length = 3; length <= whole.size(); ++length) {
      const auto name = whole.substr(0, length);
      for (const auto& words :
           {std::vector{name}, std::vector{name + "=x"}, std::vector{name, std::string("x")}}) {
        const auto read = as_sbatch_reads(words);
        EXPECT_TRUE(!read || !breaks_a_run(*read) || is_refused(words)) << name;
      }
    }
    if (one.letter == 0) continue;
    const std::string letter(1, one.letter);
    for (const auto& word :
         {"-" + letter, "-" + letter + "x", "-H" + letter + "x", "-QHO" + letter}) {
      EXPECT_TRUE(is_refused({word})) << word;
    }
  }
}

TEST(ExtraOptions, TakeWhatDoesTheRunNoHarm) {
  for (const auto* word :
       {"--comment=x", "--hold", "-H", "--mail-type=END", "--nodelist=n1", "-wn1", "--exclude=n1",
        "--switches=1", "--signal=USR1@60", "--wait-all-nodes=1", "-Q", "--kill-on-invalid-dep=yes",
        "--chainer-mount=/data:/data", "--tmp=1G", "--spread-job"}) {
    EXPECT_FALSE(is_refused({word})) << word;
  }
}

/// Words that are made of the pieces that matter, so that one in a few is something that sbatch
/// takes.
TEST(ExtraOptions, LetNothingThroughThatRandomWordsSay) {
  std::mt19937 random(1);
  const auto any = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  const std::string characters = "HOQshvVWkpNnctDaMuJx-=p,1:B@";
  int taken = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::vector<std::string> words(1 + any(3));
    for (auto& word : words) {
      const std::string whole =
          std::string("--") + sbatch_options[any(std::size(sbatch_options))].name;
      if (any(2) == 0)
        word = whole.substr(0, 2 + any(whole.size() - 1));
      else
        word = "-";
      for (auto more = any(4); more > 0; --more) word += characters[any(characters.size())];
    }
    const auto read = as_sbatch_reads(words);
    if (!read || !breaks_a_run(*read)) continue;
    ++taken;
    std::string shown;
    for (const auto& word : words) shown += word + " ";
    ASSERT_TRUE(is_refused(words)) << shown;
  }
  EXPECT_GT(taken, 10'000);
}

}  // namespace
}  // namespace chainer::extra_options_test
