#pragma once

#include "tests/support/twilio_imitation.h"
#include "tests/system/daemon_process.h"
#include "tests/system/eventually.h"
#include "tests/system/program.h"
#include "tests/system/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postrider::testing {

/// The configuration of a channel `sms` that leads to an imitation; `more` are further keys of it, each
/// as "    key: value\n".
std::string twilio_channel(const std::string& base_url, const std::string& more = "",
                           const std::string& token = "imitated-token");

/// A whole configuration: no settling, any free port.
std::string configuration(const std::string& database_url, const std::string& channels,
                          const std::string& more = "");

/// A site, a provider, and what a test mostly does with them. Daemons are started by the tests.
class SystemTest : public ::testing::Test {
protected:
    /// This test's site and provider; `channel` and `more` as above.
    std::string config(const std::string& channel = "", const std::string& more = "") {
        return configuration(site.url(), twilio_channel(twilio.base_url(), channel), more);
    }

    /// For each number the texts that the provider accepted, in order.
    std::vector<std::string> texts_to(const std::string& number) const;
    std::vector<std::string> all_texts() const;

    Site site;
    TwilioImitation twilio;
};

}  // namespace postrider::testing
