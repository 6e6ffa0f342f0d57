#include "submit/run/image_pin.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"

namespace chainer::image_pin_test {
namespace {

constexpr const char* digest =
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

plan::PlannedImage tagged(const char* text) { return plan::TaggedImage{*ImageRef::parse(text)}; }

TEST(PinImage, PutsTheDigestIntoARegistrysReference) {
  FakeProcesses processes;
  processes.answers = {resolved_to(digest)};
  const auto pinned = run::pin_image(tagged("h.org/a/b:1"), "chainer-node", processes);
  EXPECT_EQ(plan::text_of(std::get<run::PinAnswer>(pinned).image),
            std::string("docker://h.org/a/b:1@") + digest);
  EXPECT_EQ(processes.calls[0],
            (std::vector<std::string>{"chainer-node", "resolve", "--json", "--check-platform",
                                      "--reference", "h.org/a/b:1"}));
}

TEST(PinImage, TellsWhichOtherMachinesAnImageIsFor) {
  for (const auto* platform : {"", "linux/arm64"}) {
    FakeProcesses processes;
    processes.answers = {resolved_to(digest, platform)};
    const auto pinned = run::pin_image(tagged("h.org/a/b:1"), "chainer-node", processes);
    EXPECT_EQ(std::get<run::PinAnswer>(pinned).foreign_platform, platform);
    EXPECT_EQ(std::get<run::PinAnswer>(pinned).own_platform, "linux/amd64");
  }
}

TEST(PinImage, PutsTheDigestIntoAReferenceOfEveryOtherKind) {
  FakeProcesses processes;
  for (const auto* text :
       {"oci:/images/a:1", "oci-archive:/images/a.tar", "docker-archive:/images/a:1",
        "docker-daemon:a/b:1", "/images/a.sif", "squashfs:/images/a", "dir:/images/a"}) {
    processes.answers = {resolved_to(digest)};
    const auto pinned = run::pin_image(tagged(text), "chainer-node", processes);
    EXPECT_EQ(plan::text_of(std::get<run::PinAnswer>(pinned).image),
              std::string(text) + "@" + digest);
  }
}

TEST(PinImage, PassesTheClassOfAFailureOn) {
  FakeProcesses processes;
  for (const auto& [code, expected] : {std::pair{3, run::ExitCode::wrong_input},
                                       {4, run::ExitCode::try_again},
                                       {127, run::ExitCode::try_again},
                                       {5, run::ExitCode::defect}}) {
    processes.answers = {{code, "", ""}};
    const auto failure = run::pin_image(tagged("h.org/a:1"), "chainer-node", processes);
    EXPECT_EQ(std::get<run::PinFailure>(failure).code, expected);
    EXPECT_EQ(std::get<run::PinFailure>(failure).error.what,
              "cannot resolve the image h.org/a:1: chainer-node ended with exit code " +
                  std::to_string(code));
  }
}

TEST(PinImage, SaysWhatChainerNodeSays) {
  FakeProcesses processes;
  processes.answers = {{3, "", "waiting\nchainer: cannot find the image a: no\nnext: look\n"}};
  const auto failure =
      std::get<run::PinFailure>(run::pin_image(tagged("a"), "chainer-node", processes));
  EXPECT_EQ(failure.error.what, "cannot find the image a: no");
  EXPECT_EQ(failure.error.hint, "look");
}

}  // namespace
}  // namespace chainer::image_pin_test
