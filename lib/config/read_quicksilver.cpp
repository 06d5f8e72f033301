#include "lib/config/sections.h"
#include "lib/config/wording.h"
#include "lib/text/utf8.h"

#include <algorithm>
#include <array>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t queue_size_max = 128;  // the site's column
constexpr std::array<std::string_view, 3> temporary{"TMPDIR", "TEMP", "TMP"};

/// As Python finds it, from what is in the environment of a task.
std::string temporary_folder(const SiteTaskSettings& settings) {
    for (const std::string_view name : temporary) {
        for (const auto& [given, value] : settings.environment)
            if (given == name && !value.reveal().empty()) return value.reveal();
    }
    return "/tmp";
}

void read_locks(SettingsReader& section, SiteTaskSettings& settings) {
    const std::string site = section.text("site", "");
    settings.site = site_slug(site);
    if (section.has("site") && settings.site.empty())
        section.problem("site", shown(site) + " is not the address of a site (like https://app.example.org)");
    settings.lock_folder = section.text("lock_folder", temporary_folder(settings));
    if (section.has("lock_folder"))
        is_whole_path(section, "lock_folder", settings.lock_folder, "the whole path of a folder");
}

}  // namespace

std::optional<SiteTaskSettings> read_quicksilver(SettingsReader& file, Delivery delivery) {
    if (!file.has("quicksilver")) return std::nullopt;
    SettingsReader section = file.child("quicksilver");
    SiteTaskSettings settings;
    settings.manage = section.texts("manage", {});
    if (settings.manage.empty() || settings.manage.front().empty())
        section.problem("manage", "must be how the site's manage.py is called, as a list");
    settings.queues = section.texts("queues", settings.queues);
    if (settings.queues.empty()) section.problem("queues", "must name a queue");
    for (const std::string& queue : settings.queues) {
        if (queue.empty() || queue.size() > queue_size_max || has_controls(queue))
            section.problem("queues", shown(queue) + " is not a name of at most 128 characters");
    }
    CommandJob place;
    read_command_place(section, place);
    settings.user = place.user;
    settings.folder = place.folder;
    settings.environment = std::move(place.environment);
    read_locks(section, settings);
    settings.max_duration = section.seconds("max_duration", settings.max_duration);
    settings.kill_after = section.duration("kill_after", settings.kill_after, 0ms, 10min);
    settings.run_send_task = section.flag("run_send_task", settings.run_send_task);
    settings.sends = delivery != Delivery::hold;
    return settings;
}

}  // namespace postrider
