#include "lib/schedule/iso_time.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace postrider {

namespace {

/// Reads a text from left to right; once something was missing, all that follows is missing too.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool failed() const { return failed_; }
    bool at_end() const { return rest_.empty(); }
    bool next_is(std::string_view any_of) const {
        return !rest_.empty() && any_of.find(rest_.front()) != std::string_view::npos;
    }
    char take(std::string_view any_of) {
        if (!next_is(any_of)) return fail();
        const char taken = rest_.front();
        rest_.remove_prefix(1);
        return taken;
    }
    int number(int digits) {
        int value = 0;
        for (int i = 0; i < digits; ++i) value = value * 10 + (take("0123456789") - '0');
        return value;
    }
    /// Digits after a decimal point, as microseconds; further ones do not count.
    int micros() {
        int value = 0;
        int scale = 1000000;
        do {
            const int digit = take("0123456789") - '0';
            scale /= 10;
            value += digit * scale;
        } while (next_is("0123456789"));
        return value;
    }

private:
    char fail() {
        failed_ = true;
        rest_ = {};
        return '0';
    }

    std::string_view rest_;
    bool failed_ = false;
};

std::chrono::minutes read_offset(Scanner& scanner) {
    if (scanner.at_end()) return std::chrono::minutes{0};
    const char sign = scanner.take("Zz+-");
    if (sign != '+' && sign != '-') return std::chrono::minutes{0};
    const int hours = scanner.number(2);
    if (scanner.next_is(":")) scanner.take(":");
    const int minutes = scanner.at_end() ? 0 : scanner.number(2);
    const std::chrono::minutes offset{hours * 60 + minutes};
    return sign == '-' ? -offset : offset;
}

}  // namespace

std::optional<TimePoint> parse_iso_time(std::string_view text) {
    Scanner scanner(text);
    const std::chrono::year year{scanner.number(4)};
    scanner.take("-");
    const std::chrono::month month{static_cast<unsigned>(scanner.number(2))};
    scanner.take("-");
    const std::chrono::day day{static_cast<unsigned>(scanner.number(2))};
    scanner.take("Tt ");
    const int hour = scanner.number(2);
    scanner.take(":");
    const int minute = scanner.number(2);
    int second = 0;
    int micros = 0;
    if (scanner.next_is(":")) {
        scanner.take(":");
        second = scanner.number(2);
        if (scanner.next_is(".,")) {
            scanner.take(".,");
            micros = scanner.micros();
        }
    }
    const std::chrono::minutes offset = read_offset(scanner);
    const std::chrono::year_month_day date{year, month, day};
    if (scanner.failed() || !scanner.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return TimePoint(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours{hour} +
                     std::chrono::minutes{minute} + std::chrono::seconds{second} +
                     std::chrono::microseconds{micros} - offset);
}

std::string to_iso_time(TimePoint moment) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(moment.time_since_epoch());
    const auto micros = moment.time_since_epoch() - seconds;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                       micros.count());
}

}  // namespace postrider
