#include "lib/inbound/media_download.h"

#include "lib/inbound/media_retry.h"
#include "tests/support/loop_test.h"
#include "tests/support/scripted_http.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScriptedHttp;
using Kind = MediaFailure::Kind;

/// Lets files be fetched from a.example, with credentials, and after a redirect from b.example, without.
class HostReceiver final : public Receiver {
public:
    WebhookReading read(const Webhook&, const Sealer&) const override { return {}; }
    ServerAnswer answer(const WebhookReading&, const std::vector<std::string>&) const override { return {}; }
    std::optional<HttpRequest> media_request(const ForeignUrl& url, bool redirected) const override {
        if (url.host != "a.example" && !(redirected && url.host == "b.example")) return std::nullopt;
        HttpRequest request;
        request.url = url.text();
        if (url.host == "a.example") request.credentials = BasicCredentials{"user", Secret("password")};
        return request;
    }
};

struct MediaDownloadTest : testing::LoopTest {
    ~MediaDownloadTest() override { stop(); }

    MediaDownload download(const std::string& url) {
        return result_of(download_medium(http, receiver, url, {.bytes_max = 5 << 20, .time_max = 20s}));
    }
    std::string failure(const std::string& url, Kind kind) {
        const MediaDownload result = download(url);
        EXPECT_FALSE(result.succeeded);
        EXPECT_EQ(result.failure.kind, kind) << result.failure.reason;
        return result.failure.reason;
    }
    std::vector<std::string> asked() const {
        std::vector<std::string> urls;
        for (const HttpRequest& each : http.requests) urls.push_back(each.url);
        return urls;
    }

    HostReceiver receiver;
    ScriptedHttp http;
};

TEST_F(MediaDownloadTest, AFileComesWithTheTypeThatItsServerSays) {
    http.answer = [](const HttpRequest&) {
        return ScriptedHttp::answered(200, "bytes", {{"content-type", "image/png"}});
    };
    const MediaDownload result = download("https://a.example/1");
    EXPECT_TRUE(result.succeeded);
    EXPECT_EQ(result.bytes, "bytes");
    EXPECT_EQ(result.content_type, "image/png");
    EXPECT_EQ(http.requests.at(0).answer_bytes_max, 5u << 20);
    EXPECT_LE(http.requests.at(0).timeout, 20s);
}

TEST_F(MediaDownloadTest, CredentialsGoNowhereThatARedirectLeadsTo) {
    http.answer = [](const HttpRequest& request) {
        return request.url == "https://b.example/x?signed=1"
                   ? ScriptedHttp::answered(200, "bytes")
                   : ScriptedHttp::sent_on_to("//b.example/x?signed=1");
    };
    EXPECT_TRUE(download("https://a.example/1").succeeded);
    EXPECT_THAT(asked(), ElementsAre("https://a.example/1", "https://b.example/x?signed=1"));
    EXPECT_TRUE(http.requests[0].credentials);
    EXPECT_FALSE(http.requests[1].credentials);
}

TEST_F(MediaDownloadTest, NothingIsAskedOfAHostThatIsNotAllowedAlsoWhereARedirectLeadsThere) {
    EXPECT_THAT(failure("https://evil.example/1", Kind::final), HasSubstr("evil.example"));
    EXPECT_THAT(failure("https://b.example/1", Kind::final), HasSubstr("b.example"));
    for (const char* url : {"https://a.example@evil.example/", "file:///etc/passwd", "", "a.example"})
        EXPECT_THAT(failure(url, Kind::final), HasSubstr("its address is none")) << url;
    EXPECT_TRUE(http.requests.empty());
    for (const int status : {301, 302, 303, 307, 308}) {
        http.requests.clear();
        http.answer = [status](const HttpRequest&) {
            return ScriptedHttp::sent_on_to("http://127.0.0.1:5432/", status);
        };
        EXPECT_EQ(failure("https://a.example/1", Kind::final),
                  "it was sent on to a host that files are not fetched from: http://127.0.0.1");
        EXPECT_THAT(asked(), ElementsAre("https://a.example/1"));
    }
    http.answer = [](const HttpRequest&) { return ScriptedHttp::sent_on_to("gopher://a.example/"); };
    EXPECT_THAT(failure("https://a.example/1", Kind::final), HasSubstr("no address of http"));
}

TEST_F(MediaDownloadTest, ACircleOfRedirectsEnds) {
    http.answer = [](const HttpRequest&) { return ScriptedHttp::sent_on_to("/1"); };
    EXPECT_EQ(failure("https://a.example/1", Kind::final), "it was sent on too often");
    EXPECT_EQ(http.requests.size(), 6u);
}

TEST_F(MediaDownloadTest, AnswersSayWhetherItIsWorthAskingAgain) {
    int status = 0;
    http.answer = [&status](const HttpRequest&) { return ScriptedHttp::answered(status, "x"); };
    for (const auto& [answer, kind] : std::initializer_list<std::pair<int, Kind>>{{500, Kind::passing},
                                                                                  {503, Kind::passing},
                                                                                  {429, Kind::passing},
                                                                                  {401, Kind::passing},
                                                                                  {403, Kind::passing},
                                                                                  {404, Kind::missing},
                                                                                  {410, Kind::final},
                                                                                  {400, Kind::final},
                                                                                  {204, Kind::final},
                                                                                  {206, Kind::final}}) {
        status = answer;
        EXPECT_THAT(failure("https://a.example/1", kind), HasSubstr(std::to_string(answer)));
    }
    http.answer = [](const HttpRequest&) { return ScriptedHttp::failed("Timeout was reached"); };
    EXPECT_EQ(failure("https://a.example/1", Kind::passing), "Timeout was reached");
    http.answer = [](const HttpRequest&) { return ScriptedHttp::answered(200); };
    EXPECT_EQ(failure("https://a.example/1", Kind::missing), "it is empty");
    http.answer = [](const HttpRequest&) {
        HttpResult result = ScriptedHttp::failed("");
        result.too_large = true;
        return result;
    };
    EXPECT_EQ(failure("https://a.example/1", Kind::final), "it has more than 5 MB");
    http.answer = [](const HttpRequest&) {
        HttpResult result = ScriptedHttp::failed("");
        result.address_refused = true;
        return result;
    };
    EXPECT_THAT(failure("https://a.example/1", Kind::final), HasSubstr("not public"));
}

TEST(MediaRetry, GrowsLongerAndLastsAsLongAsItIsWorth) {
    EXPECT_EQ(next_media_try(Kind::passing, 1, 0s, 4h, 0.5), 1s);
    EXPECT_EQ(next_media_try(Kind::passing, 1, 0s, 4h, 0), 500ms);
    EXPECT_EQ(next_media_try(Kind::passing, 4, 1min, 4h, 0.5), 8s);
    EXPECT_EQ(next_media_try(Kind::passing, 50, 1h, 4h, 0.999).value() / 1min, 14);
    EXPECT_EQ(next_media_try(Kind::passing, 50, 4h - 1s, 4h, 0.5), 1s) << "the last is at the end";
    EXPECT_FALSE(next_media_try(Kind::passing, 50, 4h, 4h, 0.5));
    EXPECT_EQ(next_media_try(Kind::missing, 50, 9min, 4h, 0.5), 1min);
    EXPECT_FALSE(next_media_try(Kind::missing, 50, 10min, 4h, 0.5));
    EXPECT_FALSE(next_media_try(Kind::missing, 1, 2s, 1s, 0.5));
    EXPECT_FALSE(next_media_try(Kind::final, 1, 0s, 4h, 0.5));
    EXPECT_EQ(next_media_try(Kind::ours, 1000, 1000h, 4h, 0.999), 1min) << "nothing is lost for a full disk";
}

}  // namespace
}  // namespace postrider
