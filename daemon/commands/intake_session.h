#pragma once

#include "lib/async/database_clock.h"
#include "lib/config/config.h"
#include "lib/inbound/webhook_intake.h"
#include "lib/store/database.h"
#include "lib/store/installation.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace postrider {

/// What a command needs of a daemon that stores what comes in, for as long as it runs: the way in as far as the
/// database, without a spool, and without a listener.
class IntakeSession {
public:
    /// Throws when the database is away, or is none of ours. `first_statement`: of each of its sessions there.
    explicit IntakeSession(const Config& config, std::string first_statement = "");
    IntakeSession(const IntakeSession&) = delete;
    IntakeSession& operator=(const IntakeSession&) = delete;
    ~IntakeSession();

    /// Runs `work` to its end, and throws what it throws.
    void run(std::function<Task<>()> work);

    const Installation& installation() const { return installation_; }
    const Executor& executor() const { return executor_; }
    Clock& clock() { return clock_; }
    Privacy& privacy() { return privacy_; }
    Database& database() { return database_; }
    const BlockedSenders& blocked() const { return blocked_; }
    WebhookIntake& intake() { return intake_; }
    /// Whom it stores for: nobody, unless this is called.
    void set_forwards(ForwardTargets targets) { store_->set_forwards(std::move(targets)); }

private:
    Task<> work_on(std::function<Task<>()> work);

    boost::asio::io_context io_{1};
    Executor executor_;
    Installation installation_;
    DatabaseClock clock_;
    Privacy privacy_;
    std::unique_ptr<Random> random_;
    Database database_;
    std::unique_ptr<InboxStore> store_;
    Inbox inbox_;
    ReplyDesk replies_;  // closed: nobody waits for one
    BlockedSenders blocked_;
    WebhookIntake intake_;
};

}  // namespace postrider
