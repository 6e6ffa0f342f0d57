#include "node/doctor/gpu_health.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/node_name.hpp"
#include "core/text_file.hpp"
#include "core/trusted_path.hpp"
#include "node/doctor/command.hpp"

namespace chainer::doctor {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto patience_with_scontrol = 15s;
constexpr std::size_t largest_version = 64 * 1024;
constexpr char write_it[] =
    "chainer-node gpu-files --write, here and wherever the driver is changed";

bool is_there(const char* path) {
  std::error_code unreadable;
  return fs::exists(path, unreadable);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// /dev/nvidia0 and so on.
int count_devices() {
  constexpr std::string_view start = "nvidia";
  int count = 0;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator("/dev", unreadable)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(start) && is_number(std::string_view(name).substr(start.size()))) ++count;
  }
  return count;
}

void look_at_list(const std::string& path, GpuFacts& facts) {
  auto list = load_gpu_files(path);
  if (!list) {
    facts.failure = std::move(list).error();
    return;
  }
  facts.list = *std::move(list);
  if (!facts.list) return;
  for (const auto& file : facts.list->files) {
    std::error_code unreadable;
    const auto type = fs::status(file.path, unreadable).type();
    if (type == fs::file_type::none) continue;  // this account cannot tell
    if (type != fs::file_type::regular) {
      facts.gone.push_back(file.path);
    } else if (const auto only_roots = check_only_root_can_change(file.path); !only_roots) {
      facts.distrusted.push_back(only_roots.error().what);
    }
  }
}

bool ask_slurm_for_gpus() {
  const auto answer = run_command({"scontrol", "--oneliner", "show", "node", name_of_this_node()},
                                  patience_with_scontrol);
  return answer && answer->code == 0 && names_gpus(answer->said);
}

/// The first, and how many more there are.
std::string first_of(const std::vector<std::string>& all) {
  return all.front() + (all.size() > 1 ? " (and " + std::to_string(all.size() - 1) + " more)" : "");
}

void check_list(const GpuFacts& facts, HealthFindings& found) {
  constexpr char failing[] = "every step with a GPU that asks for a container fails here";
  const auto problem = [&](const std::string& what, const std::string& next) {
    found.push_back({HealthLevel::problem, what, facts.list_path, failing, next});
  };
  if (facts.failure) return problem(facts.failure->what, facts.failure->hint);
  if (!facts.gone.empty())
    problem("what the list of the GPU driver's files names is gone: " + first_of(facts.gone),
            write_it);
  if (!facts.distrusted.empty())
    problem(first_of(facts.distrusted),
            "chown it to root, and take the write permission of group and others away");
  if (facts.devices == 0) return;

  const auto warning = [&](const std::string& what, const std::string& next) {
    found.push_back({HealthLevel::warning, what, facts.list_path,
                     "programs in them find no libcuda.so.1, and run without a GPU", next});
  };
  if (!facts.list) {
    warning("containers get nothing of the GPU driver: there is no list of its files", write_it);
  } else if (facts.list->files.empty()) {
    warning("containers get nothing of the GPU driver: the list of its files is empty",
            std::string("install the driver's libraries, then ") + write_it);
  }
}

void check_driver(const GpuFacts& facts, HealthFindings& found) {
  const auto listed = facts.list ? facts.list->driver : "";
  if (!facts.running.empty() && !listed.empty() && listed != facts.running) {
    found.push_back(
        {HealthLevel::problem,
         "the list of the GPU driver's files is for " + listed + ", and " + facts.running + " runs",
         facts.list_path, "CUDA works only with the libraries of the running driver",
         "chainer-node gpu-files --write; where that names " + listed +
             " again, restart the node: its libraries are newer than its driver"});
  }
  if (facts.devices > 0 && !facts.has_memory_device) {
    found.push_back({HealthLevel::warning, "the GPU driver's /dev/nvidia-uvm is not there", "/dev",
                     "a program outside of a container makes it when it first uses CUDA; inside, "
                     "CUDA fails until then",
                     "nvidia-modprobe -u -c 0, at each boot before slurmd"});
  }
  if (facts.are_given_by_slurm && facts.devices == 0 && !facts.has_other_gpus) {
    found.push_back({HealthLevel::warning, "Slurm hands out GPUs here, and no driver shows any",
                     "gres.conf", "steps that ask for a GPU start, and find none",
                     "see why the driver is not loaded, or correct gres.conf"});
  }
}

}  // namespace

bool GpuFacts::concern_the_node() const {
  const bool has_files = list && !list->files.empty();
  return devices > 0 || are_given_by_slurm || has_files || failure;
}

GpuFacts look_at_gpus(const PluginConf& conf, Depth depth) {
  GpuFacts facts{conf.gpu_files};
  look_at_list(conf.gpu_files, facts);
  facts.devices = count_devices();
  facts.has_memory_device = is_there("/dev/nvidia-uvm");
  facts.has_other_gpus = is_there("/dev/kfd") || is_there("/dev/dri/renderD128");
  if (const auto text = read_file("/proc/driver/nvidia/version", largest_version))
    facts.running = driver_version_in(*text);
  if (depth == Depth::whole) facts.are_given_by_slurm = ask_slurm_for_gpus();
  return facts;
}

HealthFindings check_gpus(const GpuFacts& facts) {
  HealthFindings found;
  check_list(facts, found);
  check_driver(facts, found);
  return found;
}

std::string driver_version_in(const std::string& text) {
  // NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (…)
  std::istringstream words(text.substr(0, text.find('\n')));
  for (std::string word; words >> word;) {
    const auto dot = word.find('.');
    if (dot != std::string::npos && is_number(word.substr(0, dot)) &&
        word.find_first_not_of("0123456789.") == std::string::npos) {
      return word;
    }
  }
  return "";
}

bool names_gpus(const std::string& node) {
  constexpr std::string_view key = " Gres=";
  const auto at = node.find(key);
  if (at == std::string::npos) return false;
  const auto begin = at + key.size();
  std::istringstream list(node.substr(begin, node.find(' ', begin) - begin));
  for (std::string one; std::getline(list, one, ',');) {
    if (one == "gpu" || one.starts_with("gpu:")) return true;
  }
  return false;
}

}  // namespace chainer::doctor
