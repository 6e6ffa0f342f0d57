#include "submit/doctor/mpi_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/json/json_text.hpp"
#include "core/name_list.hpp"
#include "core/printable.hpp"
#include "submit/doctor/finding_json.hpp"

namespace chainer::doctor {
namespace {

/// Sockets, whoever calls them: TCP's own way of Open MPI and of UCX, and libfabric's over it.
bool is_tcp(const MpiWay& way) {
  return way.by.find("tcp") != std::string::npos || way.by.find("sockets") != std::string::npos;
}

/// InfiniBand as an interface: fast, and far from what it can do.
bool is_ip_over_infiniband(const MpiWay& way) { return way.device.starts_with("ib"); }

std::vector<const FastNetwork*> active_networks(const MpiSurvey& survey) {
  std::vector<const FastNetwork*> active;
  // The nodes are the same ones in both places.
  const auto& report = survey.outside ? survey.outside : survey.inside;
  if (!report) return active;
  for (const auto& network : report->networks) {
    if (network.is_active) active.push_back(&network);
  }
  return active;
}

std::string text_of(const FastNetwork& network) {
  return fmt::format("{} ({}{})", network.kind, network.name,
                     network.rate.empty() ? "" : ", " + network.rate);
}

std::string text_of(const std::vector<const FastNetwork*>& networks) {
  std::vector<std::string> texts;
  for (const auto* network : networks) texts.push_back(text_of(*network));
  return join_names(texts);
}

bool is_slow_way(const MpiReport& report) {
  return !report.ways.empty() && std::ranges::all_of(report.ways, is_tcp);
}

void check_way(const MpiSurvey& survey, HealthFindings& found) {
  const auto networks = active_networks(survey);
  if (!survey.inside || networks.empty() || !is_slow_way(*survey.inside)) return;
  const bool is_slow_outside = survey.outside && is_slow_way(*survey.outside);
  const bool is_ip = std::ranges::any_of(survey.inside->ways, is_ip_over_infiniband);
  found.push_back(
      {HealthLevel::problem,
       fmt::format("{} although the nodes have {}", text_of_ways(*survey.inside),
                   text_of(networks)),
       fmt::format("{} in the container", survey.inside->library),
       is_ip ? "IP over it reaches a part of what the network can do"
             : "messages take many times as long as they have to, and trainings wait for them",
       is_slow_outside || !survey.outside
           ? "an MPI that was built with UCX or libfabric, with rdma-core's libraries beside it; "
             "see that OMPI_MCA_pml, OMPI_MCA_btl, UCX_TLS and FI_PROVIDER do not forbid it"
           : fmt::format("the nodes' own MPI takes {}: the image's needs UCX or libfabric too, and "
                         "rdma-core's libraries (Debian: ibverbs-providers)",
                         text_of_ways(*survey.outside))});
}

struct Difference {
  std::string what;  ///< "messages of 8 bytes"
  double outside{0}, inside{0};
  double share() const { return inside / outside - 1; }
};

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kibi = 1 << 10, mebi = 1 << 20;
  if (bytes >= mebi && bytes % mebi == 0) return fmt::format("{} MiB", bytes / mebi);
  if (bytes >= kibi && bytes % kibi == 0) return fmt::format("{} KiB", bytes / kibi);
  return fmt::format("{} bytes", bytes);
}

void add_differences(std::string_view what, const std::vector<MpiTime>& outside,
                     const std::vector<MpiTime>& inside, std::vector<Difference>& differences) {
  for (const auto& [bytes, us] : outside) {
    const auto same = std::ranges::find(inside, bytes, &MpiTime::bytes);
    if (same == inside.end() || us <= 0) continue;
    differences.push_back({fmt::format("{} of {}", what, size_text(bytes)), us, same->us});
  }
}

std::vector<Difference> differences_in(const MpiSurvey& survey) {
  std::vector<Difference> differences;
  if (!survey.outside || !survey.inside) return differences;
  add_differences("messages", survey.outside->ping_pong, survey.inside->ping_pong, differences);
  add_differences("sums", survey.outside->allreduce, survey.inside->allreduce, differences);
  return differences;
}

/// Another MPI, or another way, is what makes the difference then, and not the container.
std::string what_else_differs(const MpiReport& outside, const MpiReport& inside) {
  if (outside.ways != inside.ways)
    return fmt::format("outside they go by {}", text_of_ways(outside));
  if (outside.library != inside.library)
    return fmt::format("the nodes have another MPI: {}", outside.library);
  return {};
}

void check_times(const MpiSurvey& survey, HealthFindings& found) {
  std::vector<std::string> slower;
  for (const auto& one : differences_in(survey)) {
    if (one.share() <= tolerated_slowness) continue;
    slower.push_back(fmt::format("{} take {:.1f} us and {:.1f} us outside ({:+.0f} %)", one.what,
                                 one.inside, one.outside, 100 * one.share()));
  }
  if (slower.empty()) return;
  const auto other = what_else_differs(*survey.outside, *survey.inside);
  found.push_back(
      {HealthLevel::warning, "MPI is slower in the container: " + join_names(slower), "",
       other.empty() ? "the MPI and the way are the same: something else took part of the nodes"
                     : other,
       other.empty() ? "ask again when nobody else uses the nodes"
                     : "build the image's MPI as the nodes' own is built"});
}

std::string time_text(const MpiTime& time) {
  constexpr std::uint64_t large = 1 << 20;
  if (time.bytes < large) return fmt::format("{:.2f} us", time.us);
  constexpr double bytes_per_us_in_giga = 1e3;
  return fmt::format("{:.2f} GB/s",
                     static_cast<double>(time.bytes) / time.us / bytes_per_us_in_giga);
}

/// The figures of both places below each other.
class Table {
 public:
  explicit Table(const MpiSurvey& survey) : survey_(survey) {}

  std::string text() {
    row("", "outside", "in the container");
    row("MPI",
        [](const MpiReport& report) { return report.library.substr(0, report.library.find(',')); });
    row("its library", [](const MpiReport& report) { return report.file; });
    row("its PMIx", [](const MpiReport& report) { return report.pmix; });
    row("Slurm's PMIx", [](const MpiReport& report) { return report.pmix_of_slurm; });
    row("chosen by", [](const MpiReport& report) { return report.layer; });
    row("way", [](const MpiReport& report) { return text_of_ways(report); });
    times("message", &MpiReport::ping_pong);
    times("sum of all", &MpiReport::allreduce);
    return text_;
  }

 private:
  void row(const std::string& name, const std::string& outside, const std::string& inside) {
    constexpr int first = 22, second = 48;
    auto line = printable(fmt::format("{:<{}}{:<{}}{}", name, first, outside, second, inside));
    line.erase(line.find_last_not_of(' ') + 1);
    text_ += line + "\n";
  }

  template <typename Value>
  void row(const std::string& name, const Value& value) {
    const auto cell = [&](const std::optional<MpiReport>& report) {
      const std::string text = report ? value(*report) : "-";
      return text.empty() ? std::string("not told") : text;
    };
    row(name, cell(survey_.outside), cell(survey_.inside));
  }

  void times(const std::string& name, std::vector<MpiTime> MpiReport::*member) {
    const auto& some = survey_.inside ? survey_.inside : survey_.outside;
    if (!some) return;
    for (const auto& time : (*some).*member) {
      row(fmt::format("{}, {}", name, size_text(time.bytes)), [&](const MpiReport& report) {
        const auto& list = report.*member;
        const auto same = std::ranges::find(list, time.bytes, &MpiTime::bytes);
        return same == list.end() ? std::string() : time_text(*same);
      });
    }
  }

  const MpiSurvey& survey_;
  std::string text_;
};

std::string text_beside_the_nodes_own(const MpiSurvey& survey) {
  const auto differences = differences_in(survey);
  if (differences.empty()) return "not compared with an MPI of the nodes' own";
  const auto worst = std::ranges::max_element(differences, {}, &Difference::share);
  const auto percent = 100 * worst->share();
  if (percent <= 0) return "not slower than outside of it";
  return fmt::format("at most {:.1f} % slower than outside of it ({})", percent, worst->what);
}

}  // namespace

HealthFindings compare_mpi(const MpiSurvey& survey) {
  HealthFindings found;
  check_way(survey, found);
  check_times(survey, found);
  return found;
}

std::string text_of_ways(const MpiReport& report) {
  std::vector<std::string> texts;
  for (const auto& way : report.ways) {
    const auto by = way.by == "tcp" ? std::string("TCP") : way.by;
    texts.push_back(way.device.empty() ? by : by + " over " + way.device);
  }
  return texts.empty() ? "a way that it does not tell" : join_names(texts);
}

std::string verdict_on(const MpiSurvey& survey) {
  if (!survey.inside) return "MPI does not work in this image over several nodes";
  const auto networks = active_networks(survey);
  const auto way = text_of_ways(*survey.inside);
  const auto on = networks.empty()              ? "the nodes have no faster network"
                  : is_slow_way(*survey.inside) ? "although the nodes have " + text_of(networks)
                                                : "the nodes have " + text_of(networks);
  return fmt::format("in the container MPI goes by {}, {}; {}", way,
                     text_beside_the_nodes_own(survey), on);
}

std::string mpi_text(const MpiSurvey& survey, const std::string& image, Colour colour) {
  std::string text = printable("image  " + image) + "\n";
  if (survey.outside || survey.inside) text += Table(survey).text();
  for (const auto& finding : survey.findings) text += health_text(finding, "", colour);
  return text + printable("verdict: " + verdict_on(survey)) + "\n";
}

std::string mpi_json(const MpiSurvey& survey, const std::string& image) {
  using Json = nlohmann::ordered_json;
  const auto json_of = [](const std::optional<MpiReport>& report) {
    return report ? parse_ordered_json(mpi_report_json(*report)) : Json(nullptr);
  };
  auto findings = Json::array();
  for (const auto& finding : survey.findings) findings.push_back(finding_json(finding, ""));
  const Json document{{"well", !has_problem(survey.findings)},
                      {"verdict", verdict_on(survey)},
                      {"image", image},
                      {"outside", json_of(survey.outside)},
                      {"in_container", json_of(survey.inside)},
                      {"findings", findings}};
  return json_page(document);
}

}  // namespace chainer::doctor
