#include "lib/text/template/time_format.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

// The letters of Django's `date` filter (django/utils/dateformat.py of 3.2).
namespace postrider::templates {

namespace chrono = std::chrono;

namespace {

constexpr std::array<const char*, 12> months{"January",   "February", "March",    "April",
                                             "May",       "June",     "July",     "August",
                                             "September", "October",  "November", "December"};
/// In the style of the Associated Press.
constexpr std::array<const char*, 12> months_short{"Jan.", "Feb.", "March", "April", "May",  "June",
                                                   "July", "Aug.", "Sept.", "Oct.",  "Nov.", "Dec."};
constexpr std::array<const char*, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> named_formats{{
    {"DATE_FORMAT", "N j, Y"},
    {"DATETIME_FORMAT", "N j, Y, P"},
    {"TIME_FORMAT", "P"},
    {"YEAR_MONTH_FORMAT", "F Y"},
    {"MONTH_DAY_FORMAT", "F j"},
    {"SHORT_DATE_FORMAT", "m/d/Y"},
    {"SHORT_DATETIME_FORMAT", "m/d/Y P"},
}};

std::string padded(long long number, int width) {
    std::array<char, 24> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%0*lld", width, number);
    return buffer.data();
}

class Formatter {
public:
    explicit Formatter(const CivilTime& time)
        : time_(time),
          day_(chrono::floor<chrono::days>(time.wall)),
          date_(day_),
          clock_(time.wall - day_),
          weekday_(day_) {}

    std::string run(std::string_view format) const {
        std::string text;
        for (std::size_t i = 0; i < format.size(); ++i) {
            if (format[i] == '\\' && i + 1 < format.size()) {
                text += format[++i];
            } else {
                text += letter(format[i]);
            }
        }
        return text;
    }

private:
    int hour() const { return static_cast<int>(clock_.hours().count()); }
    int minute() const { return static_cast<int>(clock_.minutes().count()); }
    int year() const { return static_cast<int>(date_.year()); }
    unsigned month() const { return static_cast<unsigned>(date_.month()); }
    unsigned day() const { return static_cast<unsigned>(date_.day()); }
    const char* month_name() const { return months.at(month() - 1); }
    const char* weekday_name() const { return weekdays.at(weekday_.c_encoding()); }
    int hour_of_12() const { return hour() % 12 == 0 ? 12 : hour() % 12; }
    long long day_of_year() const {
        return (day_ - chrono::local_days(date_.year() / chrono::January / 1)).count() + 1;
    }

    std::string letter(char c) const {
        switch (c) {
            case 'a': return hour() > 11 ? "p.m." : "a.m.";
            case 'A': return hour() > 11 ? "PM" : "AM";
            case 'f': return std::to_string(hour_of_12()) + (minute() == 0 ? "" : ":" + padded(minute(), 2));
            case 'g': return std::to_string(hour_of_12());
            case 'G': return std::to_string(hour());
            case 'h': return padded(hour_of_12(), 2);
            case 'H': return padded(hour(), 2);
            case 'i': return padded(minute(), 2);
            case 's': return padded(clock_.seconds().count(), 2);
            case 'u': return padded(clock_.subseconds().count(), 6);
            case 'P': return twelve_hours();
            case 'e':
            case 'T': return time_.zone.empty() ? offset("") : time_.zone;
            case 'O': return offset("");
            case 'Z': return time_.utc_offset ? std::to_string(time_.utc_offset->count()) : "";
            case 'U': return std::to_string(since_epoch());
            case 'c': return iso();
            case 'r': return run("D, d M Y H:i:s ") + (time_.utc_offset ? offset("") : "-0000");
            default: return letter_of_date(c);
        }
    }

    std::string letter_of_date(char c) const {
        switch (c) {
            case 'b': return lower_month();
            case 'd': return padded(day(), 2);
            case 'D': return std::string(weekday_name()).substr(0, 3);
            case 'E':
            case 'F': return month_name();
            case 'I': return "";  // nobody told us of summer time
            case 'j': return std::to_string(day());
            case 'l': return weekday_name();
            case 'L': return date_.year().is_leap() ? "True" : "False";
            case 'm': return padded(month(), 2);
            case 'M': return std::string(month_name()).substr(0, 3);
            case 'n': return std::to_string(month());
            case 'N': return months_short.at(month() - 1);
            case 'o': return std::to_string(year_of_week());
            case 'S': return ordinal_suffix();
            case 't': return padded(days_of_month(), 2);
            case 'w': return std::to_string(weekday_.c_encoding());
            case 'W': return std::to_string(week());
            case 'y': return padded(year() % 100, 2);
            case 'Y': return std::to_string(year());
            case 'z': return std::to_string(day_of_year());
            default: return std::string(1, c);
        }
    }

    std::string twelve_hours() const {
        if (minute() == 0 && hour() == 0) return "midnight";
        if (minute() == 0 && hour() == 12) return "noon";
        return letter('f') + " " + letter('a');
    }

    std::string offset(const char* colon) const {
        if (!time_.utc_offset) return "";
        const long long minutes = std::abs(time_.utc_offset->count()) / 60;
        return (time_.utc_offset->count() < 0 ? "-" : "+") + padded(minutes / 60, 2) + colon +
               padded(minutes % 60, 2);
    }

    std::string iso() const {
        const std::string text = run("Y-m-d\\TH:i:s");
        return (clock_.subseconds().count() == 0 ? text : text + "." + letter('u')) + offset(":");
    }

    long long since_epoch() const {
        const auto seconds = chrono::floor<chrono::seconds>(time_.wall.time_since_epoch());
        return (seconds - time_.utc_offset.value_or(chrono::seconds(0))).count();
    }

    std::string lower_month() const {
        std::string name = std::string(month_name()).substr(0, 3);
        name[0] = static_cast<char>(name[0] - 'A' + 'a');
        return name;
    }

    unsigned days_of_month() const {
        return static_cast<unsigned>((date_.year() / date_.month() / chrono::last).day());
    }

    const char* ordinal_suffix() const {
        if (day() >= 11 && day() <= 13) return "th";
        return day() % 10 == 1 ? "st" : day() % 10 == 2 ? "nd" : day() % 10 == 3 ? "rd" : "th";
    }

    /// A week of ISO 8601 belongs to the year of its Thursday.
    chrono::local_days thursday() const {
        return day_ + chrono::days(4 - static_cast<int>(weekday_.iso_encoding()));
    }
    int year_of_week() const { return static_cast<int>(chrono::year_month_day(thursday()).year()); }
    long long week() const {
        const auto first = chrono::local_days(chrono::year(year_of_week()) / chrono::January / 1);
        return (thursday() - first).count() / 7 + 1;
    }

    const CivilTime& time_;
    chrono::local_days day_;
    chrono::year_month_day date_;
    chrono::hh_mm_ss<chrono::microseconds> clock_;
    chrono::weekday weekday_;
};

}  // namespace

std::string format_time(const CivilTime& time, std::string_view format) {
    return Formatter(time).run(format);
}

std::string_view named_format(std::string_view format) {
    for (const auto& [name, meaning] : named_formats) {
        if (name == format) return meaning;
    }
    return format;
}

}  // namespace postrider::templates
