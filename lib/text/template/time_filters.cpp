#include "lib/text/template/filter.h"
#include "lib/text/template/iso_time.h"
#include "lib/text/template/time_format.h"

#include <array>
#include <optional>

// Filters on dates and times, which JSON has as texts of ISO 8601.
namespace postrider::templates {

namespace {

using Argument = Filter::Argument;
using Safety = Filter::Safety;

constexpr std::string_view letters_of_time = "aAefgGhHiOPrsTuZ";
constexpr std::string_view letters_of_date = "bcdDEFIjlLmMnNorStUwWyYz";

bool has_letter(std::string_view format, std::string_view letters) {
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '\\') {
            ++i;
        } else if (letters.find(format[i]) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::optional<IsoTime> time_of(const FilterInput& input) {
    return input.value().as_text() ? read_iso_time(input.text()) : std::nullopt;
}

std::string format_of(const FilterInput& input, std::string_view otherwise) {
    const std::string format = input.argument() && input.argument()->is_true() ? input.argument_text() : "";
    return std::string(named_format(format.empty() ? otherwise : format));
}

/// Empty for what is no date. The hour of a date alone is nothing to guess at.
Value date(const FilterInput& input) {
    const auto time = time_of(input);
    const std::string format = format_of(input, "DATE_FORMAT");
    if (!time || (!time->has_date && has_letter(format, letters_of_date))) return "";
    if (!time->has_time && has_letter(format, letters_of_time))
        input.refuse("shows the time of a date without one");
    return format_time(time->time, format);
}

/// Empty for what has no time of day, and where the format asks for a date.
Value time(const FilterInput& input) {
    const auto time = time_of(input);
    const std::string format = format_of(input, "TIME_FORMAT");
    if (!time || !time->has_time || has_letter(format, letters_of_date)) return "";
    return format_time(time->time, format);
}

constexpr std::array filters{
    Filter{"date", Argument::optional, Safety::lost, date},
    Filter{"time", Argument::optional, Safety::lost, time},
};

}  // namespace

std::span<const Filter> time_filters() { return filters; }

}  // namespace postrider::templates
