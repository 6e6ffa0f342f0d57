// Plans of all kinds, for properties.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "small_plan.hpp"

namespace chainer {

/// Any bytes but NUL.
inline rc::Gen<std::string> bytes() {
  return rc::gen::container<std::string>(
      rc::gen::map(rc::gen::inRange(1, 256), [](int byte) { return static_cast<char>(byte); }));
}

/// One line, as an #SBATCH line holds it.
inline rc::Gen<std::string> line() {
  return rc::gen::container<std::string>(
      rc::gen::map(rc::gen::inRange(0x20, 0x7f), [](int byte) { return static_cast<char>(byte); }));
}

inline int count() { return *rc::gen::inRange(1, 1000); }
inline bool flag() { return *rc::gen::arbitrary<bool>(); }

inline plan::Allocation random_allocation() {
  plan::Allocation asked;
  asked.nodes = count();
  asked.ranks_per_node = count();
  asked.cpus_per_rank = count();
  asked.gpus_per_node = count() - 1;
  asked.minutes = count() - 1;
  asked.memory_mib = static_cast<std::uint64_t>(count() - 1);
  asked.nice = *rc::gen::arbitrary<std::int64_t>();
  asked.max_restarts = count() - 1;
  asked.notify_before = count() - 1;
  asked.exclusive = flag();
  asked.requeue = flag();
  for (auto* text : {&asked.gpu_type, &asked.account, &asked.partition, &asked.qos,
                     &asked.constraint, &asked.reservation, &asked.array, &asked.dependency,
                     &asked.mail, &asked.begin, &asked.deadline, &asked.licenses}) {
    *text = *line();
  }
  asked.binding = *rc::gen::element<std::string>("", "auto", "none", "cores");
  for (const auto& option : *rc::gen::container<std::vector<std::string>>(line())) {
    asked.extra.push_back("--" + option);
  }
  return asked;
}

inline plan::PlannedImage random_image() {
  const auto digest = "sha256:" + std::string(64, "0123456789abcdef"[count() % 16]);
  switch (*rc::gen::inRange(0, 3)) {
    case 0: return plan::NoImage{};
    case 1: return plan::TaggedImage{*ImageRef::parse("docker://h.org/i:1")};
    default:
      return plan::PinnedImage{*ImageRef::parse("docker://h.org/i@" + digest),
                               *Digest::parse(digest)};
  }
}

inline plan::Plan random_plan() {
  auto plan = small_plan();
  plan.name = "n" + *line();
  plan.runs = "/" + *line();
  plan.allocation = random_allocation();
  plan.image = random_image();
  plan.shm_size = ByteSize::from_bytes(static_cast<std::uint64_t>(count()));
  for (auto* text :
       {&plan.description, &plan.target, &plan.framework_version, &plan.mpi, &plan.requirements,
        &plan.build_constraints, &plan.conda, &plan.startup, &plan.source.folder}) {
    *text = *bytes();
  }
  plan.entry_script = "e" + *bytes();
  plan.tags = *rc::gen::container<std::vector<std::string>>(bytes());
  plan.arguments = *rc::gen::container<std::vector<plan::ArgumentGroup>>(
      rc::gen::container<plan::ArgumentGroup>(bytes()));
  int number = 0;
  for (const auto& value : *rc::gen::container<std::vector<std::string>>(bytes())) {
    plan.environment.emplace_back("NAME" + std::to_string(number++), value);
    plan.binds.push_back({value, *bytes()});
    plan.downloads.push_back({*bytes(), value, "", *bytes(), ""});
    plan.source.folders.push_back(value);
    plan.source.files.push_back({value, static_cast<std::uint64_t>(count()), flag()});
    plan.source.links.push_back({value, *bytes()});
  }
  plan.labels_ranks = flag();
  plan.compat = flag();
  plan.user_managed = flag();
  if (flag()) plan.login = plan::RegistryLogin{*bytes(), *bytes(), *bytes(), *bytes(), *bytes()};
  if (flag()) plan.job_template = {*bytes(), *bytes()};
  return plan;
}

}  // namespace chainer
