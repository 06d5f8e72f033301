#pragma once

#include "lib/async/task.h"
#include "lib/async/task_group.h"
#include "lib/health/check.h"
#include "lib/model/private.h"
#include "lib/store/pqxx_fwd.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace postrider {

/// Something about the database that waiting does not mend, and what to do about it.
class DatabaseSetupError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct DatabaseSettings {
    Secret url;
    unsigned pool_size = 4;
    std::string site_schema;           ///< searched for the site's tables; empty: as the role has it
    std::string first_statement = {};  ///< of each new session, before anything else is asked of it
    /// For one statement, by the server; and for one call as a whole, by a watchdog that shuts the
    /// connection's socket: behind a proxy that forwards nothing, the server's limit is never heard.
    std::chrono::milliseconds statement_max{10000};
    std::chrono::milliseconds call_max{20000};
};

/// A few threads for libpqxx's blocking calls, each with a connection to itself. Connections are
/// made when needed and replaced when broken.
class Database {
public:
    /// Loop thread only, like all but the work itself.
    Database(Executor executor, DatabaseSettings settings);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Runs `work(pqxx::connection&)` on a database thread; back on the loop with its result, which
    /// is a value, or its exception. Cannot be cancelled once begun, but ends after `call_max`, as long
    /// as `watch` runs (connecting, a part of some calls: after its own limit).
    template <class Work, class T = std::invoke_result_t<Work&, pqxx::connection&>>
    Task<T> run(Work work) {
        auto with = [&work](Lease& lease) { return work(lease.connection()); };
        co_return co_await run_leased<T>(Lease::Kind::shared, std::ref(with));
    }
    /// The same for `work(std::unique_ptr<pqxx::connection>)`, which gets a new connection to keep.
    template <class Work, class T = std::invoke_result_t<Work&, std::unique_ptr<pqxx::connection>>>
    Task<T> run_apart(Work work) {
        auto with = [&work](Lease& lease) { return work(lease.take()); };
        co_return co_await run_leased<T>(Lease::Kind::apart, std::ref(with));
    }

    /// Cuts off calls that are past their limit. Runs until cancelled.
    Task<> watch();
    /// From now on `call_max` is this, for calls under way too.
    void cut_after(std::chrono::milliseconds limit) { settings_.call_max = limit; }
    /// Cuts off all calls now; those that come later, or wait for a thread, fail.
    void close();

    /// Is told of each call that has ended how long it waited for a thread, and then took. On the loop.
    using CallObserver = std::function<void(std::chrono::nanoseconds waited, std::chrono::nanoseconds took)>;
    void observe(CallObserver observer) { observer_ = std::move(observer); }

    Check check() const;

private:
    static constexpr auto never = std::chrono::steady_clock::time_point::max();
    struct CallState {
        const std::chrono::steady_clock::time_point asked = std::chrono::steady_clock::now();
        /// When a thread took it up: waiting for one is not the call's fault.
        std::atomic<std::chrono::steady_clock::time_point> started{never};
        std::atomic<int> socket{-1};  ///< a duplicate of the connection's, from when it is connected
        bool succeeded = false;       ///< written by the thread, read when it is done

        CallState() = default;
        CallState(const CallState&) = delete;
        ~CallState() { close_socket(); }
        /// The loop may be about to shut it: whoever takes it out of the state closes it.
        void close_socket();
    };
    /// On the loop: a call under way.
    struct Call {
        explicit Call(Database& owner);
        Call(const Call&) = delete;
        ~Call();
        Database& database;
        std::shared_ptr<CallState> state;
        std::list<std::shared_ptr<CallState>>::iterator entry;
    };
    /// On a database thread: a connection for one call. A broken one is not given back.
    class Lease {
    public:
        enum class Kind { shared, apart };
        Lease(Database& database, CallState& state, Kind kind);
        Lease(const Lease&) = delete;
        ~Lease();
        pqxx::connection& connection() { return *connection_; }
        std::unique_ptr<pqxx::connection> take();

    private:
        void watch(int socket);

        Database& database_;
        CallState& state_;
        std::unique_ptr<pqxx::connection> connection_;
    };

    template <class T, class Work>
    Task<T> run_leased(Lease::Kind kind, Work work) {
        const Call call(*this);
        co_return co_await boost::asio::co_spawn(
            threads_,
            [this, kind, &work, &call]() -> Task<T> {  // references only; the awaiting frame holds them
                Lease lease(*this, *call.state, kind);
                T result = work(lease);
                call.state->succeeded = true;
                co_return result;
            },
            // No cancellation passes: a signal from the loop would race with the other thread.
            boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(),
                                                boost::asio::use_awaitable));
    }
    void refuse_if_closed() const;
    void cut_off(CallState& call);
    void forget_idle();
    static bool lasts_longer(const CallState& call, std::chrono::steady_clock::time_point now,
                             std::chrono::milliseconds limit);

    Executor executor_;
    DatabaseSettings settings_;
    CallObserver observer_;
    std::list<std::shared_ptr<CallState>> calls_;
    std::mutex idle_mutex_;
    std::vector<std::unique_ptr<pqxx::connection>> idle_;  // under idle_mutex_
    std::atomic<bool> closed_{false};
    bool failing_ = false;
    std::uint64_t cut_ = 0;
    boost::asio::thread_pool threads_;  // last: joined before the rest goes
};

/// A new connection with our session settings. Blocks: for 5 s at most (connect_timeout) for each address
/// of the server to connect, and from `on_connected` on, which is told the socket, for as long as the
/// server does not answer. Throws pqxx::broken_connection, whose words name neither password nor address.
std::unique_ptr<pqxx::connection> open_connection(const DatabaseSettings& settings,
                                                  const std::function<void(int socket)>& on_connected = {});

}  // namespace postrider
