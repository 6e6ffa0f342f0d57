#include "submit/plan/plan_json.hpp"

namespace chainer::plan {
namespace {

using Json = nlohmann::ordered_json;

Json allocation(const Allocation& asked) {
  return {{"nodes", asked.nodes},
          {"ranks_per_node", asked.ranks_per_node},
          {"cpus_per_rank", asked.cpus_per_rank},
          {"gpus_per_node", asked.gpus_per_node},
          {"gpu_type", asked.gpu_type},
          {"minutes", asked.minutes},
          {"memory_mib", asked.memory_mib},
          {"exclusive", asked.exclusive},
          {"nice", asked.nice},
          {"account", asked.account},
          {"partition", asked.partition},
          {"qos", asked.qos},
          {"constraint", asked.constraint},
          {"reservation", asked.reservation},
          {"array", asked.array},
          {"dependency", asked.dependency},
          {"mail", asked.mail},
          {"begin", asked.begin},
          {"deadline", asked.deadline},
          {"licenses", asked.licenses},
          {"extra", asked.extra},
          {"requeue", asked.requeue},
          {"max_restarts", asked.max_restarts},
          {"notify_before_seconds", asked.notify_before}};
}

Json binds(const Plan& plan) {
  auto list = Json::array();
  for (const auto& bind : plan.binds) {
    list.push_back({{"source", bind.source}, {"destination", bind.destination}});
  }
  return list;
}

Json login(const Plan& plan) {
  if (!plan.login) return nullptr;
  return {{"host", plan.login->host},
          {"username", plan.login->username},
          {"password_file", plan.login->password_file},
          {"password_env", plan.login->password_env},
          {"auth_file", plan.login->auth_file}};
}

Json downloads(const Plan& plan) {
  auto list = Json::array();
  for (const auto& one : plan.downloads) {
    list.push_back({{"name", one.name},
                    {"source", one.source},
                    {"digest", one.digest},
                    {"file", one.file},
                    {"destination", one.destination}});
  }
  return list;
}

Json shell(const input::SiteEnvironment& shell) {
  auto set = Json::object();
  for (const auto& [name, value] : shell.set) set[name] = value;
  return {{"keep", shell.keep}, {"drop", shell.drop}, {"set", set}};
}

Json image(const PlannedImage& planned) {
  Json json{{"reference", text_of(planned)}};
  if (const auto* pinned = std::get_if<PinnedImage>(&planned)) {
    json["digest"] = pinned->digest.to_string();
  }
  return json;
}

}  // namespace

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json plan_object(const Plan& plan) {
  auto environment = Json::object();
  for (const auto& [name, value] : plan.environment) environment[name] = value;
  auto files = Json::array();
  for (const auto& file : plan.source.files) files.push_back(file.path);
  return {{"name", plan.name},
          {"description", plan.description},
          {"tags", plan.tags},
          {"compute_target", plan.target},
          {"framework_version", plan.framework_version},
          {"image", image(plan.image)},
          {"registry_login", login(plan)},
          {"allocation", allocation(plan.allocation)},
          {"mpi", plan.mpi},
          {"label", plan.labels_ranks},
          {"shm_bytes", plan.shm_size.bytes()},
          {"requirements", plan.requirements},
          {"conda", plan.conda},
          {"build_constraints", plan.build_constraints},
          {"startup", plan.startup},
          {"compat", plan.compat},
          {"user_managed", plan.user_managed},
          {"binds", binds(plan)},
          {"downloads", downloads(plan)},
          {"environment", environment},
          {"shell", shell(plan.shell)},
          {"entry_script", plan.entry_script},
          {"arguments", plan.arguments},
          {"source", {{"folder", plan.source.folder}, {"files", files}}}};
}

std::string plan_json(const Plan& plan) { return dump(plan_object(plan)); }

}  // namespace chainer::plan
