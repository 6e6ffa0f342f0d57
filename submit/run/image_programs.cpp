#include "submit/run/image_programs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/printable.hpp"
#include "submit/run/cluster_facts.hpp"

namespace chainer::run {
namespace {

constexpr int oldest_minor = 8;  // what the builder of environments works with
constexpr auto python_hint = "use an image with Python 3.8 or newer on its PATH";

/// 11 of "3.11".
std::optional<int> minor_of(std::string_view version) {
  constexpr std::string_view head = "3.";
  if (!version.starts_with(head)) return std::nullopt;
  version.remove_prefix(head.size());
  int minor = 0;
  const auto [end, failure] =
      std::from_chars(version.data(), version.data() + version.size(), minor);
  return failure == std::errc{} ? std::optional(minor) : std::nullopt;
}

/// Whether Python 3.`minor` meets one condition of a recipe, such as "<3.12". One of another form
/// is met.
bool meets(int minor, std::string_view condition) {
  const auto length = std::min(condition.find_first_not_of("<>="), condition.size());
  const auto comparison = condition.substr(0, length);
  const auto bound = minor_of(condition.substr(length));
  if (!bound) return true;
  if (comparison == ">=") return minor >= *bound;
  if (comparison == "<") return minor < *bound;
  if (comparison == "<=") return minor <= *bound;
  if (comparison == ">") return minor > *bound;
  return comparison != "==" || minor == *bound;
}

bool meets_all(int minor, std::string_view conditions) {
  return std::ranges::all_of(split(conditions, ','),
                             [&](std::string_view one) { return meets(minor, one); });
}

/// Whether conda's own packages, not pip's beside them, hold an MPI.
bool brings_mpi(std::string_view conda) {
  return conda.substr(0, conda.find("- pip:")).find("mpi") != conda.npos;
}

class Check {
 public:
  Check(const NeededPrograms& needed, const ImagePrograms& found, const std::string& image,
        const ValueOrigins& origins, toml::Report& report)
      : needed_(needed),
        found_(found),
        image_(image),
        origins_(origins),
        report_(report),
        is_whole_(found.unread_layers == 0) {}

  std::string run() {
    if (needed_.python) check_python();
    if (needed_.mpi && needed_.is_local) check_mpirun();
    if (needed_.mpi && !needed_.is_local) check_mpi();
    return unknown_;
  }

 private:
  void leave_open(const std::string& what) { unknown_ += (unknown_.empty() ? "" : " and ") + what; }

  /// The key that names the image stands in front; an image of the site's is called that.
  std::string subject() const {
    const auto key = origins_.image().key;
    return key.empty() ? "the site's image " + image_ : key + ": the image " + image_;
  }

  void check_python() {
    if (found_.python.empty()) return miss_python();
    const auto minor = minor_of(found_.python_version);
    if (!minor || needed_.is_user_managed) return;
    if (*minor < oldest_minor) {
      report_.error(origins_.image().place,
                    fmt::format("{} holds Python {} ({}), and environments are built with 3.8 or "
                                "newer",
                                subject(), found_.python_version, found_.python),
                    python_hint);
    } else if (!meets_all(*minor, needed_.pythons)) {
      report_.warning(
          origins_.image().place,
          fmt::format("{} holds Python {} ({}), and Chainer {} works with {}", subject(),
                      found_.python_version, found_.python, needed_.version, needed_.pythons),
          "use an image with such a Python, or bring one with conda_packages");
    }
  }

  void miss_python() {
    if (!is_whole_) return leave_open("a Python");
    if (!found_.other_python.empty()) {
      report_.warning(origins_.image().place,
                      fmt::format("{} has a PATH that leads to no Python; it holds {}", subject(),
                                  found_.other_python),
                      "put its folder into the image's PATH (ENV PATH=…)");
      return;
    }
    report_.error(origins_.image().place, subject() + " holds no Python",
                  needed_.is_user_managed
                      ? "with user_managed = true the image's own Python runs the script"
                      : python_hint);
  }

  void check_mpirun() {
    if (!found_.mpirun.empty()) return;
    if (!is_whole_) return leave_open("an mpirun");
    const auto origin = origins_.ranks();
    report_.error(
        origin.place,
        fmt::format("{}: the image {} holds no mpirun, which starts the ranks of a run on "
                    "this machine",
                    origin.key, image_),
        "use an image with Open MPI or MPICH on its PATH, or run one process");
  }

  void check_mpi() {
    const auto origin = origins_.ranks();
    const bool wants_pmix = needed_.mpi_type.starts_with("pmix");
    const bool fits = !found_.mpi.empty() && (found_.mpi_speaks_pmix || !wants_pmix);
    if (fits) return;
    if (!is_whole_) return leave_open("an MPI for srun --mpi=" + needed_.mpi_type);
    if (found_.mpi.empty()) {
      report_.error(origin.place, fmt::format("{}: the image {} holds no MPI", origin.key, image_),
                    "use an image with an MPI that was built with PMIx, such as Debian's Open MPI");
      return;
    }
    const auto name = found_.mpi_family.empty() ? std::string() : found_.mpi_family + ", ";
    report_.error(origin.place,
                  fmt::format("{}: the MPI of the image {} ({}{}) does not speak PMIx, by which "
                              "srun --mpi={} starts it: each process would be the only rank",
                              origin.key, image_, name, found_.mpi, needed_.mpi_type),
                  "use an image whose MPI was built with PMIx, or a target with the mpi that this "
                  "one knows");
  }

  const NeededPrograms& needed_;
  const ImagePrograms& found_;
  const std::string& image_;
  const ValueOrigins& origins_;
  toml::Report& report_;
  bool is_whole_;
  std::string unknown_{};
};

}  // namespace

std::optional<ImagePrograms> ImagePrograms::read(std::string_view json) {
  const auto answer = parse_json(json);
  if (!answer.is_object() || !answer.contains("python") || !answer.contains("mpi"))
    return std::nullopt;
  ImagePrograms found;
  found.python = printable(string_member(answer["python"], "path"));
  found.python_version = printable(string_member(answer["python"], "version"));
  found.other_python = printable(string_member(answer, "other_python"));
  found.mpi = printable(string_member(answer["mpi"], "path"));
  found.mpi_family = printable(string_member(answer["mpi"], "family"));
  found.mpi_speaks_pmix = answer["mpi"].is_object() && answer["mpi"].value("speaks_pmix", false);
  found.mpirun = printable(string_member(answer, "mpirun"));
  found.unread_layers = number_member(answer, "unread_layers").value_or(0);
  found.unread_bytes = number_member(answer, "unread_bytes").value_or(0);
  return found;
}

NeededPrograms NeededPrograms::of(const plan::Plan& plan, const input::Site& site,
                                  const std::string& pythons) {
  NeededPrograms needed;
  needed.python = plan.conda.empty();
  const bool image_brings_mpi = plan.is_local || !site.has_mpi_of_nodes;
  needed.mpi = plan.allocation.ranks() > 1 && plan.mpi != "none" && !brings_mpi(plan.conda) &&
               image_brings_mpi;
  needed.is_user_managed = plan.user_managed;
  needed.is_local = plan.is_local;
  needed.mpi_type = plan.mpi;
  needed.pythons = pythons;
  needed.version = plan.framework_version;
  return needed;
}

std::string NeededPrograms::to_string() const {
  const auto starter = is_local ? std::string("an mpirun") : "an MPI for srun --mpi=" + mpi_type;
  if (!mpi) return "a Python";
  return python ? "a Python and " + starter : starter;
}

std::string check_programs(const NeededPrograms& needed, const ImagePrograms& found,
                           const std::string& image, const ValueOrigins& origins,
                           toml::Report& report) {
  return Check(needed, found, image, origins, report).run();
}

}  // namespace chainer::run
