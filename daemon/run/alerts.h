#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/database_clock.h"
#include "lib/config/config.h"
#include "lib/health/alert_policy.h"
#include "lib/health/report.h"
#include "lib/schedule/random.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// Tells people, by one of the channels, and programs, by webhook, of what the status says. Needs no database, which
/// may be what is wrong. Loop thread only.
class Alerts {
public:
    /// All outlive it.
    Alerts(Executor executor, HttpClient& http, SmtpClient& smtp, std::function<Report()> report);

    void configure(const Config& config);
    Task<> run();

    /// Nothing where nobody is to be told.
    std::optional<Check> check() const;

private:
    Task<> look();
    Task<std::string> tell_people(const Alert& alert);
    Task<std::string> tell_program(const Alert& alert);

    HttpClient& http_;
    SmtpClient& smtp_;
    std::function<Report()> report_;
    DatabaseClock clock_;  // of this machine
    BlockingPool files_{1};
    std::unique_ptr<Random> random_;
    std::string host_;
    AlertConfig config_;
    std::shared_ptr<Transport> transport_;  // shared: a reload must not end it while it sends
    AlertPolicy policy_;
    TimePoint not_before_ = TimePoint::min();
    TimePoint told_last_ = TimePoint::min();
    std::string trouble_;
};

}  // namespace postrider
