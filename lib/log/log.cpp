#include "lib/log/log.h"

#include "lib/text/utf8.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>

namespace postrider::log {

namespace {

Format chosen_format = Format::text;  // set at start and by a reload, both on the loop thread

std::string_view level_name(Level level) {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warning: return "warning";
        case Level::error: return "error";
    }
    return "error";
}

/// sd-daemon(3): a line that begins so gets its priority in the journal.
std::string_view journal_priority(Level level) {
    switch (level) {
        case Level::debug: return "<7>";
        case Level::info: return "<6>";
        case Level::warning: return "<4>";
        case Level::error: return "<3>";
    }
    return "<3>";
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warning: return spdlog::level::warn;
        case Level::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string json_string(std::string_view text) {
    return boost::json::serialize(boost::json::value(boost::json::string(storable(std::string(text)))));
}

/// JSON has no NaN and no infinity.
bool is_json_number(const Field& field) {
    return !field.quoted() && field.text().find("nan") == std::string::npos &&
           field.text().find("inf") == std::string::npos;
}

/// Bare where a reader can tell where it ends, in quotes with JSON's escapes elsewhere: one event
/// stays one line whatever is in it.
std::string text_value(const std::string& text) {
    const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c > ' ' && c < 0x7f && c != '"' && c != '=';
    });
    return bare ? text : json_string(text);
}

std::string now_utc() {
    const auto now = std::chrono::system_clock::now();
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()) %
                        std::chrono::seconds{1};
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                       millis.count());
}

bool journal_reads() {
    static const bool reads = std::getenv("JOURNAL_STREAM") != nullptr;
    return reads;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = spdlog::stderr_logger_mt("postrider");
        made->set_pattern("%v");  // the whole line is ours
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *instance;
}

void write(Level level, std::string_view event, Fields fields) {
    if (!logger().should_log(to_spdlog(level))) return;
    std::string line = format_line(chosen_format, level, event, fields);
    if (chosen_format == Format::json) {
        line = fmt::format("{{\"time\":\"{}\",{}", now_utc(), std::string_view(line).substr(1));
    } else if (journal_reads()) {  // the journal has its own time
        line = fmt::format("{}{}", journal_priority(level), line);
    } else {
        line = fmt::format("{} {:<7} {}", now_utc(), level_name(level), line);
    }
    logger().log(to_spdlog(level), spdlog::string_view_t(line));
}

}  // namespace

Field::Field(std::string_view key, std::chrono::microseconds value)
    : key_(key), text_(fmt::format("{:.6f}", std::chrono::duration<double>(value).count())) {}

std::string format_line(Format format, Level level, std::string_view event, Fields fields) {
    if (format == Format::json) {
        std::string line =
            fmt::format("{{\"level\":\"{}\",\"event\":{}", level_name(level), json_string(event));
        for (const Field& field : fields) {
            line += fmt::format(",{}:{}", json_string(field.key()),
                                is_json_number(field) ? field.text() : json_string(field.text()));
        }
        return line + "}";
    }
    std::string line(event);
    for (const Field& field : fields) line += fmt::format(" {}={}", field.key(), text_value(field.text()));
    return line;
}

void configure(Level level, Format format) {
    chosen_format = format;
    logger().set_level(to_spdlog(level));
}

void silence() { logger().set_level(spdlog::level::off); }

void debug(std::string_view event, Fields fields) { write(Level::debug, event, fields); }
void info(std::string_view event, Fields fields) { write(Level::info, event, fields); }
void warn(std::string_view event, Fields fields) { write(Level::warning, event, fields); }
void error(std::string_view event, Fields fields) { write(Level::error, event, fields); }

std::optional<Level> level_from(std::string_view name) {
    for (Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
        if (name == level_name(level)) return level;
    }
    return std::nullopt;
}

std::optional<Format> format_from(std::string_view name) {
    if (name == "text") return Format::text;
    if (name == "json") return Format::json;
    return std::nullopt;
}

}  // namespace postrider::log
