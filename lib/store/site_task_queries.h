#pragma once

#include "lib/store/database.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What people and their scripts ask and tell of a site's own tasks: one connection, blocking. Rows are as
/// JobQueries has them.
class SiteTaskQueries {
public:
    /// Throws DatabaseSetupError where a daemon could not work. Of all tasks, but for the send task unless it is
    /// wanted.
    SiteTaskQueries(const DatabaseSettings& settings, bool with_send_task);
    ~SiteTaskQueries();

    /// Why nothing of this can be done here; empty: nothing.
    std::string obstacle();
    /// By name; none where the site has no such tables. A name is the command's, with the task's number
    /// (`nudge#17`) where others have that name too.
    boost::json::array list();
    /// The numbers of the tasks that a name, a command or a number stands for.
    std::vector<long long> find(const std::string& name);

    /// nullopt: it is gone.
    std::optional<boost::json::object> show(long long task);
    /// Its executions, the latest first; without their output.
    boost::json::array history(long long task, int limit);
    /// One of them with its output; nullopt if there is none.
    std::optional<boost::json::object> show_run(long long task, long long execution);

    /// It is due now. False: it is gone.
    bool request(long long task);
    /// It has no next run any more, which is what the site knows as paused. False: it is gone.
    bool pause(long long task);
    /// It is due now. False: it is not paused, or gone.
    bool resume(long long task);

private:
    std::unique_ptr<pqxx::connection> connection_;
    bool with_send_task_;
};

}  // namespace postrider
