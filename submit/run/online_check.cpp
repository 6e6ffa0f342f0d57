#include "submit/run/online_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/trimmed.hpp"
#include "submit/run/cluster_accounts.hpp"
#include "submit/run/cluster_facts.hpp"
#include "submit/run/guarded_folder.hpp"
#include "submit/run/job_script.hpp"
#include "submit/run/passed_file.hpp"
#include "submit/run/refusal.hpp"
#include "submit/run/request_check.hpp"
#include "submit/run/sbatch.hpp"
#include "submit/run/slurm_question.hpp"

namespace chainer::run {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_of_check = 20s;  // with one question
constexpr auto patience_of_submit = 5s;
constexpr int highest_exit_code = 128;  // above it a signal ended the program, or sbatch gave up

/// The questions, one after another. An unanswered one is noted, and no more are asked of the same
/// place.
class Conversation {
 public:
  Conversation(const plan::Inspection& inspection, const std::string& user,
               const Services& services, Console& console)
      : plan_(*inspection.plan),
        site_(*inspection.site),
        estimator_(*inspection.estimator),
        origins_(*inspection.estimator, *inspection.site),
        asked_{plan_.allocation, origins_},
        user_(user),
        services_(services),
        console_(console) {}

  ClusterAnswer quick() && {
    ask_for_partitions(patience_of_submit);
    skip(
        "the reservation, the account, the QOS, their limits, --mpi, what the image holds, and "
        "whether it can ever start",
        "check --online asks for these");
    return finish();
  }

  ClusterAnswer whole() && {
    look_at_folder_of_runs();
    ask_for_mpi();  // about the programs here, whatever the controller does
    ask_for_partitions(patience_of_check);
    ask_for_reservations();
    ask_for_accounts();
    ask_whether_it_can_run();
    return finish();
  }

 private:
  ClusterAnswer finish() {
    answer_.findings = report_.sorted();
    return std::move(answer_);
  }

  bool is_over() const { return answer_.is_interrupted || answer_.failure.has_value(); }

  void skip(std::string what, std::string why) {
    answer_.not_looked_at.push_back({std::move(what), std::move(why)});
  }

  /// The answer of a command that talks to the controller. Without one, `what` counts as not looked
  /// at.
  std::optional<std::string> controllers_answer(const std::vector<std::string>& question,
                                                std::chrono::seconds time,
                                                const std::string& what) {
    if (is_over()) {
      skip(what, "Slurm does not answer");
      return std::nullopt;
    }
    auto reply = ask_for_success(question, services_, console_, time);
    if (auto* finished = std::get_if<Finished>(&reply)) return std::move(finished->out);
    note_silence(std::get<Unanswered>(reply), what);
    return std::nullopt;
  }

  void note_silence(const Unanswered& silence, const std::string& what) {
    skip(what, silence.why);
    if (silence.is_interrupted) {
      answer_.is_interrupted = true;
    } else {
      answer_.failure = PinFailure{ExitCode::try_again,
                                   {fmt::format("Slurm does not answer: {}", silence.why),
                                    "try again when it does", 0, Fault::try_again}};
    }
  }

  /// As submit will, but for the user's own folder in it, which submit makes.
  void look_at_folder_of_runs() {
    const auto folder = open_guarded_folder(plan_.runs, site_.owner);
    if (folder) return;
    const auto origin = origins_.target();
    const auto& error = folder.error();
    report_.take({origin.place.file, origin.place.at, Severity::error,
                  fmt::format("{}: {}", origin.key, error.what), error.hint});
  }

  void ask_for_mpi() {
    const auto what = "whether srun has --mpi=" + plan_.mpi;
    const auto reply =
        ask_for_success({"srun", "--mpi=list"}, services_, console_, patience_of_check);
    if (const auto* silence = std::get_if<Unanswered>(&reply)) {
      answer_.is_interrupted = silence->is_interrupted;
      return skip(what, silence->why);
    }
    const auto& said = std::get<Finished>(reply);
    const auto types = read_mpi_types(said.out + "\n" + said.err);
    if (types.empty()) return skip(what, "srun names no types");
    check_mpi(asked_, plan_.mpi, types, report_);
  }

  void ask_for_partitions(std::chrono::seconds time) {
    const auto said = controllers_answer(question_for_node_groups(), time,
                                         "the partition, its limits, its nodes' features and GPUs");
    if (said) check_partitions(asked_, read_node_groups(*said), report_);
  }

  void ask_for_reservations() {
    if (plan_.allocation.reservation.empty()) return;
    const auto said = controllers_answer({"scontrol", "--oneliner", "show", "reservation"},
                                         patience_of_check, "the reservation");
    if (said) check_reservations(asked_, read_reservations(*said), report_);
  }

  void ask_for_accounts() {
    const std::string what = "the account, the QOS and their limits";
    const auto config = controllers_answer({"scontrol", "show", "config"}, patience_of_check, what);
    if (!config) return;
    if (value_in_config(*config, "AccountingStorageType") != "accounting_storage/slurmdbd") {
      return skip(what, "the cluster keeps no accounts");
    }
    if (value_in_config(*config, "AccountingStorageEnforce").find("associations") ==
        std::string::npos) {
      return skip(what, "the cluster does not hold jobs to them");
    }
    const auto cluster = value_in_config(*config, "ClusterName");
    const auto own = ask_database(question_for_associations(cluster, user_), what);
    const auto qos = own ? ask_database(question_for_qos(), what) : std::nullopt;
    if (qos) check_accounts(asked_, user_, read_associations(*own), read_qos(*qos), report_);
  }

  /// The database may be away while the controller takes jobs.
  std::optional<std::string> ask_database(const std::vector<std::string>& question,
                                          const std::string& what) {
    auto reply = ask_for_success(question, services_, console_, patience_of_check);
    if (auto* finished = std::get_if<Finished>(&reply)) return std::move(finished->out);
    const auto& silence = std::get<Unanswered>(reply);
    answer_.is_interrupted = silence.is_interrupted;
    skip(what, silence.why);
    return std::nullopt;
  }

  void note_start(std::string start) {
    if (is_far_off(start, services_.now))
      return skip("when it would start", "jobs without a time limit are in its way");
    answer_.start = std::move(start);
  }

  /// Slurm's own word, asked for once nothing else is wrong, since it is less plain.
  void ask_whether_it_can_run() {
    const std::string what = "whether the run can ever start";
    if (is_over()) return skip(what, "Slurm does not answer");
    if (report_.has_errors()) return skip(what, "what is wrong already keeps it from it");
    const auto script = PassedFile::with(job_script(plan_, "/run/folder"));
    if (!script) return skip(what, script.error().what);
    const auto reply =
        ask({"sbatch", "--test-only", script->path()}, services_, console_, patience_of_check);
    if (const auto* silence = std::get_if<Unanswered>(&reply)) return note_silence(*silence, what);
    const auto& finished = std::get<Finished>(reply);
    const std::string said(trimmed(finished.err));
    if (finished.code == 0) {
      note_start(start_in_test(said));
    } else if (is_lost_answer(said) || finished.code > highest_exit_code) {
      note_silence({said.empty() ? "sbatch was ended" : said.substr(0, said.find('\n'))}, what);
    } else {
      report_.take(finding_of_refusal(said, estimator_).value_or(finding_at_target(said)));
    }
  }

  Finding finding_at_target(const std::string& why) const {
    const auto origin = origins_.target();
    return {origin.place.file, origin.place.at, Severity::error,
            fmt::format("{}: sbatch refuses the job: {}", origin.key, reason_of_refusal(why)),
            "the site's defaults may ask for what the cluster does not have"};
  }

  const plan::Plan& plan_;
  const input::Site& site_;
  const input::Estimator& estimator_;
  const ValueOrigins origins_;
  const Asked asked_;
  const std::string& user_;
  const Services& services_;
  Console& console_;
  toml::Report report_;
  ClusterAnswer answer_;
};

}  // namespace

bool ClusterAnswer::is_wrong() const {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::error; });
}

ClusterAnswer ask_cluster(const plan::Inspection& inspection, const std::string& user, Depth depth,
                          const Services& services, Console& console) {
  Conversation conversation(inspection, user, services, console);
  return depth == Depth::quick ? std::move(conversation).quick() : std::move(conversation).whole();
}

}  // namespace chainer::run
