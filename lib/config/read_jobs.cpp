#include "lib/config/sections.h"
#include "lib/config/wording.h"
#include "lib/text/utf8.h"

#include <algorithm>
#include <array>
#include <set>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t name_size_max = 100;
constexpr std::array<std::string_view, 4> kinds{"command", "sql", "http", "task"};
constexpr std::array<std::string_view, 3> times{"every", "cron", "at"};
constexpr std::array<std::string_view, 2> backup_targets{"to_folder", "to_command"};
constexpr int export_days_max = 366;
/// What only a command has.
constexpr std::array<std::string_view, 3> command_keys{"user", "folder", "environment"};

/// Which of the keys is there; a problem unless it is exactly one.
template <class Keys>
std::string_view only_one(SettingsReader& job, const Keys& keys, const char* list) {
    std::string_view found;
    for (const std::string_view key : keys) {
        if (!job.has(key)) continue;
        if (found.empty()) {
            found = key;
            continue;
        }
        job.problem(key, std::string("and ") + std::string(found) + " exclude each other");
        job.accept_rest();  // whose the other keys are, nobody can say
    }
    if (found.empty()) job.problem("name", std::string("has none of ") + list);
    return found;
}

std::string read_name(SettingsReader& job, std::set<std::string>& names) {
    std::string name = job.required_text("name");
    if (name.size() > name_size_max || has_controls(name)) {
        job.problem("name", "must have at most 100 characters, and no control characters");
    } else if (!name.empty() && !names.insert(name).second) {
        job.problem("name", shown(name) + " is the name of another job");
    }
    return name;
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && name.find('=') == std::string_view::npos && !has_controls(name);
}

CommandJob read_command(SettingsReader& job) {
    CommandJob command;
    command.command = job.texts("command", {});
    if (command.command.empty() || command.command.front().empty())
        job.problem("command", "must be a program and its arguments, as a list");
    read_command_place(job, command);
    return command;
}

HttpJob read_http(SettingsReader& job) {
    HttpJob http;
    SettingsReader section = job.child("http");
    http.url = section.required_url("url");
    http.method = section.one_of<std::string>(
        "method", "POST", {{"GET", "GET"}, {"POST", "POST"}, {"PUT", "PUT"}, {"DELETE", "DELETE"}});
    http.body = section.text("body", "");
    if (!section.has("headers")) return http;
    SettingsReader headers = section.child("headers");
    for (const std::string& name : headers.keys()) {
        std::string value = headers.sourced_text(name, "");
        if (has_controls(name) || has_controls(value) || name.find(':') != std::string::npos)
            headers.problem(name, "is no header: one line, without control characters");
        http.headers.emplace_back(name, Secret(std::move(value)));
    }
    return http;
}

using Arguments = std::vector<std::string>;

std::string in_seconds(std::chrono::milliseconds duration) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count()) + "s";
}

/// A task runs in no folder that anybody thinks of.
std::string read_whole_path(SettingsReader& job, std::string_view key) {
    std::string path = job.required_text(key);
    if (!path.empty()) is_whole_path(job, key, path, "a whole path");
    return path;
}

Arguments read_sync(SettingsReader& job) {
    Arguments arguments{"--since", in_seconds(job.duration("since", 1h, 1min, 24h * 30))};
    for (const std::string& channel : job.texts("channels", {}))
        arguments.insert(arguments.end(), {"--channel", channel});
    if (job.flag("process", false)) arguments.emplace_back("--process");
    return arguments;
}

Arguments read_backup_task(SettingsReader& job) {
    const std::string_view target = only_one(job, backup_targets, "to_folder, to_command");
    const bool to_folder = target == "to_folder";
    Arguments arguments;
    if (to_folder) arguments = {"--to-folder", read_whole_path(job, target)};
    if (target == "to_command") arguments = {"--to-command", job.required_text(target)};
    if (job.flag("incremental", false)) {
        arguments.emplace_back("--incremental");
        if (!to_folder)
            job.problem("incremental", "goes with to_folder only: there the last backup is found");
        if (job.has("from")) job.problem("from", "and incremental exclude each other");
    }
    if (job.has("from"))
        arguments.insert(arguments.end(), {"--from", in_seconds(job.duration("from", 24h, 1min))});
    return arguments;
}

/// Its days are those of the clocks that its schedule goes by.
Arguments read_export(SettingsReader& job, const std::string& zone) {
    Arguments arguments{"transcripts", "--to-folder", read_whole_path(job, "to_folder")};
    const auto add = [&arguments](const char* option, const std::string& value) {
        arguments.insert(arguments.end(), {option, value});
    };
    add("--days", std::to_string(job.number("days", 1, 1, export_days_max)));
    add("--format",
        job.one_of<std::string>("format", "tsv", {{"tsv", "tsv"}, {"csv", "csv"}, {"jsonl", "jsonl"}}));
    add("--addresses",
        job.one_of<std::string>("addresses", "obfuscated",
                                {{"obfuscated", "obfuscated"}, {"clear", "clear"}, {"stored", "stored"}}));
    add("--time-zone", zone);
    if (job.has("participants")) add("--participants", read_whole_path(job, "participants"));
    if (job.flag("decrypt", false)) arguments.emplace_back("--decrypt");
    return arguments;
}

/// With its own keys, which are options of the command.
TaskJob read_task(SettingsReader& job, const std::string& zone) {
    TaskJob task{job.one_of<std::string>("task", "encrypt",
                                         {{"encrypt", "encrypt"},
                                          {"retention", "retention"},
                                          {"sync", "sync"},
                                          {"backup", "backup"},
                                          {"export", "export"},
                                          {"media", "media"}})};
    if (task.name == "sync") task.arguments = read_sync(job);
    if (task.name == "backup") task.arguments = read_backup_task(job);
    if (task.name == "export") task.arguments = read_export(job, zone);
    if (task.name == "media")
        task.arguments = {"fetch-again", "--since", in_seconds(job.duration("since", 24h * 7, 1min))};
    return task;
}

JobWork read_work(SettingsReader& job, const std::string& zone) {
    const std::string_view kind = only_one(job, kinds, "command, sql, http, task");
    if (kind != "command") {
        for (const std::string_view key : command_keys) {
            if (!job.has(key)) continue;
            if (!kind.empty()) job.problem(key, "goes with command only");
            if (key == "environment") {
                job.child(key).accept_rest();
            } else {
                job.text(key, "");  // known, all the same
            }
        }
    }
    if (kind == "sql") return SqlJob{job.required_text("sql")};
    if (kind == "http") return read_http(job);
    if (kind == "task") return read_task(job, zone);
    return kind.empty() ? CommandJob{} : read_command(job);
}

struct Zone {
    std::string name;
    TimeZone rules;
};

JobSchedule read_cron(SettingsReader& job, const Zone& zone) {
    const std::string text = job.required_text("cron");
    const auto cron = CronExpression::parse(text);
    if (cron) return JobSchedule::cron(*cron, zone.rules, text, zone.name);
    if (!text.empty()) job.problem("cron", shown(text) + ": " + cron.error().what);
    return JobSchedule::every(1h);
}

JobSchedule read_at(SettingsReader& job, const Zone& zone) {
    const std::string text = job.required_text("at");
    const auto moment = parse_wall_time(text, zone.rules);
    if (moment) return JobSchedule::at(*moment);
    if (!text.empty()) job.problem("at", shown(text) + " is not a date and a time (like 2026-12-01T03:00)");
    return JobSchedule::every(1h);
}

JobSchedule read_schedule(SettingsReader& job, const std::string& zone_name) {
    const std::string_view time = only_one(job, times, "every, cron, at");
    Zone zone{zone_name, {}};
    if (const auto rules = TimeZone::find(zone.name)) {
        zone.rules = *rules;
    } else if (job.has("time_zone")) {
        job.problem("time_zone", shown(zone.name) +
                                     " is not a time zone (like America/Chicago; the package is "
                                     "tzdata)");
    }
    if (time == "cron") return read_cron(job, zone);
    if (time == "at") return read_at(job, zone);
    if (job.has("time_zone") && time == "every") job.problem("time_zone", "goes with cron and at only");
    return JobSchedule::every(time.empty() ? 1h : job.duration("every", 1h, 100ms));
}

JobDefinition read_job(SettingsReader job, const std::string& global_zone, std::set<std::string>& names) {
    std::string name = read_name(job, names);
    const std::string zone = job.text("time_zone", global_zone);
    JobWork work = read_work(job, zone);
    JobDefinition definition{
        .name = std::move(name), .work = std::move(work), .schedule = read_schedule(job, zone)};
    definition.queue = job.text("queue", definition.queue);
    if (definition.queue.empty() || definition.queue.size() > name_size_max || has_controls(definition.queue))
        job.problem("queue", "must be a name of at most 100 characters");
    definition.timeout = job.duration("timeout", definition.timeout);
    definition.kill_after = job.duration("kill_after", definition.kill_after, 0ms, 10min);
    definition.jitter = job.duration("jitter", definition.jitter);
    definition.misfire = job.one_of<Misfire>(
        "misfire", definition.misfire,
        {{"skip", Misfire::skip}, {"once", Misfire::once}, {"catch_up", Misfire::catch_up}});
    return definition;
}

}  // namespace

void read_command_place(SettingsReader& section, CommandJob& command) {
    command.user = section.text("user", "");
    command.folder = section.text("folder", "");
    if (section.has("folder")) is_whole_path(section, "folder", command.folder, "the whole path of a folder");
    if (!section.has("environment")) return;
    SettingsReader environment = section.child("environment");
    for (const std::string& name : environment.keys()) {
        std::string value = environment.sourced_text(name, "");
        if (!is_variable_name(name)) environment.problem(name, "is no name of a variable");
        if (value.find('\0') != std::string::npos) environment.problem(name, "must not hold a zero byte");
        command.environment.emplace_back(name, Secret(std::move(value)));
    }
}

void read_jobs(SettingsReader& file, Config& config) {
    std::set<std::string> names;
    for (const SettingsReader& job : file.children("jobs"))
        config.jobs.push_back(read_job(job, config.time_zone, names));
    config.job_history = std::chrono::ceil<std::chrono::hours>(
        file.duration("job_history", std::chrono::milliseconds(config.job_history), 1h));
}

}  // namespace postrider
