#pragma once

#include "lib/async/clock.h"
#include "lib/model/private.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postrider {

/// How a site's tasks are run, as it is configured.
struct SiteTaskSettings {
    std::vector<std::string> manage;  ///< its manage.py, with the program that runs it, if any
    std::vector<std::string> queues{"default"};
    std::string site;                      ///< its slug, which names its locks and events; empty: not known
    std::string lock_folder = "/tmp";      ///< where its commands keep their locks
    std::chrono::seconds max_duration{0};  ///< of tasks that say nothing else; 0: none
    std::chrono::milliseconds kill_after = std::chrono::seconds{3};  ///< from TERM to KILL
    std::string user;                                                ///< empty: whoever the daemon is
    std::string folder;                                              ///< empty: /
    std::vector<std::pair<std::string, Secret>> environment;
    bool run_send_task = false;  ///< also the one in whose place Postrider is
    bool sends = true;           ///< Postrider does send, in place of that task
};

/// The task in whose place Postrider is.
inline constexpr const char* send_task = "simple_messaging_send_pending_messages";

/// A row of the site's table of tasks.
struct SiteTask {
    long long id = 0;
    std::string command;
    std::string arguments;  ///< as they stand there
    std::string queue;
    long long repeat_interval = 0;          ///< seconds
    std::optional<long long> max_duration;  ///< seconds
    std::optional<TimePoint> next_run;
};

/// As the Django package writes it: `command[queue] arguments`, those of several lines in one.
std::string text_of(const SiteTask& task);

/// The slug that the package makes of SITE_URL, or of a host's name; of a slug, itself.
std::string site_slug(std::string address);

}  // namespace postrider
