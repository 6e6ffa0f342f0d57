#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "core/match_spec.hpp"
#include "node/environment/environment_lock.hpp"
#include "tests/node/environment_node.hpp"

// The real solver and installer, with a channel that holds the machine's own Python.
namespace chainer {
namespace {

using testing::HasSubstr;
using testing::Not;

class CondaEnvironment : public EnvironmentTest {
 protected:
  static void SetUpTestSuite() {
    auto path = (fs::path(testing::TempDir()) / "channel.XXXXXX").string();
    channel_ = ::mkdtemp(path.data());
    shell("/usr/bin/python3 " MAKE_CHANNEL " " + channel_.string() + " " TOOLS "/py-rattler 2>&1");
  }
  static void TearDownTestSuite() { fs::remove_all(channel_); }

  std::string url() const { return "file://" + channel_.string(); }

  /// A conda file with these dependencies, one per line, and our channel.
  std::string file(const std::string& dependencies, const std::string& more = "") {
    put(folder_ / "environment.yml",
        "channels: [" + url() + "]\ndependencies:\n" + dependencies + more);
    return folder_ / "environment.yml";
  }

  environment::EnvironmentLock lock() {
    auto read = environment::EnvironmentLock::parse(content(folder_ / "environment.yml.lock.json"));
    EXPECT_TRUE(read) << (read ? "" : read.error().what);
    return *read;
  }

  static inline fs::path channel_;
};

TEST_F(CondaEnvironment, HasAPythonOfItsOwn) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- python\n- greeting\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(python(entry(verdict),
                   "import greeting, hello, sys; print(hello.version, sys.prefix, "
                   "sys.base_prefix, sys.executable)"),
            "conda 1.0 /opt/chainer/env /opt/chainer/env /opt/chainer/env/bin/python\n");
  EXPECT_FALSE(n1.scratch_is_there());
  EXPECT_THAT(n1.said(), HasSubstr("ready in "));
}

TEST_F(CondaEnvironment, HoldsItsPlaceInItsFiles) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- python\n- hello=2\n- prefixed\n- old-format\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  const auto program = R"(
import os, subprocess
prefix = "/opt/chainer/env/"
print(open(prefix + "etc/where.txt").read(), end="")
print(b"/opt/chainer/env/share\0" in open(prefix + "lib/where.bin", "rb").read())
print(subprocess.run([prefix + "bin/hello"], capture_output=True, text=True).stdout, end="")
print(os.path.exists(prefix + "share/old"), os.path.exists(prefix + ".chainer"))
print(subprocess.run(["grep", "-rlI", "/scratch", prefix], capture_output=True, text=True).stdout)
)";
  EXPECT_EQ(python(entry(verdict), program),
            "/opt/chainer/env/share\nTrue\nhello conda 2.0\nTrue False\n\n");
}

TEST_F(CondaEnvironment, RunsNoScriptOfAPackage) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- python\n- scripted\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  const auto program = R"(
import os
print(os.path.exists("/opt/chainer/env/share/scripted"))
print(os.path.exists("/opt/chainer/env/post-link-ran"))
)";
  EXPECT_EQ(python(entry(verdict), program), "True\nFalse\n");
}

TEST_F(CondaEnvironment, HoldsByteCodeThatIsNotComparedWithTimes) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- python\n- hello\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  const auto program = R"(
import argparse, hello, sys
for module in (argparse, hello):
    with open(module.__cached__, "rb") as file:
        print(module.__file__.startswith("/opt/chainer/env/"), file.read(8)[4])
)";
  EXPECT_EQ(python(entry(verdict), program), "True 1\nTrue 1\n");
}

TEST_F(CondaEnvironment, TakesPipPackagesBesideCondas) {
  auto n1 = node();
  // counted is built from source; oldfriend needs hello<2, which conda has.
  const auto verdict =
      n1.prepare(file("- python\n- greeting\n- pip:\n  - counted\n  - oldfriend\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(python(entry(verdict), "import counted, hello; print(counted.version, hello.version)"),
            "built conda 1.0\n");
  std::string pips;
  for (const auto& package : lock().packages) pips += package.name + package.version + " ";
  EXPECT_EQ(pips, "counted1.0 oldfriend1.0 ");
  EXPECT_THAT(n1.said(), Not(HasSubstr("take the place")));
}

TEST_F(CondaEnvironment, LetsPipReplaceWhatCondaHasInAnotherVersion) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- python\n- hello=2.0\n- pip:\n  - hello==1.0\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(python(entry(verdict), "import hello; print(hello.version)"), "1.0\n");
  EXPECT_THAT(n1.said(), HasSubstr("pip packages take the place of conda's hello 2.0"));
}

TEST_F(CondaEnvironment, PrefersTheVersionThatPipsPartNames) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- python\n- needs-numpy\n- pip:\n  - numpy==1.23.5\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(python(entry(verdict), "import numpy; print(numpy.version)"), "conda 1.23.5\n");
}

TEST_F(CondaEnvironment, IsMadeAgainFromItsLock) {
  auto n1 = node("n1");
  const auto first = n1.prepare(file("- python\n- hello\n- pip:\n  - counted\n"));
  ASSERT_EQ(first.outcome, Outcome::ready) << n1.said();
  ASSERT_EQ(lock().conda.size(), 2u);
  EXPECT_EQ(lock().conda_builder, "py-rattler 0.28.0");
  fs::remove_all(folder_ / "store");
  fs::create_directories(folder_ / "store");
  fs::remove_all(folder_ / "n1");

  auto n2 = node("n2");
  const auto second = n2.prepare(folder_ / "environment.yml.lock.json");
  ASSERT_EQ(second.outcome, Outcome::ready) << n2.said();
  EXPECT_EQ(second.entry->key, first.entry->key);
  EXPECT_EQ(python(entry(second), "import counted, hello; print(counted.version, hello.version)"),
            "built conda 2.0\n");
}

TEST_F(CondaEnvironment, OfALockTakesNoOtherBytes) {
  auto n1 = node("n1");
  ASSERT_EQ(n1.prepare(file("- old-format\n")).outcome, Outcome::ready) << n1.said();
  auto text = content(folder_ / "environment.yml.lock.json");
  const auto at = text.find("\"sha256\":\"") + 10;
  text[at] = text[at] == '0' ? '1' : '0';
  put(folder_ / "forged.lock.json", text);
  auto n2 = node("n2");
  EXPECT_EQ(n2.prepare(folder_ / "forged.lock.json").outcome, Outcome::try_again);
  EXPECT_THAT(n2.said(),
              HasSubstr("cannot build the environment of forged.lock.json: hash mismatch"));
}

TEST_F(CondaEnvironment, MayBeWithoutAPython) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- old-format\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(lock().python, "");
}

TEST_F(CondaEnvironment, AsksForAPythonWherePipHasPackages) {
  auto n1 = node();
  EXPECT_EQ(n1.prepare(file("- old-format\n- pip:\n  - hello\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(), HasSubstr("it has pip packages, and there is no Python among the conda "
                                   "packages\nnext: add python to its dependencies\n"));
}

TEST_F(CondaEnvironment, OfPipPackagesAloneHasTheImagesPython) {
  auto n1 = node();
  const auto verdict = n1.prepare(file("- pip:\n  - hello==1.0\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(lock().conda.size(), 0u);
  EXPECT_EQ(python(entry(verdict), "import hello, sys; print(hello.version, sys.base_prefix)"),
            "1.0 /usr\n");
}

TEST_F(CondaEnvironment, SetsVariables) {
  auto n1 = node();
  const auto verdict =
      n1.prepare(file("- old-format\n", "variables:\n  GREETING: 'a b'\n  THREADS: 4\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(shell("unsquashfs -cat " + entry(verdict).string() + " environment.conf"),
            std::string("env=GREETING=a b\0env=THREADS=4\0", 31));
}

TEST_F(CondaEnvironment, SeesTheImagesGlibcAndNotTheHosts) {
  auto n1 = node("n1");
  n1.variables()["CONDA_OVERRIDE_GLIBC"] = "99.1";
  EXPECT_EQ(n1.prepare(file("- of-the-future\n")).outcome, Outcome::ready) << n1.said();
  auto n2 = node("n2");
  EXPECT_EQ(n2.prepare(file("- of-the-future\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(n2.said(), HasSubstr("of-the-future 1.0 would require\n"));
  EXPECT_THAT(n2.said(), HasSubstr("__glibc >=99"));
  EXPECT_THAT(n2.said(), HasSubstr("next: a package needs a newer glibc: "));
}

TEST_F(CondaEnvironment, SeesCudaOnlyWhereThereIs) {
  auto n1 = node("n1");
  ASSERT_EQ(n1.prepare(file("- variant\n")).outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(lock().conda[0].build, "cpu_0");
  auto n2 = node("n2");
  n2.variables()["CONDA_OVERRIDE_CUDA"] = "12.4";
  ASSERT_EQ(n2.prepare(file("- variant\n")).outcome, Outcome::ready) << n2.said();
  EXPECT_EQ(lock().conda[0].build, "cuda_1");
}

// There is no GPU here: the builder is told what a driver would show, all else is real.
TEST_F(CondaEnvironment, HasTheDriversCudaInStepsWithGpusAlone) {
  const auto tools = folder_ / "tools";
  fs::create_directories(tools);
  for (const auto* name : {"conda-builder.py", "py-rattler"})
    fs::create_symlink(fs::path(TOOLS) / name, tools / name);
  put(tools / "python3", R"(#!/bin/sh
case "$*" in
  *identify) echo '{"version":"0.28.0","virtual":[["__glibc","2.36","0"],["__cuda","12.4","0"]]}' ;;
  *) exec /usr/bin/python3 "$@" ;;
esac
)");
  fs::permissions(tools / "python3", fs::perms(0755));
  const std::pair<const char*, const char*> expected[] = {
      {"", "cpu_0"}, {"SLURM_JOB_GPUS", "cuda_1"}, {"SLURM_STEP_GPUS", "cuda_1"}};
  for (const auto& [variable, build] : expected) {
    auto on_node = node(std::string("n") + variable);
    on_node.set_host_tools(tools);
    if (*variable != '\0') on_node.variables()[variable] = "0,1";
    ASSERT_EQ(on_node.prepare(file("- variant\n")).outcome, Outcome::ready) << on_node.said();
    EXPECT_EQ(lock().conda[0].build, build) << variable;
  }
}

TEST_F(CondaEnvironment, IsFetchedThroughAMirrorAndLockedByItsChannel) {
  const WebServer mirror(channel_);
  auto n1 = node();
  put(folder_ / "n1/home/.condarc",
      "channel_alias: http://127.0.0.1:1\nmirrored_channels:\n  lab: [" + mirror.url() + "]\n");
  put(folder_ / "environment.yml", "channels: [lab]\ndependencies: [old-format]\n");
  ASSERT_EQ(n1.prepare(folder_ / "environment.yml").outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(lock().conda[0].url, "http://127.0.0.1:1/lab/linux-64/old-format-1.0-0.tar.bz2");
}

TEST_F(CondaEnvironment, TakesAPackageFromTheChannelInFrontOfIt) {
  auto n1 = node("n1");
  put(folder_ / "n1/home/.condarc", "custom_channels:\n  " + channel_.filename().string() +
                                        ": file://" + channel_.parent_path().string() + "\n");
  fs::create_directories(folder_ / "other/noarch");
  put(folder_ / "other/noarch/repodata.json", "{\"packages\":{},\"packages.conda\":{}}");
  fs::create_directories(folder_ / "other/linux-64");
  put(folder_ / "other/linux-64/repodata.json", "{\"packages\":{},\"packages.conda\":{}}");
  put(folder_ / "environment.yml", "channels: ['file://" + (folder_ / "other").string() +
                                       "']\ndependencies: ['" + channel_.filename().string() +
                                       "/linux-64::old-format']\n");
  ASSERT_EQ(n1.prepare(folder_ / "environment.yml").outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(lock().conda[0].url, url() + "/linux-64/old-format-1.0-0.tar.bz2");
}

TEST_F(CondaEnvironment, SaysThatAChannelIsOutOfReach) {
  auto n1 = node();
  put(folder_ / "environment.yml", "channels: ['http://127.0.0.1:1/lab']\ndependencies: [hello]\n");
  EXPECT_EQ(n1.prepare(folder_ / "environment.yml").outcome, Outcome::try_again);
  EXPECT_THAT(n1.said(), HasSubstr("cannot resolve environment.yml: "));
  EXPECT_THAT(n1.said(), HasSubstr("Connection refused"));
  EXPECT_THAT(n1.said(), HasSubstr("next: check the channels and the proxy in the environment"));
}

TEST_F(CondaEnvironment, SaysWhatCannotBeSolved) {
  auto n1 = node();
  EXPECT_EQ(n1.prepare(file("- hello>1.5\n- greeting\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(), HasSubstr("chainer: node n1, step 1.0: cannot resolve environment.yml: "));
  EXPECT_THAT(n1.said(), HasSubstr("greeting"));
  EXPECT_THAT(n1.said(),
              HasSubstr("\nnext: correct the packages or the channels and submit again\n"));
}

TEST_F(CondaEnvironment, NamesEveryMistakeInItsFile) {
  auto n1 = node();
  EXPECT_EQ(n1.prepare(file("- numpy=>1\n- hello\n- pip:\n  - x\n", "packages: []\n")).outcome,
            Outcome::user_fault);
  const auto path = (folder_ / "environment.yml").string();
  EXPECT_THAT(n1.said(), HasSubstr("cannot use " + path + ":3: 'numpy=>1' is not a conda package"));
  EXPECT_THAT(n1.said(), HasSubstr("\n    " + path + ":7: conda's environment files have no key"));
}

TEST_F(CondaEnvironment, ShowsWhatItsConfigurationHoldsAndKeepsItOutOfLogsAndLocks) {
  for (const auto* guard : {"basic", "token"}) {
    const WebServer server({GUARDED_CHANNEL, channel_, guard});
    const auto place = server.url().substr(server.url().find("//") + 2);
    const auto with_secret = guard == std::string("basic") ? "http://someone:hunter2@" + place
                                                           : server.url() + "/t/to-12ab";
    put(folder_ / "environment.yml", "dependencies: [old-format]\n");
    put(folder_ / "bare/home/.condarc", "channels: ['" + server.url() + "']\n");
    auto refused = node("bare");
    EXPECT_EQ(refused.prepare(folder_ / "environment.yml").outcome, Outcome::user_fault);
    EXPECT_THAT(refused.said(), HasSubstr("401 Unauthorized"));
    EXPECT_THAT(refused.said(), HasSubstr("next: give the channel's credentials in ~/.netrc"));
    fs::remove_all(folder_ / "bare");

    put(folder_ / guard / "home/.condarc", "channels: ['" + with_secret + "']\n");
    auto opened = node(guard);
    EXPECT_EQ(opened.prepare(folder_ / "environment.yml").outcome, Outcome::ready) << opened.said();
    EXPECT_EQ(lock().conda[0].url, server.url() + "/linux-64/old-format-1.0-0.tar.bz2");
    EXPECT_THAT(opened.said(), Not(HasSubstr("hunter2")));
    EXPECT_EQ(shell("grep -rlE 'hunter2|to-12ab' " + (folder_ / "store").string() + " " +
                    (folder_ / "environment.yml.lock.json").string()),
              "");
  }
}

TEST_F(CondaEnvironment, RefusesCredentialsInItsFile) {
  auto n1 = node();
  put(folder_ / "environment.yml",
      "channels: ['https://someone:hunter2@h.example/x']\ndependencies: [hello]\n");
  EXPECT_EQ(n1.prepare(folder_ / "environment.yml").outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(), HasSubstr("environment.yml:1: the channel's URL holds credentials\n"));
  EXPECT_THAT(n1.said(), Not(HasSubstr("hunter2")));
}

TEST_F(CondaEnvironment, TrustsTheSitesAuthority) {
  const WebServer server({GUARDED_CHANNEL, channel_, "tls"});
  put(folder_ / "environment.yml",
      "channels: ['" + server.url() + "']\ndependencies: [old-format]\n");
  auto n1 = node("n1");
  EXPECT_EQ(n1.prepare(folder_ / "environment.yml").outcome, Outcome::try_again);
  EXPECT_THAT(n1.said(), HasSubstr("invalid peer certificate"));
  put(folder_ / "n2/home/.condarc", "ssl_verify: " + (channel_ / "ca.pem").string() + "\n");
  auto n2 = node("n2");
  EXPECT_EQ(n2.prepare(folder_ / "environment.yml").outcome, Outcome::ready) << n2.said();
}

TEST_F(CondaEnvironment, IsAskedForInWordsThatTheSolverReadsAlike) {
  std::string specs, names;
  for (const std::string name : {"numpy", "NumPy", "_x", "ruamel.yaml", "a_b-c", "3d"}) {
    for (const std::string op :
         {"", "=", "==", " ", " = ", ">=", "<", "~=", "!=", " >= ", "===", "=>"}) {
      for (const std::string version :
           {"", "1", "1.2", "1.2.*", "1.2*", "*", "1!2.0rc1", "2022c", "1.0-1", "1.0+l.2", "1.2,<2",
            "1.2, !=1.3.*", "1|>3", "1.", ".1", "1..2", "1.*.2", "(1)", "1,"}) {
        for (const std::string end : {"", "=py39_0", " py39_0", " *cuda", "=*", "[build=x]",
                                      " [build='*x*']", "[extra]", " <3"}) {
          const auto text = name + op + version + end;
          const auto spec = MatchSpec::parse(text);
          if (!spec) continue;
          specs += text + "\n";
          names += spec->name() + "\n";
        }
      }
    }
  }
  put(folder_ / "specs", specs);
  put(folder_ / "program.py",
      "import sys\nsys.path.insert(0, '" TOOLS
      "/py-rattler')\nimport rattler\n"
      "for line in open(sys.argv[1]):\n"
      "    try: print(rattler.MatchSpec(line.rstrip('\\n')).name.normalized)\n"
      "    except Exception as problem: print(line.rstrip('\\n'), 'is refused:', problem)\n"
      "sys.stdout.flush()\nimport os\nos._exit(0)\n");
  put(folder_ / "names", names);
  EXPECT_EQ(shell("/usr/bin/python3 -I " + (folder_ / "program.py").string() + " " +
                  (folder_ / "specs").string() + " 2>&1 | diff " + (folder_ / "names").string() +
                  " - | head -20"),
            "");
  EXPECT_GT(std::ranges::count(names, '\n'), 1000);
}

TEST_F(CondaEnvironment, NeedsTheSitesBuilder) {
  auto n1 = node();
  n1.set_host_tools(folder_);
  EXPECT_EQ(n1.prepare(file("- hello\n")).outcome, Outcome::node_fault);
  EXPECT_THAT(n1.said(), HasSubstr("cannot build conda environments: " + folder_.string() +
                                   "/conda-builder.py: No such file or directory\nnext: an "
                                   "administrator must fill that folder"));
}

TEST_F(CondaEnvironment, SaysThatAPythonIsTooOld) {
  fs::copy(TOOLS "/conda-builder.py", folder_ / "conda-builder.py");
  put(folder_ / "python3", "#!/bin/sh\necho '{\"error\":\"Python 3.6 is too old\"}'; exit 1\n");
  fs::permissions(folder_ / "python3", fs::perms(0755));
  auto n1 = node();
  n1.set_host_tools(folder_);
  // The machine's own Python is tried next, but without py-rattler beside the script it does not
  // do.
  EXPECT_EQ(n1.prepare(file("- hello\n")).outcome, Outcome::node_fault);
  EXPECT_THAT(n1.said(), HasSubstr("/python3 for conda packages: Python 3.6 is too old\nnext: an "
                                   "administrator must install Python 3.10 or newer"));
}

TEST_F(CondaEnvironment, IsResolvedOnceForTwoNodes) {
  auto n1 = node("n1");
  auto n2 = node("n2");
  const auto wanted = file("- python\n- greeting\n");
  n1.start(wanted);
  n2.start(wanted);
  StoreVerdict verdicts[2];
  std::thread first([&] { verdicts[0] = n1.serve(); });
  std::thread second([&] { verdicts[1] = n2.serve(); });
  first.join();
  second.join();
  n1.wait();
  n2.wait();
  ASSERT_EQ(verdicts[0].outcome, Outcome::ready) << n1.said();
  ASSERT_EQ(verdicts[1].outcome, Outcome::ready) << n2.said();
  EXPECT_EQ(verdicts[0].entry->key, verdicts[1].entry->key);
  const auto said = n1.said() + n2.said();
  EXPECT_EQ(said.find("solving"), said.rfind("solving")) << said;
}

}  // namespace
}  // namespace chainer
