#include "lib/jobs/http_runner.h"

#include "tests/support/loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;

/// Answers as it is told, or never.
struct FakeHttpClient final : HttpClient {
    explicit FakeHttpClient(const Executor& executor) : never(executor) {}
    Task<HttpResult> send(HttpRequest request, SendGate) override {
        asked.push_back(std::move(request));
        if (!answer) co_await never.wait();
        co_return answer.value();
    }
    Wakeup never;
    std::optional<HttpResult> answer;
    std::vector<HttpRequest> asked;
};

struct HttpRunnerTest : LoopTest {
    ~HttpRunnerTest() override { stop(); }

    RunResult run(std::chrono::milliseconds timeout = 60s) {
        const JobDefinition job{
            .name = "a",
            .work =
                HttpJob{"PUT", "https://app.example.org/x", {{"Authorization", Secret("hunter2")}}, "body"},
            .schedule = JobSchedule::every(1h),
            .timeout = timeout};
        return result_of(runner->run(job, "key", stop_bell));
    }
    void answer(int status, const std::string& body) {
        HttpResult result;
        result.exchange = Exchange::answered;
        result.answer.status = status;
        result.answer.body = body;
        http.answer = result;
    }

    FakeHttpClient http{io.get_executor()};
    Wakeup stop_bell{io.get_executor()};
    std::unique_ptr<JobRunner> runner = make_http_runner(http);
};

TEST_F(HttpRunnerTest, AStatusOfTwoHundredsIsSuccessAndTheAnswerIsTheOutput) {
    answer(204, "done");
    const RunResult result = run();
    EXPECT_EQ(result.status, RunStatus::success);
    EXPECT_EQ(result.output, "done");
    ASSERT_EQ(http.asked.size(), 1u);
    EXPECT_EQ(http.asked[0].method, "PUT");
    EXPECT_EQ(http.asked[0].body, "body");
    EXPECT_EQ(http.asked[0].headers[0].second, "hunter2");
}

TEST_F(HttpRunnerTest, AnyOtherIsAnErrorWithItsAnswer) {
    answer(503, "try later\xff");
    const RunResult result = run();
    EXPECT_EQ(result.status, RunStatus::error);
    EXPECT_EQ(result.reason, "answered with status 503");
    EXPECT_EQ(result.output, "try later?");
}

TEST_F(HttpRunnerTest, NoAnswerIsAnErrorThatSaysWhy) {
    HttpResult lost;
    lost.exchange = Exchange::not_sent;
    lost.error = "connection refused";
    http.answer = lost;
    EXPECT_EQ(run().reason, "connection refused");
}

TEST_F(HttpRunnerTest, AtItsTimeOutItIsGivenUp) {
    const RunResult result = run(50ms);
    EXPECT_EQ(result.status, RunStatus::killed);
    EXPECT_EQ(result.reason, "no answer after 0.05 s");
}

TEST_F(HttpRunnerTest, ToldToStopItIsInterrupted) {
    stop_bell.ring();
    EXPECT_EQ(run(0s).status, RunStatus::interrupted);
}

}  // namespace
}  // namespace postrider::testing
