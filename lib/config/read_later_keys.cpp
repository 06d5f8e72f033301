#include "lib/config/sections.h"

#include <string>

namespace postrider {
namespace {

void read_job(SettingsReader job) {
    using Milliseconds = SettingsReader::Milliseconds;
    job.required_text("name");
    if (job.texts("command", {}).empty())
        job.problem("command", "must be a program and its arguments, as a list");
    job.duration("every", Milliseconds{0}, Milliseconds{1});
    job.text("queue", "default");
    job.duration("timeout", Milliseconds{0});
    job.duration("kill_after", Milliseconds{0});
}

void read_quicksilver(SettingsReader quicksilver) {
    quicksilver.texts("manage", {});
    quicksilver.texts("queues", {});
}

void warn_if_set(SettingsReader& file, std::string_view key) {
    if (file.has(key)) file.warning(key, "has no effect in this version");
}

}  // namespace

void read_later_keys(SettingsReader& file) {
    for (const SettingsReader& job : file.children("jobs")) read_job(job);
    if (file.has("quicksilver")) read_quicksilver(file.child("quicksilver"));
    for (std::string_view key : {"jobs", "quicksilver"}) warn_if_set(file, key);
}

}  // namespace postrider
