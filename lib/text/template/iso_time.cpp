#include "lib/text/template/iso_time.h"

#include <algorithm>

namespace postrider::templates {

namespace chrono = std::chrono;

namespace {

/// Takes an ISO text apart from its front.
class IsoReader {
public:
    explicit IsoReader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    bool skip(std::string_view any_of) {
        if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::size_t digits() const { return std::min(rest_.find_first_not_of("0123456789"), rest_.size()); }
    /// A number of so many digits.
    std::optional<int> number(std::size_t digits_min, std::size_t digits_max) {
        const std::size_t count = std::min(digits(), digits_max);
        if (count < digits_min) return std::nullopt;
        int number = 0;
        for (std::size_t i = 0; i < count; ++i) number = number * 10 + (rest_[i] - '0');
        rest_.remove_prefix(count);
        return number;
    }

    std::optional<chrono::local_days> date() {
        const auto year = number(4, 4);
        if (!year || !skip("-")) return std::nullopt;
        const auto month = number(1, 2);
        if (!month || !skip("-")) return std::nullopt;
        const auto day = number(1, 2);
        if (!day) return std::nullopt;
        const chrono::year_month_day date{chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                                          chrono::day(static_cast<unsigned>(*day))};
        if (!date.ok() || *year < 1) return std::nullopt;
        return chrono::local_days(date);
    }

    std::optional<chrono::microseconds> time() {
        const auto hour = number(1, 2);
        if (!hour || *hour > 23 || !skip(":")) return std::nullopt;
        const auto minute = number(1, 2);
        if (!minute || *minute > 59) return std::nullopt;
        chrono::microseconds time = chrono::hours(*hour) + chrono::minutes(*minute);
        if (!skip(":")) return time;
        const auto second = number(1, 2);
        if (!second || *second > 59) return std::nullopt;
        time += chrono::seconds(*second);
        if (!skip(".,")) return time;
        const std::size_t count = std::min<std::size_t>(digits(), 6);
        auto fraction = number(1, 6);
        if (!fraction) return std::nullopt;
        for (std::size_t i = count; i < 6; ++i) *fraction *= 10;
        number(0, 6);  // what is finer is dropped
        return time + chrono::microseconds(*fraction);
    }

    /// True also where there is none.
    bool offset(std::optional<chrono::seconds>& offset) {
        if (at_end()) return true;
        if (skip("Z")) {
            offset = chrono::seconds(0);
            return true;
        }
        const bool west = peek() == '-';
        if (!skip("+-")) return false;
        const auto hours = number(2, 2);
        if (!hours) return false;
        int minutes = 0;
        if (!at_end()) {
            skip(":");
            const auto read = number(2, 2);
            if (!read) return false;
            minutes = *read;
        }
        if (*hours > 23 || minutes > 59) return false;
        offset = chrono::seconds((west ? -1 : 1) * (*hours * 3600 + minutes * 60));
        return true;
    }

private:
    std::string_view rest_;
};

}  // namespace

std::optional<IsoTime> read_iso_time(std::string_view text) {
    IsoReader reader(text);
    IsoTime read;
    chrono::local_days day{};
    if (reader.digits() >= 4) {
        const auto date = reader.date();
        if (!date) return std::nullopt;
        day = *date;
        read.has_date = true;
    }
    if (!read.has_date || reader.skip("T ")) {
        const auto time = reader.time();
        if (!time) return std::nullopt;
        read.has_time = true;
        read.time.wall = day + *time;
        if (read.has_date && !reader.offset(read.time.utc_offset)) return std::nullopt;
    } else {
        read.time.wall = day;
    }
    if (!reader.at_end()) return std::nullopt;
    if (read.time.utc_offset == chrono::seconds(0)) read.time.zone = "UTC";
    return read;
}

}  // namespace postrider::templates
