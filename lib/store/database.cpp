#include "lib/store/database.h"

#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>
#include <pqxx/pqxx>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace postrider {

Database::Database(Executor executor, DatabaseSettings settings)
    : executor_(std::move(executor)), settings_(std::move(settings)), threads_(settings_.pool_size) {}

Database::~Database() { threads_.join(); }

Database::Call::Call(Database& owner) : database(owner), state(std::make_shared<CallState>()) {
    entry = database.calls_.insert(database.calls_.end(), state);
}

Database::Call::~Call() {
    database.calls_.erase(entry);
    database.failing_ = !state->succeeded;
    const auto started = state->started.load();
    if (database.observer_ && started != never)
        database.observer_(started - state->asked, std::chrono::steady_clock::now() - started);
}

void Database::CallState::close_socket() {
    if (const int taken = socket.exchange(-1); taken >= 0) ::close(taken);
}

Database::Lease::Lease(Database& database, CallState& state, Kind kind) : database_(database), state_(state) {
    database_.refuse_if_closed();
    state_.started = std::chrono::steady_clock::now();
    if (kind == Kind::shared) {
        const std::lock_guard lock(database_.idle_mutex_);
        if (!database_.idle_.empty()) {
            connection_ = std::move(database_.idle_.back());
            database_.idle_.pop_back();
        }
    }
    if (connection_) {
        watch(connection_->sock());
    } else {
        connection_ = open_connection(database_.settings_, [this](int socket) { watch(socket); });
    }
}

std::unique_ptr<pqxx::connection> Database::Lease::take() { return std::move(connection_); }

/// From here on the call can be cut off.
void Database::Lease::watch(int socket) {
    state_.socket = ::dup(socket);
    // It may have been closed since we looked, and have seen no socket to cut.
    database_.refuse_if_closed();
}

Database::Lease::~Lease() {
    state_.close_socket();
    if (!connection_ || !connection_->is_open()) return;
    const std::lock_guard lock(database_.idle_mutex_);
    database_.idle_.push_back(std::move(connection_));
}

void Database::refuse_if_closed() const {
    if (closed_) throw std::runtime_error("the database is asked nothing more: this daemon is stopping");
}

bool Database::lasts_longer(const CallState& call, std::chrono::steady_clock::time_point now,
                            std::chrono::milliseconds limit) {
    const auto started = call.started.load();
    return started != never && now - started > limit;
}

Task<> Database::watch() {
    for (;;) {
        co_await sleep_for(std::chrono::milliseconds{500});
        const auto now = std::chrono::steady_clock::now();
        for (const auto& call : calls_) {
            if (lasts_longer(*call, now, settings_.call_max)) cut_off(*call);
        }
    }
}

void Database::close() {
    closed_ = true;
    for (const auto& call : calls_) cut_off(*call);
}

void Database::cut_off(CallState& call) {
    const int socket = call.socket.exchange(-1);
    if (socket < 0) return;
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    ++cut_;
    // What killed one link without a word has probably killed the others of its time.
    forget_idle();
    const auto lasted = std::chrono::steady_clock::now() - call.started.load();
    log::error("database call cut off",
               {{"after_ms", std::chrono::duration_cast<std::chrono::milliseconds>(lasted).count()}});
}

void Database::forget_idle() {
    const std::lock_guard lock(idle_mutex_);
    idle_.clear();
}

Check Database::check() const {
    Check check{.name = "database"};
    const auto now = std::chrono::steady_clock::now();
    const bool overdue = std::any_of(calls_.begin(), calls_.end(), [&](const auto& call) {
        return lasts_longer(*call, now, settings_.statement_max);
    });
    if (failing_) {
        say<status::database_failed>(check);
    } else if (overdue) {
        say<status::database_slow>(check);
    } else {
        say<status::database_works>(check, calls_.size(), cut_);
    }
    return check;
}

}  // namespace postrider
