#include "lib/jobs/http_runner.h"

#include "lib/jobs/run_limit.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>

namespace postrider {

namespace {

constexpr std::size_t answer_bytes_max = 65536;
constexpr std::chrono::hours never{24 * 365};

class HttpRunner final : public JobRunner {
public:
    explicit HttpRunner(HttpClient& http) : http_(http) {}

    Task<RunResult> run(const JobDefinition& job, std::string, Wakeup& stop) override {
        const auto& work = std::get<HttpJob>(job.work);
        HttpRequest request;
        request.method = work.method;
        request.url = work.url;
        for (const auto& [name, value] : work.headers) request.headers.emplace_back(name, value.reveal());
        request.body = work.body;
        request.timeout = never;  // ours counts
        request.answer_bytes_max = answer_bytes_max;
        request.status_suffices = true;
        std::optional<HttpResult> answer;
        Halt why = Halt::none;
        co_await ends_before(keep_result(http_.send(std::move(request)), answer),
                             halt(job.timeout, stop, why));
        RunResult result;
        if (!answer) {
            result.status = why == Halt::timed_out ? RunStatus::killed : RunStatus::interrupted;
            result.reason = why == Halt::timed_out
                                ? fmt::format("no answer after {:g} s",
                                              std::chrono::duration<double>(job.timeout).count())
                                : "the daemon stopped";
            co_return result;
        }
        if (answer->exchange != Exchange::answered) {
            result.reason = answer->error;
            co_return result;
        }
        result.output = storable(std::move(answer->answer.body));
        const int status = answer->answer.status;
        result.status = status / 100 == 2 ? RunStatus::success : RunStatus::error;
        if (result.status == RunStatus::error) result.reason = fmt::format("answered with status {}", status);
        co_return result;
    }
    void sweep(const std::string&) override {}

private:
    HttpClient& http_;
};

}  // namespace

std::unique_ptr<JobRunner> make_http_runner(HttpClient& http) { return std::make_unique<HttpRunner>(http); }

}  // namespace postrider
