#pragma once

#include <boost/system/result.hpp>

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// What is wrong with an expression, for whoever wrote it.
struct CronFault {
    std::string what;
};

/// Minutes of a calendar, as crontab(5) writes them: minute, hour, day of the month, month, day of the week,
/// each `*`, a number, a name (of months and days of the week), a range, either of the last two with a step,
/// or a list of those; or `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`.
/// Where both days are restricted (neither begins with `*`), it is enough that one of them matches: Vixie's
/// rule. 0 and 7 are Sunday.
class CronExpression {
public:
    using Wall = std::chrono::local_time<std::chrono::minutes>;

    /// One that never matches, such as the 30th of February, is a fault.
    static boost::system::result<CronExpression, CronFault> parse(std::string_view text);

    /// The first minute that matches at `from` or later.
    std::optional<Wall> next(Wall from) const;
    /// Whether it names times of day: neither minute nor hour begins with `*`. Such a job runs once a day for
    /// each, whatever is done to the clocks; others follow what the clocks show.
    bool is_fixed() const { return !minutes_.any && !hours_.any; }

private:
    template <std::size_t Size>
    struct Field {
        std::bitset<Size> set;
        bool any = false;  ///< it begins with `*`
    };
    bool has_day(std::chrono::year_month_day date) const;

    Field<60> minutes_;
    Field<24> hours_;
    Field<32> days_;
    Field<13> months_;
    Field<8> weekdays_;
};

}  // namespace postrider
