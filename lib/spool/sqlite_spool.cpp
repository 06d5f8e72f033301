#include "lib/spool/sqlite_spool.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace postrider {

namespace asio = boost::asio;

namespace {

class SqliteSpool final : public Spool {
public:
    SqliteSpool(const std::filesystem::path& folder, const SpoolOwner& owner) : file_(folder, owner) {}
    ~SqliteSpool() override { thread_.join(); }

    Task<> keep(std::vector<AttemptResult> results) override {
        auto work = [&] { file_.keep(results); };
        co_await run(std::ref(work));
    }
    Task<> forget(std::vector<AttemptId> attempts) override {
        auto work = [&] { file_.forget(attempts); };
        co_await run(std::ref(work));
    }
    Task<std::vector<AttemptResult>> read() override {
        std::vector<AttemptResult> results;
        auto work = [&] { results = file_.read(); };
        co_await run(std::ref(work));
        co_return results;
    }

    Task<> keep_entries(std::vector<InboxEntry> entries) override {
        auto work = [&] { file_.keep_entries(entries); };
        co_await run(std::ref(work));
    }
    Task<std::vector<SpooledEntry>> read_entries(std::size_t limit) override {
        std::vector<SpooledEntry> entries;
        auto work = [&] { entries = file_.read_entries(limit); };
        co_await run(std::ref(work));
        co_return entries;
    }
    Task<std::size_t> count_entries() override {
        std::size_t count = 0;
        auto work = [&] { count = file_.count_entries(); };
        co_await run(std::ref(work));
        co_return count;
    }
    Task<> forget_entries(std::vector<std::int64_t> numbers) override {
        auto work = [&] { file_.forget_entries(numbers); };
        co_await run(std::ref(work));
    }

private:
    template <class Work>
    Task<> run(Work work) {
        co_await asio::co_spawn(
            thread_,
            [&work]() -> Task<> {  // a reference only; the awaiting frame holds it
                work();
                co_return;
            },
            // No cancellation passes: a signal from the loop would race with the other thread.
            asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    }

    SpoolFile file_;
    asio::thread_pool thread_{1};  // one, so that calls are done in their order
};

}  // namespace

std::unique_ptr<Spool> open_sqlite_spool(const std::filesystem::path& folder, const SpoolOwner& owner) {
    return std::make_unique<SqliteSpool>(folder, owner);
}

}  // namespace postrider
