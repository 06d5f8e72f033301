#include "lib/media/incoming_types.h"

#include "lib/media/file_type.h"
#include "tests/support/pictures.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;

/// "type extension", or the refusal.
std::string judged(const std::vector<std::string>& declared, const std::string& detected) {
    const JudgedType type = judge_type(declared, detected);
    return type.refusal.empty() ? type.content_type + " " + type.extension : type.refusal;
}

TEST(IncomingTypes, WhatTheServerSaysComesFirstThenWhatWasSaidWithTheMessageThenTheBytes) {
    EXPECT_EQ(judged({"image/jpeg", "image/png"}, "image/jpeg"), "image/jpeg .jpg");
    EXPECT_EQ(judged({"application/octet-stream", "image/png"}, "image/png"), "image/png .png");
    EXPECT_EQ(judged({"binary/octet-stream", ""}, "image/gif"), "image/gif .gif");
    EXPECT_EQ(judged({"", "garbage"}, "application/pdf"), "application/pdf .pdf");
    EXPECT_EQ(judged({"Text/VCard; charset=utf-8", ""}, "text/vcard"), "text/vcard .vcf");
}

TEST(IncomingTypes, BytesThatAreSomethingElseAreRefusedAndWordsSayWhat) {
    EXPECT_EQ(judged({"image/jpeg"}, "text/html"),
              "it is said to be image/jpeg, and its bytes are text/html");
    for (const auto& [declared, detected] : std::initializer_list<std::pair<const char*, const char*>>{
             {"image/png", "application/octet-stream"},
             {"image/png", "image/svg+xml"},
             {"image/png", "application/pdf"},
             {"video/mp4", "text/html"},
             {"audio/mpeg", "application/x-executable"},
             {"text/plain", "text/html"},
             {"text/vcard", "image/svg+xml"},
             {"application/pdf", "text/plain"},
             {"application/msword", "application/zip"}})
        EXPECT_THAT(judged({declared}, detected), HasSubstr("it is said to be")) << declared << detected;
}

TEST(IncomingTypes, WhatABrowserWouldRunIsNotTaken) {
    for (const char* type : {"text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript",
                             "application/zip", "application/x-executable", "text/xml", "message/rfc822"})
        EXPECT_EQ(judged({type}, type), "files of type " + std::string(type) + " are not taken");
    EXPECT_EQ(judged({""}, "text/html"), "files of type text/html are not taken");
    EXPECT_EQ(judged({""}, ""), "files of type application/octet-stream are not taken");
}

TEST(IncomingTypes, APictureOfAnotherKindIsStoredAsWhatItIs) {
    EXPECT_EQ(judged({"image/jpeg"}, "image/png"), "image/png .png");
    EXPECT_EQ(judged({"image/jpg"}, "image/jpeg"), "image/jpg .jpg");
}

TEST(IncomingTypes, SoundAndFilmsNeedNoCertainMark) {
    EXPECT_EQ(judged({"audio/amr"}, "application/octet-stream"), "audio/amr .amr");
    EXPECT_EQ(judged({"audio/mp4"}, "video/mp4"), "audio/mp4 .m4a");
    EXPECT_EQ(judged({"audio/ogg"}, "application/ogg"), "audio/ogg .ogg");
    EXPECT_EQ(judged({"video/x-new"}, "video/mp4"), "video/x-new ");
}

TEST(IncomingTypes, NoTypeBreaksARowOrAName) {
    for (const std::string& type : {std::string("image/../../etc"), std::string("image/png\r\nx: y"),
                                    std::string("/"), std::string("image/"), "image/" + std::string(200, 'a'),
                                    std::string("image/\0png", 10), std::string("im\xc3\xa4ge/png")})
        EXPECT_EQ(judged({type}, "image/png"), "image/png .png");
}

TEST(FileType, BytesAreKnownByTheirLook) {
    EXPECT_EQ(file_type_of(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\6\0\0\0", 29)),
              "image/png");
    EXPECT_EQ(file_type_of(testing::lossless_webp(testing::Picture::plain(2, 2, 0xff0000ff))), "image/webp");
    EXPECT_EQ(file_type_of("<!DOCTYPE html><html><body><script>x</script></body></html>"), "text/html");
    EXPECT_EQ(file_type_of("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), "application/pdf");
    EXPECT_EQ(file_type_of("GIF89a" + std::string(20, '\1')), "image/gif");
    EXPECT_EQ(file_type_of("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat\r\nEND:VCARD\r\n"), "text/vcard");
    EXPECT_EQ(file_type_of("hello\n"), "text/plain");
    EXPECT_EQ(judged({"image/svg+xml"},
                     file_type_of("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>")),
              "files of type image/svg+xml are not taken");
    EXPECT_EQ(file_type_of(""), "application/x-empty");
}

}  // namespace
}  // namespace postrider
