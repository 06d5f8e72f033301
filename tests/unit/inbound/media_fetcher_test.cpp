#include "lib/inbound/media_fetcher.h"

#include "tests/support/fixed_random.h"
#include "tests/support/loop_test.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_http.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace postrider {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::FixedRandom;
using ::testing::HasSubstr;
using testing::ManualClock;
using ::testing::MatchesRegex;
using testing::ScriptedHttp;

class AnyReceiver final : public Receiver {
public:
    WebhookReading read(const Webhook&, const Sealer&) const override { return {}; }
    ServerAnswer answer(const WebhookReading&, const std::vector<std::string>&) const override { return {}; }
    std::optional<HttpRequest> media_request(const ForeignUrl& url, bool) const override {
        HttpRequest request;
        request.url = url.text();
        return request;
    }
};

/// In memory; `fails`: the database is away.
class MemoryMedia final : public MediaFetchStore {
public:
    explicit MemoryMedia(Clock& clock) : clock_(clock) {}

    void add(std::int64_t media_id, const std::string& url, const std::string& type = "image/gif",
             const std::string& channel = "sms") {
        DueMedium medium{media_id, 100 + media_id, channel, 0, clock_.now(), true, url, type};
        waiting[media_id] = {medium, clock_.now()};
    }

    Task<std::vector<DueMedium>> take(TimePoint now, TimePoint until, std::size_t limit) override {
        refuse();
        std::vector<DueMedium> due;
        for (auto& [id, row] : waiting) {
            if (due.size() == limit || row.not_before > now) continue;
            row.not_before = until;
            ++row.medium.tries;
            due.push_back(row.medium);
        }
        co_return due;
    }
    Task<> postpone(std::int64_t media_id, TimePoint not_before, std::string reason) override {
        refuse();
        waiting.at(media_id).not_before = not_before;
        postponed.push_back(std::move(reason));
        co_return;
    }
    Task<bool> finish(EndedMedium medium) override {
        refuse();
        if (waiting.erase(medium.media_id) > 0) ended.push_back(medium);
        co_return waiting.empty();
    }
    Task<MediaBacklog> backlog() override {
        refuse();
        MediaBacklog backlog{.waiting = waiting.size(), .oldest = clock_.now()};
        for (const auto& [id, row] : waiting) backlog.oldest = std::min(backlog.oldest, row.medium.queued);
        co_return backlog;
    }

    struct Row {
        DueMedium medium;
        TimePoint not_before;
    };
    std::map<std::int64_t, Row> waiting;
    std::vector<std::string> postponed;
    std::vector<EndedMedium> ended;
    bool fails = false;

private:
    void refuse() const {
        if (fails) throw std::runtime_error("away");
    }
    Clock& clock_;
};

const std::string gif = "GIF89a" + std::string(30, '\1');

struct MediaFetcherTest : testing::LoopTest {
    MediaFetcherTest() {
        char name[] = "/tmp/postrider-fetcher-XXXXXX";
        root = mkdtemp(name);
        http.answer = [](const HttpRequest&) {
            return ScriptedHttp::answered(200, gif, {{"content-type", "image/gif"}});
        };
        fetcher.emplace(
            MediaFetcherParts{io.get_executor(), clock, random, store, http, pool, IncomingFiles(root),
                              [this](std::int64_t id) { complete.push_back(id); }},
            MediaFetchLimits{});
        fetcher->set_receivers({{"sms", std::make_shared<AnyReceiver>()}});
    }
    ~MediaFetcherTest() override {
        stop();
        fs::permissions(root, fs::perms::owner_all);
        fs::remove_all(root);
    }

    void start() { group.spawn("fetcher", fetcher->run()); }
    bool settles(const std::function<bool()>& reached) { return run_until(reached); }
    /// Time goes on, in steps that wake whoever sleeps, until it is so.
    bool comes(const std::function<bool()>& reached) {
        return run_until([&] {
            if (reached()) return true;
            clock.advance(500ms);
            return false;
        });
    }
    std::size_t files() const {
        const fs::path folder = root / "incoming_message_media";
        if (!fs::exists(folder)) return 0;
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
    }
    std::string status() const {
        const auto check = fetcher->check();
        return check ? std::string(to_string(check->health)) + ": " + check->text : "none";
    }

    fs::path root;
    ManualClock clock{io.get_executor()};
    FixedRandom random;
    MemoryMedia store{clock};
    ScriptedHttp http;
    BlockingPool pool{1};
    std::vector<std::int64_t> complete;
    std::optional<MediaFetcher> fetcher;
};

TEST_F(MediaFetcherTest, AFileIsStoredUnderANameOfOursAndItsMessageIsComplete) {
    store.add(1, "https://a.example/../../etc/passwd%2e%2e%2fx.exe");
    start();
    ASSERT_TRUE(settles([&] { return store.ended.size() == 1; }));
    const EndedMedium& ended = store.ended[0];
    EXPECT_THAT(ended.content_file, MatchesRegex("incoming_message_media/[0-9a-f]{64}\\.gif"));
    EXPECT_LE(ended.content_file.size(), 100u);
    EXPECT_EQ(ended.content_type, "image/gif");
    std::ifstream file(root / ended.content_file, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), gif);
    EXPECT_EQ(files(), 1u);
    EXPECT_THAT(complete, ElementsAre(101));
}

TEST_F(MediaFetcherTest, WhatFailsForAWhileIsTriedAgain) {
    int asked = 0;
    http.answer = [&asked](const HttpRequest&) {
        return ++asked <= 2 ? ScriptedHttp::answered(asked == 1 ? 503 : 404)
                            : ScriptedHttp::answered(200, gif);
    };
    store.add(1, "https://a.example/1");
    start();
    ASSERT_TRUE(comes([&] { return store.ended.size() == 1; }));
    EXPECT_EQ(asked, 3);
    EXPECT_THAT(store.postponed, ElementsAre(HasSubstr("503"), HasSubstr("404")));
    EXPECT_FALSE(store.ended[0].content_file.empty());
}

TEST_F(MediaFetcherTest, WhatFailsForGoodSaysWhyAndItsMessageIsCompleteToo) {
    http.answer = [](const HttpRequest&) {
        return ScriptedHttp::answered(200, "<!DOCTYPE html><html>x</html>", {{"content-type", "image/gif"}});
    };
    store.add(1, "https://a.example/1");
    start();
    ASSERT_TRUE(settles([&] { return store.ended.size() == 1; }));
    EXPECT_EQ(store.ended[0].content_file, "");
    EXPECT_EQ(store.ended[0].reason, "it is said to be image/gif, and its bytes are text/html");
    EXPECT_EQ(files(), 0u);
    EXPECT_THAT(complete, ElementsAre(101));
    EXPECT_THAT(status(), HasSubstr("1 failed in the last day; the last to fail: it is said to be"));
}

TEST_F(MediaFetcherTest, WhatNeverComesIsGivenUpAfterItsTimeWithTheNumberOfTries) {
    http.answer = [](const HttpRequest&) { return ScriptedHttp::answered(503); };
    store.add(1, "https://a.example/1");
    start();
    const TimePoint begin = clock.now();
    ASSERT_TRUE(run_until([&] {
        clock.advance(30s);
        return store.ended.size() == 1;
    }));
    EXPECT_GE(clock.now() - begin, 4h);
    EXPECT_LE(clock.now() - begin, 5h);
    EXPECT_THAT(store.ended[0].reason, HasSubstr("status 503, after "));
}

TEST_F(MediaFetcherTest, WhereNothingCanBeKeptFilesWaitAndTheStatusSaysSo) {
    std::ofstream(root / "incoming_message_media") << "in its way";
    store.add(1, "https://a.example/1");
    start();
    ASSERT_TRUE(run_until([&] {
        clock.advance(10min);
        return store.postponed.size() > 40;  // far beyond what a provider is given
    }));
    EXPECT_TRUE(store.ended.empty());
    EXPECT_THAT(status(), HasSubstr("WARNING: "));
    EXPECT_THAT(status(), HasSubstr("they cannot be kept here: "));
    fs::remove(root / "incoming_message_media");
    ASSERT_TRUE(comes([&] { return store.ended.size() == 1; }));
    EXPECT_FALSE(store.ended[0].content_file.empty());
    EXPECT_THAT(status(), Not(HasSubstr("cannot be kept")));
}

TEST_F(MediaFetcherTest, AnEndThatIsNotRecordedIsOneFileAllTheSame) {
    http.answer = [this](const HttpRequest&) {
        store.fails = http.requests.size() == 1;
        return ScriptedHttp::answered(200, gif);
    };
    store.add(1, "https://a.example/1");
    start();
    ASSERT_TRUE(settles([&] { return files() == 1; }));
    ASSERT_TRUE(run_until([&] {
        clock.advance(500ms);
        store.fails = store.fails && clock.now() < TimePoint(std::chrono::seconds{1893456000}) + 5s;
        return store.ended.size() == 1;
    }));
    EXPECT_EQ(http.requests.size(), 2u);
    EXPECT_EQ(files(), 1u);
}

TEST_F(MediaFetcherTest, AMediumWhoseRowIsGoneOrHasItsFileIsOnlyTakenOffTheQueue) {
    store.add(1, "https://a.example/1");
    store.waiting.at(1).medium.wanted = false;
    start();
    ASSERT_TRUE(settles([&] { return store.ended.size() == 1; }));
    EXPECT_TRUE(http.requests.empty());
    EXPECT_EQ(status(), "none");
}

TEST_F(MediaFetcherTest, AChannelThatIsNotConfiguredAnyMoreMayComeBack) {
    store.add(1, "https://a.example/1", "image/gif", "old");
    start();
    ASSERT_TRUE(comes([&] { return store.postponed.size() == 2; }));
    EXPECT_THAT(store.postponed[0], HasSubstr("its channel, old, is not configured"));
    fetcher->set_receivers({{"old", std::make_shared<AnyReceiver>()}});
    ASSERT_TRUE(comes([&] { return store.ended.size() == 1; }));
    EXPECT_FALSE(store.ended[0].content_file.empty());
}

TEST_F(MediaFetcherTest, NoMoreThanAFewAreFetchedAtOnceAndAllOfThem) {
    for (int i = 1; i <= 20; ++i) store.add(i, "https://a.example/" + std::to_string(i));
    start();
    ASSERT_TRUE(settles([&] { return store.ended.size() == 20; }));
    EXPECT_EQ(files(), 20u) << "each is of its own message";
}

}  // namespace
}  // namespace postrider
