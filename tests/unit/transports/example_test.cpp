// The example of docs/adding-a-transport.md does what the page says.
#include "docs/example-transport/pager.h"
#include "lib/config/read_config.h"
#include "tests/support/fake_permit.h"
#include "tests/support/server_thread.h"
#include "tests/support/transport_world.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <regex>

namespace postrider {
namespace {

using ::testing::HasSubstr;

std::string content(const std::string& file) {
    std::ifstream stream(POSTRIDER_SOURCE_DIR "/docs/" + file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(ExampleTransportTest, ThePageShowsWhatIsThere) {
    const std::string page = content("adding-a-transport.md");
    const std::string code = content("example-transport/pager.cpp");
    static const std::regex block("```cpp\n([\\s\\S]*?)```");
    int blocks = 0;
    for (std::sregex_iterator it(page.begin(), page.end(), block), end; it != end; ++it, ++blocks) {
        EXPECT_THAT(code, HasSubstr((*it)[1].str()));
    }
    EXPECT_GE(blocks, 4);
}

struct ExamplePagerTest : testing::TransportWorld {
    ~ExamplePagerTest() override { stop(); }

    Outcome send() {
        const SettingsDocument document(fmt::format("base_url: {}\ntoken: t0ken\n", server.url()));
        SettingsReader reader = document.reader();
        const auto transport = pager::kind().read_settings(reader).transport(parts());
        reader.finish();
        EXPECT_TRUE(document.problems().empty());
        std::vector<PreparedRequest> requests(1);
        requests[0].destination = Address("7");
        requests[0].text = Text("come");
        return result_of(transport->send(std::move(requests), permit)).at(0);
    }
    Task<ServerAnswer> receive(ServerRequest request) {
        body = request.body;
        authorization = request.header("authorization");
        co_return answer;
    }

    std::string body;  // read once the answer has come
    std::string authorization;
    ServerAnswer answer;
    testing::FakePermit permit;
    testing::ServerThread server{[this](ServerRequest request) { return receive(std::move(request)); }};
};

TEST_F(ExamplePagerTest, WhatIsAcceptedIsSent) {
    answer.status = 201;
    answer.headers = {{"X-Page-Id", "p1"}};
    const Outcome outcome = send();
    EXPECT_EQ(outcome.verdict, Verdict::sent);
    EXPECT_EQ(outcome.provider_id, "p1");
    EXPECT_EQ(body, R"({"pager":"7","text":"come"})");
    EXPECT_EQ(authorization, "Bearer t0ken");
}

TEST_F(ExamplePagerTest, WhatMayHaveBeenAcceptedIsInDoubt) {
    answer.status = 500;
    EXPECT_EQ(send().verdict, Verdict::in_doubt);
    answer.raw = "";
    EXPECT_EQ(send().verdict, Verdict::in_doubt);
}

TEST_F(ExamplePagerTest, WithoutThePermitNothingLeaves) {
    permit.grants = false;
    EXPECT_EQ(send().verdict, Verdict::deferred);
    EXPECT_EQ(body, "");
}

TEST(ExampleTransportTest, OneMoreEntryMakesItATransportOfTheConfiguration) {
    TransportKinds kinds = all_transport_kinds();
    kinds.push_back(&pager::kind());
    const auto config = read_config(
        "database: { url: x }\nchannels: [{ name: ward, transport: pager, token: t0ken }]\n", kinds);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->config.channels.at(0).channel.transport, "pager");
}

}  // namespace
}  // namespace postrider
