#include "submit/run/array_elements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::array_elements_test {
namespace {

using run::elements_of_array;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ArrayElements, AreReadAsSbatchDoes) {
  EXPECT_THAT(elements_of_array("7"), ElementsAre(7));
  EXPECT_THAT(elements_of_array("0-3"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(elements_of_array("0-7:3"), ElementsAre(0, 3, 6));
  EXPECT_THAT(elements_of_array("9,1-3,2,5%2"), ElementsAre(1, 2, 3, 5, 9));
  EXPECT_THAT(elements_of_array("2147483647"), ElementsAre(2147483647));
  EXPECT_THAT(elements_of_array("2147483646-2147483647:2147483647"), ElementsAre(2147483646));
}

TEST(ArrayElements, AreNoneOfAnotherText) {
  for (const auto* text : {"", "%2", "a", "-1", "1-", "1-2-3", "1:2", "1-9:0", "1-9:", "1,,2", "1 ",
                           "\"0-3\"", "99999999999"}) {
    EXPECT_THAT(elements_of_array(text), IsEmpty()) << text;
  }
}

TEST(ArrayElements, AreListedUpToALimit) {
  EXPECT_THAT(elements_of_array("1-10000"), SizeIs(10'000));
  EXPECT_THAT(elements_of_array("1-10001"), IsEmpty());
  EXPECT_THAT(elements_of_array("0-2147483647"), IsEmpty());
}

}  // namespace
}  // namespace chainer::array_elements_test
