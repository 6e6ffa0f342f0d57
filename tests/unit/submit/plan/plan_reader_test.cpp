#include "submit/plan/plan_reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "random_plan.hpp"
#include "small_plan.hpp"
#include "submit/plan/plan_json.hpp"
#include "submit/plan/plan_page.hpp"
#include "submit/run/job_script.hpp"
#include "temporary_folder.hpp"

namespace chainer::plan_reader_test {
namespace {

using Json = nlohmann::ordered_json;

TEST(PlanReader, ReadsWhatWasWritten) {
  EXPECT_TRUE(rc::check([] {
    const auto plan = random_plan();
    const auto text = plan::plan_json(plan);
    const auto read = plan::read_plan(text);
    if (!read) RC_FAIL(read.error().what);
    RC_ASSERT(plan::plan_json(*read) == text);
    RC_ASSERT(run::job_script(*read, "/runs/a") == run::job_script(plan, "/runs/a"));
    RC_ASSERT(read->source.links.size() == plan.source.links.size());
  }));
}

/// What is said of a plan whose document was changed.
std::string refused(const std::function<void(Json&)>& change) {
  auto plan = small_plan();
  plan.runs = "/runs";
  auto json = plan::plan_object(plan);
  change(json);
  const auto read = plan::read_plan(json.dump());
  return read ? "" : read.error().what;
}

TEST(PlanReader, IsStrict) {
  EXPECT_EQ(refused([](Json&) {}), "");
  EXPECT_EQ(refused([](Json& json) { json.erase("mpi"); }), "/mpi is missing");
  EXPECT_EQ(refused([](Json& json) { json["more"] = 1; }), "/more is no member of a plan");
  EXPECT_EQ(refused([](Json& json) { json["allocation"]["more"] = 1; }),
            "/allocation/more is no member of a plan");
  EXPECT_EQ(refused([](Json& json) { json["name"] = 3; }), "/name is number, expected a string");
  EXPECT_EQ(refused([](Json& json) {
              json["tags"] = {"a", 1};
            }),
            "/tags/1 is number, expected a string");
  EXPECT_EQ(refused([](Json& json) { json["label"] = "yes"; }),
            "/label is string, expected true or false");
  EXPECT_EQ(refused([](Json& json) { json["allocation"]["nodes"] = 0; }),
            "/allocation/nodes is 0, expected 1 or more");
  EXPECT_EQ(refused([](Json& json) { json["allocation"]["nodes"] = -1; }),
            "/allocation/nodes is -1, expected 0 to 1000000");
  EXPECT_EQ(refused([](Json& json) { json["allocation"]["nodes"] = 1.0; }),
            "/allocation/nodes is number, expected a whole number");
  EXPECT_EQ(refused([](Json& json) { json["allocation"]["nice"] = 9223372036854775808u; }),
            "/allocation/nice is too large");
  EXPECT_EQ(refused([](Json& json) { json["shm_bytes"] = 0; }), "/shm_bytes is no size in bytes");
  EXPECT_EQ(refused([](Json& json) { json["allocation"]["qos"] = "a\n#SBATCH --uid=0"; }),
            "/allocation/qos holds a line end or another control character");
  EXPECT_EQ(refused([](Json& json) { json["allocation"]["extra"] = {"a"}; }),
            "/allocation/extra holds what is no option of sbatch");
  EXPECT_EQ(refused([](Json& json) { json["entry_script"] = std::string("a\0b", 3); }),
            "/entry_script holds a NUL byte, which no program can be given");
  EXPECT_EQ(refused([](Json& json) {
              json["name"] = {{"hex", "6"}};
            }),
            "/name/hex is no text of hexadecimal digits");
  EXPECT_EQ(refused([](Json& json) {
              json["image"] = {{"reference", "docker://"}};
            }).substr(0, 26),
            "/image/reference is wrong:");
  EXPECT_EQ(refused([](Json& json) { json["environment"]["A=B"] = "x"; }),
            "/environment holds 'A=B', which is no variable's name");
  EXPECT_EQ(refused([](Json& json) { json["plan_version"] = 2; }),
            "/plan_version is 2, and this version reads 1");
  EXPECT_EQ(refused([](Json& json) { json.erase("plan_version"); }),
            "the document is no plan: plan_version is missing");
}

TEST(PlanReader, RefusesWhatIsNoPlanAtAll) {
  for (const auto* text : {"", "{", "[]", "3", "null", "\"x\"", "{\"plan_version\": \"1\"}"}) {
    EXPECT_FALSE(plan::read_plan(text)) << text;
  }
  EXPECT_FALSE(plan::read_plan(std::string(1'000'000, '[')));
  EXPECT_EQ(plan::read_plan("{\"a\": 1, \"a\": 2}").error().what, "the document says 'a' twice");
}

TEST(PlanReader, NeverThrowsAtWhatItIsGiven) {
  auto plan = small_plan();
  plan.runs = "/runs";
  const auto whole = plan::plan_json(plan);
  EXPECT_TRUE(rc::check([&] {
    auto text = whole;
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = static_cast<char>(*rc::gen::inRange(0, 256));
    const auto read = plan::read_plan(text);
    if (read) RC_ASSERT(!run::job_script(*read, "/runs/a").empty());
  }));
}

TEST(PlanReader, PageIsTheOneThatIsCheckedIn) {
  const std::string path = PROJECT_FOLDER "/docs/plan.md";
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << plan::plan_page();
  EXPECT_EQ(contents(path), plan::plan_page());
}

}  // namespace
}  // namespace chainer::plan_reader_test
