#include "lib/store/sql_runner.h"

#include "lib/jobs/run_limit.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <atomic>

namespace postrider {

namespace {

constexpr std::size_t output_max = 65536;
constexpr std::chrono::seconds call_margin{15};
constexpr std::chrono::hours never{24 * 365};
constexpr std::chrono::milliseconds cancel_again_after{200};

std::string text_of(const pqxx::result& result) {
    std::string text;
    for (const pqxx::row& row : result) {
        std::string line;
        for (const pqxx::field& field : row)
            line += std::string(line.empty() ? "" : "\t") + (field.is_null() ? "" : field.c_str());
        if (text.size() + line.size() > output_max) return text + "[the rest is left out]\n";
        text += line + '\n';
    }
    if (result.columns() == 0) text += fmt::format("{} rows\n", result.affected_rows());
    return text;
}

class SqlRunner final : public JobRunner {
public:
    SqlRunner(Executor executor, Database& database, DatabaseSettings settings)
        : executor_(std::move(executor)), database_(database), settings_(std::move(settings)) {
        settings_.pool_size = 1;
        // Not suspend_if_copy: the claim has looked.
        settings_.first_statement =
            "reset enable_seqscan; reset enable_bitmapscan; reset random_page_cost; reset plan_cache_mode; "
            "reset jit; reset postrider.guard; set idle_in_transaction_session_timeout = '1min'";
    }

    Task<RunResult> run(const JobDefinition& job, std::string, Wakeup& stop) override {
        DatabaseSettings settings = settings_;
        const bool limited = job.timeout.count() > 0;
        settings.statement_max = limited ? job.timeout : std::chrono::milliseconds{0};
        settings.call_max = limited ? job.timeout + call_margin : std::chrono::milliseconds(never);
        Database apart(executor_, settings);
        TaskGroup watching(executor_);
        watching.spawn("watchdog of an SQL job", apart.watch());
        RunResult result;
        std::atomic<int> backend{0};
        Halt why = Halt::none;
        std::exception_ptr failure;
        try {
            co_await ends_before(perform(apart, std::get<SqlJob>(job.work).sql, backend, result),
                                 halt_and_cancel(job.timeout, stop, why, backend));
        } catch (...) {
            failure = std::current_exception();
        }
        watching.cancel();
        co_await watching.join();
        if (result.status == RunStatus::success) co_return result;
        if (failure) result.reason = describe(failure);
        if (why == Halt::timed_out || (why == Halt::none && result.status == RunStatus::killed)) {
            result.status = RunStatus::killed;
            result.reason = fmt::format("not done after {:g} s: cancelled",
                                        std::chrono::duration<double>(job.timeout).count());
        } else if (why == Halt::stopped) {
            result.status = RunStatus::interrupted;
            result.reason = "the daemon stopped";
        }
        co_return result;
    }
    void sweep(const std::string&) override {}

private:
    Task<> perform(Database& apart, const std::string& sql, std::atomic<int>& backend, RunResult& result) {
        auto work = [&](pqxx::connection& connection) {
            RunResult done;
            backend = connection.backendpid();
            try {
                pqxx::nontransaction session(connection);
                done.output = storable(text_of(session.exec(sql)));
                done.status = RunStatus::success;
            } catch (const pqxx::sql_error& error) {
                constexpr const char* query_canceled = "57014";
                done.status = error.sqlstate() == query_canceled ? RunStatus::killed : RunStatus::error;
                done.reason = storable(error.what());
            }
            backend = 0;
            return done;
        };
        result = co_await apart.run(std::ref(work));
    }

    /// A call cannot be cancelled, but its server can be told to end the statement: again and again, since it
    /// may not have begun. Is cancelled itself when that has ended.
    Task<> halt_and_cancel(std::chrono::milliseconds timeout, Wakeup& stop, Halt& why,
                           std::atomic<int>& backend) {
        co_await halt(timeout, stop, why);
        for (;;) {
            auto cancel = [process = backend.load()](pqxx::connection& connection) {
                if (process == 0) return false;
                pqxx::nontransaction session(connection);
                session.exec_params("select pg_cancel_backend($1::int)", process);
                return true;
            };
            std::exception_ptr failure;  // the database is away: then the watchdog ends the call
            try {
                co_await database_.run(std::ref(cancel));
            } catch (...) {
                failure = std::current_exception();
            }
            if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
            co_await sleep_for(cancel_again_after);
        }
    }

    Executor executor_;
    Database& database_;
    DatabaseSettings settings_;
};

}  // namespace

std::unique_ptr<JobRunner> make_sql_runner(Executor executor, Database& database, DatabaseSettings settings) {
    return std::make_unique<SqlRunner>(std::move(executor), database, std::move(settings));
}

}  // namespace postrider
