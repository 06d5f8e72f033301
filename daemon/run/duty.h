#pragma once

#include "lib/config/config.h"
#include "lib/health/check.h"
#include "lib/quicksilver/task_rules.h"
#include "lib/store/site_monitoring.h"

#include <chrono>
#include <vector>

namespace postrider {

/// The site's tasks, as they were at a moment.
struct SiteTaskReport {
    std::vector<SiteTaskView> views;
    TimePoint now;
};

/// What a daemon does once its database has been found: the engine, or jobs only. Nothing moves before
/// `start`.
class Duty {
public:
    virtual ~Duty() = default;

    virtual void start() = 0;
    /// Lets what is under way end within `grace`.
    virtual Task<> stop(std::chrono::milliseconds grace) = 0;
    /// To be called after `stop`.
    virtual Task<> close() = 0;
    /// Ends a `stop` under way sooner.
    virtual void cut_short() = 0;

    virtual void reconfigure(const Config& config) = 0;

    /// Whether the loops turn: false when something hangs that nobody else notices.
    virtual bool progresses() const = 0;
    virtual Task<SiteMonitoring> site_monitoring() = 0;
    /// None where the site has no such app.
    virtual Task<SiteTaskReport> site_tasks() = 0;
    virtual std::vector<Check> checks() const = 0;
};

}  // namespace postrider
