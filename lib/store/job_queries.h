#pragma once

#include "lib/store/database.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// What people and their scripts ask and tell of jobs: one connection, blocking.
class JobQueries {
public:
    /// Throws DatabaseSetupError where a daemon could not work.
    explicit JobQueries(const DatabaseSettings& settings);
    ~JobQueries();

    /// All jobs that a daemon has ever brought, by name: schedule, queue, next run, last run, and what runs
    /// took. Times as ISO 8601, durations in seconds, as texts.
    boost::json::array list();
    /// One of them; nullopt if there is none.
    std::optional<boost::json::object> show(const std::string& name);
    /// Its runs, the latest first; without their output.
    boost::json::array history(const std::string& name, int limit);
    /// One run with its output; nullopt if there is none.
    std::optional<boost::json::object> show_run(long long id);

    /// False: there is no such job.
    bool request(const std::string& name);
    bool pause(const std::string& name, const std::string& reason);
    bool resume(const std::string& name);

private:
    std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace postrider
