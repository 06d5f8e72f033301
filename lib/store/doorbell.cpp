#include "lib/store/doorbell.h"

#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>
#include <pqxx/pqxx>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <variant>

namespace postrider {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds echo_every{3000};
constexpr std::chrono::milliseconds echo_overdue{8000};
constexpr std::string_view due_channel = "postrider_due";
constexpr std::string_view suspensions_channel = "postrider_suspensions";

class Receiver final : public pqxx::notification_receiver {
public:
    Receiver(pqxx::connection& connection, const std::string& channel,
             std::function<void(const std::string&)> heard)
        : pqxx::notification_receiver(connection, channel), heard_(std::move(heard)) {}
    void operator()(const std::string& payload, int) override { heard_(payload); }

private:
    std::function<void(const std::string&)> heard_;
};

/// Seconds since 1970, or "-infinity"; anybody may NOTIFY anything, and then we look at all.
TimePoint read_payload(const std::string& payload) {
    long long seconds = 0;
    const auto [end, error] = std::from_chars(payload.data(), payload.data() + payload.size(), seconds);
    constexpr long long far = 9'000'000'000'000;  // beyond any timestamp, within 64 bits of microseconds
    if (error != std::errc{} || end != payload.data() + payload.size() || seconds < -far || seconds > far) {
        return TimePoint::min();
    }
    return TimePoint(std::chrono::seconds{seconds});
}

class PgDoorbell final : public Doorbell {
public:
    PgDoorbell(Executor executor, Database& database, Hooks hooks)
        : executor_(std::move(executor)), database_(database), hooks_(std::move(hooks)) {}

    Task<> run() override {
        for (auto pause = std::chrono::milliseconds{250};;
             pause = std::min(pause * 2, std::chrono::milliseconds{5000})) {
            std::exception_ptr failure;
            try {
                co_await listen();
            } catch (...) {
                failure = std::current_exception();
            }
            if (was_cancelled(failure)) std::rethrow_exception(failure);
            if (works_) {
                pause = std::chrono::milliseconds{250};
                log::warn("doorbell out of order; polling", {{"error", describe(failure)}});
            }
            trouble_ = describe(failure);
            set_state(false);
            co_await sleep_for(pause);
        }
    }

    Check check() const override {
        Check check{.name = "doorbell"};
        if (works_) {
            say<status::doorbell_works>(check);
        } else {
            say<status::doorbell_polling>(check, trouble_);
        }
        return check;
    }

private:
    /// A connection that listens. Made on a database thread, since LISTEN blocks; then the loop's.
    struct Link {
        Link(PgDoorbell& bell, std::unique_ptr<pqxx::connection> its_own)
            : connection(std::move(its_own)),
              echo_channel(fmt::format("postrider_echo_{}", connection->backendpid())),
              due(*connection, std::string(due_channel),
                  [&bell](const std::string& payload) { bell.hooks_.on_ring(read_payload(payload)); }),
              suspensions(*connection, std::string(suspensions_channel),
                          [&bell](const std::string&) { bell.hooks_.on_suspensions(); }),
              echo(*connection, echo_channel, [&bell](const std::string&) { bell.heard_echo(); }) {}
        Link(const Link&) = delete;
        /// What follows would say UNLISTEN, and over a dead link wait for its answer for ever.
        ~Link() { ::shutdown(connection->sock(), SHUT_RDWR); }

        std::unique_ptr<pqxx::connection> connection;
        std::string echo_channel;
        Receiver due;
        Receiver suspensions;
        Receiver echo;
    };

    /// Listens on one connection; throws when it is lost.
    Task<> listen() {
        using namespace asio::experimental::awaitable_operators;
        auto connect = [this](std::unique_ptr<pqxx::connection> own) {
            return std::make_unique<Link>(*this, std::move(own));
        };
        const std::unique_ptr<Link> link = co_await database_.run_apart(std::ref(connect));
        // libpq closes its own socket; we watch a copy.
        asio::posix::stream_descriptor readable(executor_, ::dup(link->connection->sock()));
        heard_at_ = std::chrono::steady_clock::now();
        // As values: an exception of one side would not end the wait for the other.
        const auto ended = co_await (failure_of(hear(*link->connection, readable)) ||
                                     failure_of(ring_self(link->echo_channel)));
        std::visit([](const std::exception_ptr& failure) { std::rethrow_exception(failure); }, ended);
    }

    /// What ended `task`, which has no other end.
    static Task<std::exception_ptr> failure_of(Task<> task) {
        std::exception_ptr failure;
        try {
            co_await std::move(task);
        } catch (...) {
            failure = std::current_exception();
        }
        co_return failure;
    }

    void heard_echo() {
        heard_at_ = std::chrono::steady_clock::now();
        set_state(true);
    }

    Task<> hear(pqxx::connection& connection, asio::posix::stream_descriptor& readable) {
        for (;;) {
            // Drain before waiting: libpq may hold in memory what the socket has already given.
            while (connection.get_notifs() > 0) {
            }
            co_await readable.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        }
    }

    Task<> ring_self(std::string channel) {
        auto ring = [&channel](pqxx::connection& connection) {
            pqxx::nontransaction(connection).exec("notify " + connection.quote_name(channel));
            return true;
        };
        for (;;) {
            co_await database_.run(std::ref(ring));
            co_await sleep_for(works_ ? echo_every : std::chrono::milliseconds{500});
            if (std::chrono::steady_clock::now() - heard_at_ > echo_overdue) {
                throw std::runtime_error("its own ring was not heard");
            }
        }
    }

    void set_state(bool works) {
        if (works == works_) return;
        works_ = works;
        if (works) log::info("doorbell works");
        hooks_.on_state(works);
    }

    Executor executor_;
    Database& database_;
    Hooks hooks_;
    bool works_ = false;
    std::string trouble_ = "not connected yet";
    std::chrono::steady_clock::time_point heard_at_;
};

}  // namespace

std::unique_ptr<Doorbell> make_doorbell(Executor executor, Database& database, Doorbell::Hooks hooks) {
    return std::make_unique<PgDoorbell>(std::move(executor), database, std::move(hooks));
}

}  // namespace postrider
