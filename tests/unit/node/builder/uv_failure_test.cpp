#include "node/builder/uv_failure.hpp"

#include <gtest/gtest.h>
#include <signal.h>

// The texts are those of the pinned uv.
namespace chainer::uv_failure_test {
namespace {

constexpr int exit_code_one = 1 << 8;

Error explain(const std::string& err) {
  return builder::explain_uv_failure("cannot resolve requirements.txt", {exit_code_one, "", err});
}

TEST(UvFailure, ShowsTheResolversReason) {
  const auto error = explain(
      "Resolving…\nerror: No solution found when resolving dependencies\n"
      "  cause: Because nosuch was not found in the package registry and you require nosuch, we "
      "can "
      "conclude that your requirements are unsatisfiable.\n");
  EXPECT_EQ(
      error.what,
      "cannot resolve requirements.txt: No solution found when resolving dependencies: Because "
      "nosuch "
      "was not found in the package registry and you require nosuch, we can conclude that your "
      "requirements are unsatisfiable.");
  EXPECT_EQ(error.fault, Fault::user);
  EXPECT_EQ(error.hint, "correct the requirements and submit again");
}

TEST(UvFailure, ShowsTheLastLinesOfABuild) {
  std::string output;
  for (int line = 1; line <= 20; ++line) output += "         line " + std::to_string(line) + "\n\n";
  const auto error = explain(
      "error: Failed to build `mpi4py==3.1.6`\n  cause: The build backend returned an error\n"
      "  cause: Call to `build_wheel` failed (exit status: 1)\n\n" +
      output + "\nhint: Build failures usually indicate a problem with the package\n");
  EXPECT_EQ(
      error.what,
      "cannot resolve requirements.txt: Failed to build `mpi4py==3.1.6`: The build backend "
      "returned "
      "an error: Call to `build_wheel` failed (exit status: 1)\n"
      "    line 13\n    line 14\n    line 15\n    line 16\n    line 17\n    line 18\n    line 19\n"
      "    line 20");
  EXPECT_EQ(error.fault, Fault::user);
}

TEST(UvFailure, SaysThatTheImageHasNoGit) {
  const auto error = explain(
      "   Updating https://127.0.0.1:1/x.git (HEAD)\n"
      "error: Failed to download and build `x @ git+https://127.0.0.1:1/x.git`\n"
      "  cause: Git operation failed\n"
      "  cause: Git executable not found. Ensure that Git is installed and available.\n");
  EXPECT_TRUE(error.hint.starts_with("the image has no git")) << error.hint;
  EXPECT_EQ(error.fault, Fault::user);
}

TEST(UvFailure, SaysHowToBuildWithAnOlderSetuptools) {
  for (const std::string line :
       {"ModuleNotFoundError: No module named 'pkg_resources'",
        "TypeError: new_compiler() got an unexpected keyword argument 'dry_run'"}) {
    const auto error = explain(
        "error: Failed to build `x==1`\n  cause: The build backend returned an error\n\n         " +
        line + "\n");
    EXPECT_EQ(error.hint,
              "it needs an older setuptools to build with: write setuptools<70 into a file beside "
              "the requirements, named as they are with .build-constraints.txt behind it; for "
              "Chainer, chainer-submit render --output makes both files");
  }
}

TEST(UvFailure, TellsAnIndexOutOfReach) {
  const auto error = explain(
      "error: Request failed after 3 retries in 4.3s\n  cause: Failed to fetch: "
      "`https://u:pw@h/simple/six/`\n"
      "  cause: error sending request for url (https://u:pw@h/simple/six/)\n  cause: Connection "
      "refused\n");
  EXPECT_EQ(error.fault, Fault::try_again);
  EXPECT_EQ(error.what.find("pw"), std::string::npos) << error.what;
}

TEST(UvFailure, TellsAFullDiskAndMissingCredentials) {
  EXPECT_EQ(
      explain("error: Failed to extract\n  cause: No space left on device (os error 28)\n").fault,
      Fault::try_again);
  EXPECT_EQ(
      explain("error: Failed to fetch\n  cause: HTTP status client error (401 Unauthorized)\n")
          .hint,
      "give the index's credentials in ~/.netrc or pip.conf");
}

TEST(UvFailure, SaysHowUvEndedWhenItSaidNothing) {
  EXPECT_EQ(explain("").what, "cannot resolve requirements.txt: uv ended with exit code 1");
  const auto killed = builder::explain_uv_failure("cannot build", {SIGKILL, "", ""});
  EXPECT_EQ(killed.what, "cannot build: uv was killed by signal 9 (Killed)");
  EXPECT_EQ(killed.hint, "the step's memory may be too small to build in: ask for more with --mem");
}

}  // namespace
}  // namespace chainer::uv_failure_test
