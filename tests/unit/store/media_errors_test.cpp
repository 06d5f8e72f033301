#include "lib/store/media_errors.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(MediaErrors, StandBesideWhatTheMetadataSaid) {
    const std::string one = with_media_error(R"({"a": 1.50})", 1, "status 410");
    EXPECT_EQ(one, R"({"a": 1.50, "media_errors": [{"index":1,"error":"status 410"}]})");
    EXPECT_EQ(
        with_media_error(one, 0, "status 404"),
        R"({"a": 1.50, "media_errors": [{"index":1,"error":"status 410"},{"index":0,"error":"status 404"}]})");
    EXPECT_EQ(with_media_error(std::nullopt, 0, "x"),
              "{\n  \"media_errors\": [{\"index\":0,\"error\":\"x\"}]\n}");
}

TEST(MediaErrors, AreTakenAwayByTheirIndices) {
    const std::string both =
        R"({"a": 1.50, "media_errors": [{"index":1,"error":"x"},{"index":0,"error":"y"}]})";
    EXPECT_EQ(without_media_errors(both, {1}), R"({"a": 1.50, "media_errors": [{"index":0,"error":"y"}]})");
    EXPECT_EQ(without_media_errors(both, {0, 1}), R"({"a": 1.50})");
    EXPECT_EQ(without_media_errors(both, {2}), both);
}

TEST(MediaErrors, WhatIsNoneIsLeftAsItIs) {
    for (const std::string& metadata : {std::string("broken {"), std::string(""), std::string(R"({"a": 1})"),
                                        std::string(R"({"media_errors": "none"})"),
                                        std::string(R"({"media_errors": [1, {"error": "x"}]})")})
        EXPECT_EQ(without_media_errors(metadata, {0, 1}), metadata);
}

}  // namespace
}  // namespace postrider
