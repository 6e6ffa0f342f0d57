#include "core/mpi_report/mpi_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "core/take_part.hpp"

namespace chainer {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<MpiTime>& times) {
  auto list = Json::array();
  for (const auto& [bytes, us] : times) list.push_back({{"bytes", bytes}, {"us", us}});
  return list;
}

std::vector<MpiTime> times_in(const Json& list) {
  std::vector<MpiTime> times;
  for (const auto& time : list)
    times.push_back({time.at("bytes").get<std::uint64_t>(), time.at("us").get<double>()});
  return times;
}

MpiReport report_in(const Json& document) {
  const auto text = [](const Json& object, const char* key) {
    return object.at(key).get<std::string>();
  };
  MpiReport report{text(document, "mpi_probe"), document.at("rank").get<int>()};
  report.hosts = document.at("hosts").get<std::vector<std::string>>();
  report.has_mpi = document.at("has_mpi").get<bool>();
  report.family = text(document, "family");
  report.library = text(document, "library");
  report.file = text(document, "file");
  report.pmix = text(document, "pmix");
  report.pmix_of_slurm = text(document, "pmix_of_slurm");
  report.layer = text(document, "layer");
  for (const auto& way : document.at("ways"))
    report.ways.push_back({text(way, "by"), text(way, "device")});
  for (const auto& network : document.at("networks")) {
    report.networks.push_back({text(network, "name"), text(network, "kind"), text(network, "rate"),
                               network.at("is_active").get<bool>()});
  }
  report.ping_pong = times_in(document.at("ping_pong"));
  report.allreduce = times_in(document.at("allreduce"));
  for (const auto& problem : document.at("problems"))
    report.problems.push_back({text(problem, "what"), text(problem, "next")});
  return report;
}

}  // namespace

std::string mpi_report_json(const MpiReport& report) {
  auto ways = Json::array(), networks = Json::array(), problems = Json::array();
  for (const auto& [by, device] : report.ways) ways.push_back({{"by", by}, {"device", device}});
  for (const auto& [name, kind, rate, is_active] : report.networks) {
    networks.push_back({{"name", name}, {"kind", kind}, {"rate", rate}, {"is_active", is_active}});
  }
  for (const auto& [what, next] : report.problems)
    problems.push_back({{"what", what}, {"next", next}});
  const Json document{{"mpi_probe", report.probe},
                      {"rank", report.rank},
                      {"hosts", report.hosts},
                      {"has_mpi", report.has_mpi},
                      {"family", report.family},
                      {"library", report.library},
                      {"file", report.file},
                      {"pmix", report.pmix},
                      {"pmix_of_slurm", report.pmix_of_slurm},
                      {"layer", report.layer},
                      {"ways", ways},
                      {"networks", networks},
                      {"ping_pong", json_of(report.ping_pong)},
                      {"allreduce", json_of(report.allreduce)},
                      {"problems", problems}};
  return json_line(document) + "\n";
}

Result<std::vector<MpiReport>> parse_mpi_reports(std::string_view text) {
  std::vector<MpiReport> reports;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line.starts_with("{\"mpi_probe\":")) continue;
    try {
      reports.push_back(report_in(parse_ordered_json(line)));
    } catch (const nlohmann::json::exception& wrong) {
      return Error{std::string("cannot read the MPI probe's report: ") + wrong.what(), "", 0,
                   Fault::defect};
    }
  }
  return reports;
}

}  // namespace chainer
