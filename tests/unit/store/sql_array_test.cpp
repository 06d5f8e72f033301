#include "lib/store/sql_array.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(SqlArrayTest, WritesElementsAsPostgresqlReadsThem) {
    SqlArray array;
    array.add(std::string_view("plain"));
    array.add(std::string_view(R"(a "quoted" \ one)"));
    array.add(std::string_view(""));
    array.add_null();
    array.add(-7);
    array.add(true);
    array.add_bytes(std::string_view("\0\xff", 2));
    EXPECT_EQ(array.text(), R"({"plain","a \"quoted\" \\ one","",NULL,-7,t,"\\x00ff"})");
}

TEST(SqlArrayTest, NothingAddedIsAnEmptyArray) { EXPECT_EQ(SqlArray().text(), "{}"); }

TEST(SqlArrayTest, OfUsualElementsOnlyIsAnEmptyArray) {
    SqlArray parts("1");
    SqlArray reasons("\"\"");
    for (int i = 0; i < 3; ++i) {
        parts.add(1);
        reasons.add(std::string_view());
    }
    EXPECT_EQ(parts.text(), "{}");
    EXPECT_EQ(reasons.text(), "{}");
}

TEST(SqlArrayTest, OneUnusualElementKeepsAllOfThem) {
    for (int unusual = 0; unusual < 3; ++unusual) {
        SqlArray parts("1");
        for (int i = 0; i < 3; ++i) parts.add(i == unusual ? 11 : 1);
        EXPECT_EQ(parts.text(), unusual == 0 ? "{11,1,1}" : unusual == 1 ? "{1,11,1}" : "{1,1,11}");
    }
}

}  // namespace
}  // namespace postrider
