#pragma once

#include "lib/config/config.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// What operators look at and step into by its name: a job of `jobs:`, or one of the site's own tasks. What changes
/// it answers with what then holds.
class NamedJob {
public:
    virtual ~NamedJob() = default;

    virtual boost::json::object show() = 0;
    /// Its runs, the latest first; without their output.
    virtual boost::json::array history(int limit) = 0;
    /// One of them with its output; nullopt if there is none.
    virtual std::optional<boost::json::object> show_run(long long id) = 0;

    virtual std::string run() = 0;
    virtual std::string pause(const std::string& reason) = 0;
    virtual std::string resume() = 0;
};

/// The one with that name. Throws std::runtime_error, which says why, where nothing or no single one has it.
std::unique_ptr<NamedJob> find_job(const Config& config, const std::string& name);

/// All of them: the jobs, and behind them the site's tasks.
boost::json::array list_jobs(const Config& config);

}  // namespace postrider
