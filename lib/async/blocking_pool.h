#pragma once

#include "lib/async/wakeup.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace postrider {

/// A few threads for work that may block, such as on files of a network's file system: the loop goes on
/// meanwhile. Loop thread only, like all but the work itself.
class BlockingPool {
public:
    explicit BlockingPool(std::size_t threads) : threads_(threads) {}
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;
    /// Waits for work that has begun; what has not is never done.
    ~BlockingPool() {
        threads_.stop();
        threads_.join();
    }

    /// Runs `work()` on one of the threads; back on the loop with its result, which is a value, or its
    /// exception. Cancelled, the caller goes at once, and the work ends by itself: what it uses must be its
    /// own, or outlive the pool.
    ///
    /// `work` is a named object: what g++ 12 makes of a temporary in an awaited call is destroyed twice.
    template <class Work, class T = std::invoke_result_t<const Work&>>
    Task<T> run(Work work) {
        struct Job {
            Job(const Executor& executor, Work what) : done(executor), work(std::move(what)) {}
            Wakeup done;
            Work work;
            std::optional<T> result;
            std::exception_ptr failure;
        };
        const Executor executor = co_await boost::asio::this_coro::executor;
        const auto job = std::make_shared<Job>(executor, std::move(work));
        boost::asio::post(threads_, [job, executor]() mutable {
            try {
                job->result.emplace(job->work());
            } catch (...) {
                job->failure = std::current_exception();
            }
            // The last to hold the job is the loop: its timer is of the loop's.
            boost::asio::post(executor, [job = std::move(job)] { job->done.ring(); });
        });
        co_await job->done.wait();
        if (job->failure) std::rethrow_exception(job->failure);
        co_return std::move(*job->result);
    }

private:
    boost::asio::thread_pool threads_;
};

}  // namespace postrider
