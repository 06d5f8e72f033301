#include "lib/net/form.h"

#include "tests/support/form_parser.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

std::string form_of(std::string_view value) {
    std::string form;
    append_form_field(form, "To", value);
    return form;
}

TEST(Form, EncodesWhatTheFormNeedsEncoded) {
    EXPECT_EQ(form_of("+1555"), "To=%2B1555");
    EXPECT_EQ(form_of("a b&c=d%"), "To=a+b%26c%3Dd%25");
    EXPECT_EQ(form_of("a-b_c.d*e~"), "To=a-b_c.d*e%7E");
    EXPECT_EQ(form_of("line\r\nend"), "To=line%0D%0Aend");
}

TEST(Form, KeepsUtf8) { EXPECT_EQ(form_of("é✓"), "To=%C3%A9%E2%9C%93"); }

TEST(Form, JoinsFieldsAndComesBackWhole) {
    std::string all;
    for (int byte = 1; byte < 128; ++byte) all += static_cast<char>(byte);
    std::string form;
    append_form_field(form, "A", all);
    append_form_field(form, "B c", "");
    append_form_field(form, "D", "Grüße 👋");
    const testing::FormFields fields{{"A", all}, {"B c", ""}, {"D", "Grüße 👋"}};
    EXPECT_EQ(testing::parse_form(form), fields);
}

}  // namespace
}  // namespace postrider
