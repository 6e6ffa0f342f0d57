#include "node/rootless/user_namespace.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "core/child_end.hpp"

namespace chainer::rootless::user_namespace_test {
namespace {

namespace fs = std::filesystem;

/// The kernel's settings as some machine has them.
class AMachine : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/chainer-settings-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void set(const std::string& name, const std::string& value) {
    const auto path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << value << "\n";
  }
  std::string advice() { return no_user_namespaces(EPERM, folder_.string()).hint; }

 private:
  fs::path folder_;
};

TEST_F(AMachine, ThatHasNoUserNamespacesAtAllIsToldApart) {
  set("user/max_user_namespaces", "0");
  EXPECT_EQ(advice(),
            "user namespaces are off here; an administrator can allow them: sysctl "
            "user.max_user_namespaces=15000");
}

TEST_F(AMachine, ThatKeepsThemForRootIsToldApart) {
  set("user/max_user_namespaces", "96365");
  set("kernel/unprivileged_userns_clone", "0");
  EXPECT_EQ(advice(),
            "user namespaces are for root alone here; an administrator can allow them: sysctl "
            "kernel.unprivileged_userns_clone=1");
}

TEST_F(AMachine, WhoseAppArmorRestrictsThemIsToldApart) {
  set("user/max_user_namespaces", "96365");
  set("kernel/unprivileged_userns_clone", "1");
  set("kernel/apparmor_restrict_unprivileged_userns", "1");
  EXPECT_EQ(advice(),
            "AppArmor restricts user namespaces here; an administrator can allow them: sysctl "
            "kernel.apparmor_restrict_unprivileged_userns=0, or a profile with 'userns,' for this "
            "program");
}

TEST_F(AMachine, WhoseSettingsAllowThemHasSomethingElseInTheWay) {
  set("user/max_user_namespaces", "96365");
  set("kernel/apparmor_restrict_unprivileged_userns", "0");
  EXPECT_EQ(advice(),
            "something keeps user namespaces from this process, such as the container that it "
            "runs in: run it outside of that");
}

TEST(AUserNamespace, HasThisAccountUnderTheNameThatWasAskedFor) {
  const auto child = start_in_user_namespace(
      {4321, 8765}, 0, [] { return ::getuid() == 4321 && ::getgid() == 8765 ? 42 : 1; });
  if (!child) GTEST_SKIP() << child.error().what << "; " << child.error().hint;
  EXPECT_EQ(shell_exit_code(wait_for_end(*child)), 42);
}

}  // namespace
}  // namespace chainer::rootless::user_namespace_test
