#include "lib/mime/form_data.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* type = "multipart/form-data; boundary=\"a b\"";

std::string part(const std::string& headers, const std::string& body) {
    return "--a b\r\n" + headers + "\r\n\r\n" + body + "\r\n";
}
std::string field(const std::string& name, const std::string& value) {
    return part("Content-Disposition: form-data; name=\"" + name + "\"", value);
}
std::string file(const std::string& name, const std::string& bytes,
                 const std::string& content_type = "application/octet-stream") {
    return part("Content-Disposition: form-data; name=\"f\"; filename=\"" + name +
                    "\"\r\nContent-Type: " + content_type,
                bytes);
}
std::optional<FormData> parse(const std::string& parts, const std::string& end = "--a b--\r\n") {
    return parse_form_data(type, parts + end);
}

TEST(FormDataParser, FieldsAndFilesComeInTheirOrderByteForByte) {
    std::string bytes;
    for (int i = 0; i < 512; ++i) bytes += static_cast<char>(i);
    bytes += "\r\n--a \r\nFrom me\n\n";
    const auto form = parse(field("To", "Grüße\r\nyou") + file("Über \\\"x\\\".bin", bytes) +
                            field("From", "") + file("", "x", "image/png"));
    ASSERT_TRUE(form);
    EXPECT_THAT(form->fields, ElementsAre(Pair("To", "Grüße\r\nyou"), Pair("From", "")));
    ASSERT_THAT(form->files, SizeIs(2));
    EXPECT_EQ(form->files[0].bytes, bytes);
    EXPECT_EQ(form->files[0].name, "Über \"x\".bin");
    EXPECT_EQ(form->files[0].field, "f");
    EXPECT_EQ(form->files[0].content_type, "application/octet-stream");
    EXPECT_EQ(form->files[1].name, "");
    EXPECT_EQ(form->files[1].content_type, "image/png");
}

TEST(FormDataParser, AMailAsAFileIsAFile) {
    const auto form = parse(file("m.eml", "Subject: hi\n\ntext\n", "message/rfc822"));
    ASSERT_TRUE(form);
    ASSERT_THAT(form->files, SizeIs(1));
    EXPECT_EQ(form->files[0].bytes, "Subject: hi\n\ntext\n");
    EXPECT_EQ(form->files[0].name, "m.eml");
}

TEST(FormDataParser, BytesThatAreNoUtf8StayAsTheyAre) {
    const auto form = parse(field("To", "\xff\xfe") + field("x", std::string("a\0b", 3)));
    ASSERT_TRUE(form);
    EXPECT_THAT(form->fields, ElementsAre(Pair("To", "\xff\xfe"), Pair("x", std::string("a\0b", 3))));
}

TEST(FormDataParser, WhatIsNoSoundFormIsNone) {
    const std::string sound = field("To", "x");
    ASSERT_TRUE(parse(sound));
    EXPECT_FALSE(parse(sound, "")) << "cut short";
    EXPECT_FALSE(parse(sound, "--a b")) << "cut short";
    EXPECT_FALSE(parse("")) << "without a part";
    EXPECT_FALSE(parse_form_data(type, "")) << "empty";
    EXPECT_FALSE(parse_form_data("multipart/form-data", sound + "--a b--")) << "no boundary";
    EXPECT_FALSE(parse_form_data("multipart/form-data; boundary=", sound + "--a b--"));
    EXPECT_FALSE(parse_form_data("multipart/form-data; boundary=other", sound + "--a b--"));
    EXPECT_FALSE(parse_form_data("multipart/mixed; boundary=\"a b\"", sound + "--a b--"));
    EXPECT_FALSE(parse_form_data(std::string("multi\0part", 10), sound + "--a b--"));
    EXPECT_FALSE(parse(part("Content-Disposition: form-data", "x"))) << "a part without a name";
    EXPECT_FALSE(parse(part("Content-Disposition: attachment; name=\"x\"", "x")));
    EXPECT_FALSE(parse("--a b\r\n\r\n\r\n")) << "a part without headers";
    EXPECT_FALSE(
        parse(part("Content-Disposition: form-data; name=\"x\"\r\n"
                   "Content-Type: multipart/mixed; boundary=b",
                   "--b\r\n\r\nx\r\n--b--")))
        << "parts of its own";
}

TEST(FormDataParser, ThousandsOfPartsAndDeepNestingAreRefused) {
    std::string many;
    for (int i = 0; i < 200; ++i) many += field("x", "y");
    const auto form = parse(many);
    ASSERT_TRUE(form);
    EXPECT_THAT(form->fields, SizeIs(200));
    for (int i = 0; i < 10000; ++i) many += field("x", "y");
    EXPECT_FALSE(parse(many));
    std::string deep;
    for (int i = 0; i < 20000; ++i) {
        const std::string boundary = "d" + std::to_string(i);
        deep += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
    }
    EXPECT_FALSE(parse("--a b\r\nContent-Disposition: form-data; name=\"x\"\r\n" + deep + "\r\n"));
}

TEST(FormDataParser, IsAskedForByItsContentType) {
    EXPECT_TRUE(is_form_data("Multipart/Form-Data; boundary=x"));
    EXPECT_FALSE(is_form_data("application/x-www-form-urlencoded"));
    EXPECT_FALSE(is_form_data(""));
}

}  // namespace
}  // namespace postrider
