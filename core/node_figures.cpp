#include "core/node_figures.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <type_traits>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::array<char, 8> our_magic{'c', 'h', 'f', 'i', 'g', 'u', 'r', 'e'};
constexpr std::uint64_t our_version = 1;
constexpr std::size_t largest_file = 64 * 1024;

static_assert(std::is_trivially_copyable_v<FiguresFile>);
static_assert(std::has_unique_object_representations_v<NodeFigures>, "the counters have no holes");

}  // namespace

std::size_t index_of(Phase phase) { return static_cast<std::size_t>(phase) - 1; }

std::string_view phase_name_at(std::size_t index) { return name_of(static_cast<Phase>(index + 1)); }

FiguresFile FiguresFile::empty(std::uint64_t since) { return {our_magic, our_version, since, {}}; }

bool FiguresFile::is_ours() const { return magic == our_magic && version == our_version; }

Result<FiguresFile> read_figures(const std::string& run_dir) {
  const auto path = run_dir + "/" + std::string(figures_name);
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return FiguresFile::empty(0);
  if (!file) return Error::from_errno("cannot open " + path, errno);
  TRY_ASSIGN(const auto bytes, read_all(file.get(), largest_file));
  FiguresFile read{};
  if (bytes.size() == sizeof read) std::memcpy(&read, bytes.data(), sizeof read);
  if (!read.is_ours()) {
    return Error{path + " is of another release of chainer-node",
                 "the next preparation on this node begins a new one"};
  }
  return read;
}

}  // namespace chainer
