#include "transports/twilio/signature.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace postrider::twilio {
namespace {

namespace json = boost::json;

std::string text(const json::value& of, const char* key) { return std::string(of.at(key).as_string()); }

TEST(TwilioSignature, IsJudgedAsTheOfficialClientsJudgeIt) {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/twilio_signatures.json");
    const json::value all = json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    ASSERT_GE(all.at("cases").as_array().size(), 29u);
    for (const json::value& each : all.at("cases").as_array()) {
        SCOPED_TRACE(text(each, "id"));
        const Secret token(text(each, "auth_token"));
        bool valid = false;
        if (text(each, "kind") == "form") {
            const FormFields fields =
                text(each, "method") == "GET" ? FormFields{} : parse_form(text(each, "form_body"));
            FormFields wanted;
            if (text(each, "method") != "GET") {
                for (const json::value& pair : each.at("params").as_array())
                    wanted.emplace_back(std::string(pair.at(0).as_string()),
                                        std::string(pair.at(1).as_string()));
            }
            EXPECT_EQ(fields, wanted);
            valid = is_signed_form(text(each, "url"), fields, token, text(each, "signature"));
        } else {
            valid = is_signed_body(text(each, "url"), text(each, "body"), token, text(each, "signature"));
        }
        EXPECT_EQ(valid, each.at("expect_valid").as_bool());
    }
}

}  // namespace
}  // namespace postrider::twilio
