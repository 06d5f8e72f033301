#pragma once

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// Structured log lines: an event in fixed words, and fields. Any thread.
///
/// Addresses, texts and secrets (model/private.h) do not convert to a field: passing one does not
/// compile. A message is named by its id. Never pass a string that an outsider wrote.
namespace postrider::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

/// One `key=value` of a line.
class Field {
public:
    Field(std::string_view key, std::string_view value) : key_(key), text_(value), quoted_(true) {}
    Field(std::string_view key, const char* value) : Field(key, std::string_view(value)) {}
    Field(std::string_view key, const std::string& value) : Field(key, std::string_view(value)) {}
    template <class T>
        requires std::integral<T> || std::floating_point<T> Field(std::string_view key, T value)
            : key_(key), text_(number(value)) {}
        Field(std::string_view key, std::chrono::microseconds value);

        const std::string& key() const { return key_; }
        const std::string& text() const { return text_; }
        /// Whether JSON needs quotes around it.
        bool quoted() const { return quoted_; }

    private:
        static std::string number(bool value) { return value ? "true" : "false"; }
        template <class T>
        static std::string number(T value) {
            return std::to_string(value);
        }

        std::string key_;
        std::string text_;
        bool quoted_ = false;
};

using Fields = std::initializer_list<Field>;

/// Until called: text at level info on standard error.
void configure(Level level, Format format);

/// Nothing more is written, until `configure`: for programs that cause errors by the thousand.
void silence();

void debug(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void warn(std::string_view event, Fields fields = {});
void error(std::string_view event, Fields fields = {});

/// The line without time and level, as `configure` chose: what a test looks at.
std::string format_line(Format format, Level level, std::string_view event, Fields fields);

std::optional<Level> level_from(std::string_view name);
std::optional<Format> format_from(std::string_view name);

}  // namespace postrider::log
