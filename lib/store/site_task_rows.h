#pragma once

#include "lib/quicksilver/task_rules.h"
#include "lib/store/pqxx_fwd.h"

#include <string>
#include <vector>

namespace postrider {

/// Of the site, if it has that app.
inline constexpr const char* site_task_table = "quicksilver_task";
inline constexpr const char* site_execution_table = "quicksilver_execution";

/// Why a site's tasks cannot be run from its tables: one is not there, or our role lacks a right; empty: they can.
std::string site_task_obstacle(pqxx::transaction_base& transaction);

/// Whether both are there, and may be read.
bool has_readable_site_tasks(pqxx::transaction_base& transaction);

/// SQL for what a SiteTask is made of, of the table called `t`; and the task of the first of these columns.
std::string site_task_columns();
SiteTask site_task_in(const pqxx::row& row);

/// SQL for which tasks are wanted, of the table called `t`: all, or all but for the send task.
std::string wanted_tasks(bool with_send_task);

/// All tasks, in the order of their next runs, and what is known of their executions.
std::vector<SiteTaskView> read_site_task_views(pqxx::transaction_base& transaction, bool with_send_task);

/// The same; none where the site has no such app.
std::vector<SiteTaskView> read_site_tasks(pqxx::connection& connection, bool with_send_task);

}  // namespace postrider
