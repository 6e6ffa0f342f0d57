#include "mpi_probe/chatter.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "core/take_part.hpp"
#include "core/trimmed.hpp"

namespace chainer::mpi_probe {
namespace {

/// The variables of Open MPI, UCX, MPICH and Intel MPI.
constexpr std::pair<const char*, const char*> talkative[] = {
    {"OMPI_MCA_pml_base_verbose", "10"}, {"OMPI_MCA_mtl_base_verbose", "10"},
    {"OMPI_MCA_btl_base_verbose", "30"}, {"UCX_LOG_LEVEL", "info"},
    {"MPIR_CVAR_DEBUG_SUMMARY", "1"},    {"I_MPI_DEBUG", "5"}};

/// What stands between two words of a line.
std::optional<std::string_view> between(std::string_view line, std::string_view before,
                                        std::string_view behind) {
  const auto at = line.find(before);
  if (at == line.npos) return std::nullopt;
  line.remove_prefix(at + before.size());
  const auto end = line.find(behind);
  if (end == line.npos) return std::nullopt;
  return line.substr(0, end);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == text.npos) return words;
    text.remove_prefix(begin);
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(words.back().size());
  }
}

class Reader {
 public:
  Chatter read(std::string_view said) && {
    while (!said.empty()) read_line(take_line(said));
    // UCX makes a way to the process itself first; what comes after it, last, leads to others.
    if (!ucx_.empty()) {
      for (const auto word : words_of(ucx_)) {
        const auto slash = word.find('/');
        add({std::string(word.substr(0, slash)),
             slash == word.npos ? "" : std::string(word.substr(slash + 1))});
      }
    }
    return std::move(chatter_);
  }

 private:
  void add(MpiWay way) {
    if (std::ranges::find(chatter_.ways, way) == chatter_.ways.end())
      chatter_.ways.push_back(std::move(way));
  }

  void read_line(std::string_view line) {
    read_open_mpi(line);
    read_ucx(line);
    read_libfabric(line);
  }

  /// "select: component ob1 selected", and a line for each other rank.
  void read_open_mpi(std::string_view line) {
    constexpr std::string_view last = "address ";
    if (const auto name = between(line, "select: component ", " selected")) chatter_.layer = *name;
    if (const auto name = between(line, "mca: bml: Using ", " btl for send");
        name && *name != "self")
      add({std::string(*name)});
    if (const auto peer = between(line, "attempting to connect() to ", " on port")) {
      const auto at = peer->find(last);
      if (at != peer->npos) add_peer(peer->substr(at + last.size()));
    }
    if (const auto peer = between(line, "btl:tcp: now connected to ", ",")) add_peer(*peer);
  }

  void add_peer(std::string_view peer) {
    if (std::ranges::find(chatter_.peers, peer) == chatter_.peers.end())
      chatter_.peers.emplace_back(peer);
  }

  /// "UCX  INFO  ep_cfg[1]: tag(rc_mlx5/mlx5_0:1)"; from 1.14 on "inter-node cfg#1 tag(…)".
  void read_ucx(std::string_view line) {
    if (line.find("UCX") == line.npos || line.find("cfg") == line.npos) return;
    const auto ways = between(line, "tag(", ")");
    if (!ways || ways->starts_with("self/")) return;
    if (chatter_.layer.empty()) chatter_.layer = "ucx";  // of MPICH, which does not say it
    ucx_ = *ways;
  }

  /// Open MPI's "mtl:ofi:provider: NAME", MPICH's and Intel MPI's own.
  void read_libfabric(std::string_view line) {
    constexpr std::pair<std::string_view, std::string_view> said[] = {
        {"mtl:ofi:provider: ", ""},
        {"Capability set configuration (", ")"},
        {"libfabric provider: ", ""}};
    for (const auto& [before, behind] : said) {
      const auto at = line.find(before);
      if (at == line.npos) continue;
      auto name = line.substr(at + before.size());
      if (!behind.empty()) name = name.substr(0, name.find(behind));
      chatter_.layer = "ofi";
      add({std::string(trimmed(name))});
    }
  }

  Chatter chatter_;
  std::string ucx_;
};

bool is_talk(std::string_view line) {
  constexpr std::string_view talk[] = {
      "mca:",    "mca_",   "select:",  "select(",  "btl:",          "btl_", "UCX ",      "====",
      "sizeof(", "MPIDI_", "num_vnis", "tag_bits", "MPI startup()", "mtl:", "common_ucx"};
  return std::ranges::any_of(
      talk, [line](std::string_view word) { return line.find(word) != line.npos; });
}

}  // namespace

void make_mpis_talkative() {
  constexpr int keep = 0;
  for (const auto& [name, value] : talkative) ::setenv(name, value, keep);
}

Chatter read_chatter(std::string_view said) { return Reader().read(said); }

std::string complaint_in(std::string_view said) {
  std::string last, framed;
  bool is_framed = false;  // Open MPI frames what it has to say by lines of dashes
  while (!said.empty()) {
    const auto line = trimmed(take_line(said));
    const bool is_rule = line.starts_with("-----");
    if (!framed.empty() && (is_rule || line.empty())) return framed;
    if (is_framed && !line.empty() && !is_talk(line))
      framed += (framed.empty() ? "" : " ") + std::string(line);
    if (is_rule) is_framed = true;
    if (line.empty() || is_rule || is_talk(line)) continue;
    if (last.empty() || line.starts_with("***")) last = line;
  }
  return framed.empty() ? last : framed;
}

}  // namespace chainer::mpi_probe
