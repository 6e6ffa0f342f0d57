#include "spank_plugin/privileges.hpp"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fstream>

#include "core/unique_fd.hpp"
#include "in_child.hpp"
#include "spank_plugin/user_namespace.hpp"

namespace chainer::privileges_test {
namespace {

using fixtures::in_child;

const std::string nothing(16, '0');
constexpr Account nobody{65534, 65534, {}};

/// `NAME:VALUE …` of the lines in /proc/self/status.
std::string status(std::initializer_list<std::string_view> names) {
  std::string text;
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    for (const auto name : names) {
      if (line.starts_with(std::string(name) + ":")) text += line + " ";
    }
  }
  return text;
}

std::string all_dropped() {
  std::string text;
  for (const auto* name : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
    text += std::string(name) + ":\t" + nothing + " ";
  return text + "NoNewPrivs:\t1 ";
}

std::string capabilities() {
  return status({"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"});
}

TEST(AHelper, BecomesTheAccountForGood) {
  NEEDS_ROOT();
  EXPECT_EQ(in_child([] {
              const int failure = become({65534, 65533, {100, 101}});
              const auto account = std::to_string(failure) + " " + status({"Uid", "Gid", "Groups"});
              return account + (::setresuid(0, 0, 0) == 0 ? "root again" : "for good");
            }),
            "0 Uid:\t65534\t65534\t65534\t65534 Gid:\t65533\t65533\t65533\t65533 Groups:\t100 101  "
            "for good");
}

TEST(AHelper, HoldsNoCapability) {
  NEEDS_ROOT();
  EXPECT_EQ(in_child([] { return become(nobody) == 0 ? capabilities() : "still root"; }),
            all_dropped());
}

TEST(AHelper, NeverStaysRootForWantOfAnAccount) {
  EXPECT_EQ(in_child([] {
              return std::to_string(become({static_cast<uid_t>(-1), 5, {}}));
            }),
            std::to_string(EINVAL));
  EXPECT_EQ(in_child([] {
              return std::to_string(become({5, static_cast<gid_t>(-1), {}}));
            }),
            std::to_string(EINVAL));
}

TEST(ATask, MayEnterANamespaceAfterSlurmBecameTheUserAndNothingElse) {
  NEEDS_ROOT();
  EXPECT_EQ(in_child([] {
              const UniqueFd home(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
              if (!keep_capabilities_over_setuid()) return std::string("not kept");
              if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0)
                return std::string("root");
              const bool early = ::setns(home.get(), CLONE_NEWNS) == 0;
              if (!raise_namespace_capabilities()) return std::string("not raised");
              const bool raised = ::setns(home.get(), CLONE_NEWNS) == 0;
              const bool reads = ::open("/etc/shadow", O_RDONLY) >= 0;
              return std::to_string(early) + std::to_string(raised) + std::to_string(reads);
            }),
            "010");
}

TEST(ATask, StartsItsProgramWithoutAnyCapability) {
  NEEDS_ROOT();
  EXPECT_EQ(in_child([] {
              if (!keep_capabilities_over_setuid() || ::setresuid(65534, 65534, 65534) != 0)
                return std::string("no");
              if (!raise_namespace_capabilities()) return std::string("not raised");
              const auto dropped = drop_every_capability();
              return dropped ? capabilities() + (::prctl(PR_GET_KEEPCAPS) == 0 ? "" : "keeps")
                             : dropped.error().what;
            }),
            all_dropped());
}

TEST(ATask, OfAnotherRuntimeHoldsNoneAndMayBeGivenSomeBySetuidPrograms) {
  NEEDS_ROOT();
  EXPECT_EQ(in_child([] {
              const auto before = status({"CapBnd", "NoNewPrivs"});
              if (!keep_capabilities_over_setuid() || ::setresuid(65534, 65534, 65534) != 0)
                return std::string("no");
              if (!raise_namespace_capabilities()) return std::string("not raised");
              if (!drop_what_setuid_left()) return std::string("not dropped");
              const bool same = status({"CapBnd", "NoNewPrivs"}) == before;
              return status({"CapInh", "CapPrm", "CapEff", "CapAmb"}) + (same ? "same" : "other");
            }),
            "CapInh:\t" + nothing + " CapPrm:\t" + nothing + " CapEff:\t" + nothing + " CapAmb:\t" +
                nothing + " same");
}

TEST(ATask, OfRootLosesThemToo) {
  NEEDS_ROOT();
  EXPECT_EQ(in_child([] {
              const auto dropped = drop_every_capability();
              return dropped ? capabilities() : dropped.error().what;
            }),
            all_dropped());
}

TEST(RootInside, IsTheAccountAloneAndHoldsWhatPackagesTakeForGood) {
  NEEDS_ROOT();
  EXPECT_EQ(in_child([] {
              const auto inside =
                  make_user_namespace({IdMap::root_alone(65534), IdMap::root_alone(65533)});
              if (!inside) return inside.error().what;
              static_cast<void>(!keep_capabilities_over_setuid());
              if (::setgroups(0, nullptr) != 0 || ::setresgid(65533, 65533, 65533) != 0 ||
                  ::setresuid(65534, 65534, 65534) != 0)
                return std::string("still root");
              if (const auto raised = raise_namespace_capabilities(); !raised)
                return raised.error().what;
              if (::setns(inside->get(), CLONE_NEWUSER) != 0) return std::string("cannot join");
              if (const auto kept = keep_what_root_inside_needs(); !kept) return kept.error().what;
              const gid_t other = 0;
              return status({"Uid", "Gid"}) + capabilities() +
                     (::setgroups(1, &other) == 0 ? "changes its groups" : "keeps its groups") +
                     (::unshare(CLONE_NEWNS) == 0 ? ", mounts" : ", mounts nothing");
            }),
            "Uid:\t0\t0\t0\t0 Gid:\t0\t0\t0\t0 CapInh:\t" + nothing +
                " CapPrm:\t00000000000400fb CapEff:\t00000000000400fb CapBnd:\t00000000000400fb "
                "CapAmb:\t" +
                nothing + " NoNewPrivs:\t1 keeps its groups, mounts nothing");
}

}  // namespace
}  // namespace chainer::privileges_test
