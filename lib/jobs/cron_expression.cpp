#include "lib/jobs/cron_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace postrider {

namespace {

using namespace std::chrono;

/// A leap day may be eight years away.
constexpr years search_max{9};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Macro {
    std::string_view name;
    std::string_view fields;
};
constexpr std::array<Macro, 7> macros{{{"@hourly", "0 * * * *"},
                                       {"@daily", "0 0 * * *"},
                                       {"@midnight", "0 0 * * *"},
                                       {"@weekly", "0 0 * * 0"},
                                       {"@monthly", "0 0 1 * *"},
                                       {"@yearly", "0 0 1 1 *"},
                                       {"@annually", "0 0 1 1 *"}}};

/// What a field may hold.
struct Kind {
    std::string_view name;
    int first = 0;
    int last = 0;
    const std::string_view* names = nullptr;
    int names_count = 0;
    int names_from = 0;  ///< the value of the first name
};
constexpr Kind minute_kind{"minute", 0, 59};
constexpr Kind hour_kind{"hour", 0, 23};
constexpr Kind day_kind{"day of the month", 1, 31};
constexpr Kind month_kind{"month", 1, 12, month_names.data(), 12, 1};
constexpr Kind weekday_kind{"day of the week", 0, 7, weekday_names.data(), 7, 0};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find_first_of(separators, begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

std::optional<int> number_in(std::string_view text) {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool digits = !text.empty() && text.front() != '-';
    if (!digits || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

/// One element of one field; throws CronFault, which `parse` catches.
class Element {
public:
    Element(std::string_view text, const Kind& kind) : kind_(kind) {
        const std::size_t slash = text.find('/');
        const std::string_view range = text.substr(0, slash);
        const std::size_t dash = range.find('-');
        if (range == "*") {
            first = kind.first;
            last = kind.last;
        } else if (dash != std::string_view::npos) {
            first = value(range.substr(0, dash));
            last = value(range.substr(dash + 1));
            if (&kind_ == &weekday_kind && last == 0 && first > 0) last = 7;  // as in fri-sun
            if (last < first) fail(fmt::format("\"{}\" runs backwards", range));
        } else {
            first = last = value(range);
            if (slash != std::string_view::npos)
                fail(fmt::format("\"{}\": a step wants a range before it, such as {}-{}", text, first,
                                 kind.last));
        }
        if (slash == std::string_view::npos) return;
        const auto given = number_in(text.substr(slash + 1));
        if (!given || *given < 1) fail(fmt::format("\"{}\": the step is no number above 0", text));
        step = *given;
    }

    int first = 0;
    int last = 0;
    int step = 1;

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw CronFault{fmt::format("{}: {}", kind_.name, what)};
    }

    int value(std::string_view text) const {
        const std::string name = lower(text);
        for (int i = 0; i < kind_.names_count; ++i)
            if (kind_.names[i] == name) return kind_.names_from + i;
        const auto number = number_in(text);
        if (!number) fail(fmt::format("\"{}\" is none", text));
        if (*number < kind_.first || *number > kind_.last)
            fail(fmt::format("{} is not between {} and {}", *number, kind_.first, kind_.last));
        return *number;
    }

    const Kind& kind_;
};

template <class Field>
void read_field(std::string_view text, const Kind& kind, Field& field) {
    field.any = text.starts_with('*');
    for (const std::string_view part : split(text, ",")) {
        const Element element(part, kind);
        for (int value = element.first; value <= element.last; value += element.step)
            field.set.set(static_cast<std::size_t>(value));
    }
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// The first that is set at `from` or above.
template <std::size_t Size>
std::optional<int> next_in(const std::bitset<Size>& set, int from) {
    for (auto i = static_cast<std::size_t>(from); i < Size; ++i)
        if (set.test(i)) return static_cast<int>(i);
    return std::nullopt;
}

}  // namespace

boost::system::result<CronExpression, CronFault> CronExpression::parse(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('@')) {
        const std::string name = lower(text);
        const auto macro =
            std::find_if(macros.begin(), macros.end(), [&](const Macro& each) { return each.name == name; });
        if (macro == macros.end()) return CronFault{fmt::format("\"{}\" is not known", text)};
        text = macro->fields;
    }
    std::vector<std::string_view> fields = split(text, " \t");
    fields.erase(std::remove(fields.begin(), fields.end(), std::string_view()), fields.end());
    if (fields.size() != 5)
        return CronFault{
            fmt::format("it has {} fields, not 5: minute, hour, day of the month, month, day of the week",
                        fields.size())};
    CronExpression cron;
    try {
        read_field(fields[0], minute_kind, cron.minutes_);
        read_field(fields[1], hour_kind, cron.hours_);
        read_field(fields[2], day_kind, cron.days_);
        read_field(fields[3], month_kind, cron.months_);
        read_field(fields[4], weekday_kind, cron.weekdays_);
    } catch (const CronFault& fault) {
        return fault;
    }
    if (cron.weekdays_.set.test(7)) cron.weekdays_.set.set(0);
    if (!cron.next(Wall(local_days(year{2000} / 1 / 1)))) return CronFault{"there is no such day"};
    return cron;
}

bool CronExpression::has_day(year_month_day date) const {
    if (!months_.set.test(static_cast<unsigned>(date.month()))) return false;
    const bool day = days_.set.test(static_cast<unsigned>(date.day()));
    const bool weekday = weekdays_.set.test(std::chrono::weekday(local_days(date)).c_encoding());
    return days_.any || weekdays_.any ? day && weekday : day || weekday;
}

std::optional<CronExpression::Wall> CronExpression::next(Wall from) const {
    const local_days first_day = floor<days>(from);
    const auto time_of_day = from - first_day;
    const auto first_hour = duration_cast<hours>(time_of_day);
    local_days day = first_day;
    for (const local_days end = first_day + days{366} * search_max.count(); day < end; day += days{1}) {
        if (!has_day(year_month_day(day))) continue;
        int hour = day == first_day ? static_cast<int>(first_hour.count()) : 0;
        int minute = day == first_day ? static_cast<int>((time_of_day - first_hour).count()) : 0;
        for (std::optional<int> at; (at = next_in(hours_.set, hour)); hour = *at + 1, minute = 0) {
            if (*at != hour) minute = 0;
            const auto found = next_in(minutes_.set, minute);
            if (found) return day + hours{*at} + minutes{*found};
        }
    }
    return std::nullopt;
}

}  // namespace postrider
