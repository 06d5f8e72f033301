#include "lib/text/template/number_text.h"

#include "lib/text/template/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace postrider::templates {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Without white space, plus sign and underscores between digits; none if it has other underscores.
std::optional<std::string> bare_number(std::string_view text) {
    std::string bare;
    const std::string_view number = stripped(text);
    for (std::size_t i = 0; i < number.size(); ++i) {
        if (number[i] == '_') {
            if (i == 0 || i + 1 == number.size() || !is_digit(number[i - 1]) || !is_digit(number[i + 1])) {
                return std::nullopt;
            }
        } else {
            bare += number[i];
        }
    }
    if (bare.size() > 1 && bare[0] == '+' && bare[1] != '-') bare.erase(0, 1);
    return bare;
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
    const auto bare = bare_number(text);
    if (!bare) return std::nullopt;
    Number number{};
    const char* const end = bare->data() + bare->size();
    const auto read = std::from_chars(bare->data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

}  // namespace

std::string float_text(double value) {
    std::array<char, 32> buffer{};
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    const std::string scientific(buffer.data(), written.ptr);
    const std::size_t mark = scientific.find('e');
    if (mark == std::string::npos) return scientific;
    const int exponent = std::atoi(scientific.c_str() + mark + 1);
    if (exponent < -4 || exponent >= 16) return scientific;
    Decimal decimal = Decimal::read(scientific);
    if (decimal.places == 0) decimal.places = 1;
    return decimal.plain();
}

std::optional<std::int64_t> read_int(std::string_view text) { return read_number<std::int64_t>(text); }

std::optional<double> read_float(std::string_view text) {
    const auto number = read_number<double>(text);
    if (!number || *number - *number != 0) return std::nullopt;  // infinite, or no number
    return number;
}

Decimal Decimal::read(std::string_view number) {
    Decimal decimal;
    decimal.negative = number.starts_with('-');
    if (decimal.negative) number.remove_prefix(1);
    int exponent = 0;
    if (const std::size_t mark = number.find('e'); mark != std::string_view::npos) {
        exponent = std::atoi(std::string(number.substr(mark + 1)).c_str());
        number = number.substr(0, mark);
    }
    const std::size_t point = std::min(number.find('.'), number.size());
    decimal.digits = std::string(number.substr(0, point));
    if (point < number.size()) decimal.digits += number.substr(point + 1);
    decimal.places = std::max(0, static_cast<int>(decimal.digits.size() - point) - exponent);
    decimal.point = static_cast<int>(point) + exponent;
    const std::size_t zeros = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
    decimal.digits.erase(0, zeros);
    decimal.point = decimal.digits.empty() ? 0 : decimal.point - static_cast<int>(zeros);
    return decimal;
}

bool Decimal::is_whole() const {
    const auto behind = static_cast<std::size_t>(std::max(0, point));
    return behind >= digits.size() || digits.find_first_not_of('0', behind) == std::string::npos;
}

Decimal Decimal::rounded(int count) const {
    Decimal result = *this;
    result.places = count;
    const int kept = point + count;
    if (kept >= static_cast<int>(digits.size())) return result;
    if (kept < 0) {
        result.digits.clear();
        result.point = 0;
        return result;
    }
    result.digits.erase(static_cast<std::size_t>(kept));
    if (digits[static_cast<std::size_t>(kept)] < '5') return result;
    std::size_t i = result.digits.size();
    while (i > 0 && result.digits[i - 1] == '9') result.digits[--i] = '0';
    if (i > 0) {
        ++result.digits[i - 1];
    } else {
        result.digits.insert(0, "1");
        ++result.point;
    }
    return result;
}

std::string Decimal::plain() const {
    std::string before = point <= 0 ? "" : digits.substr(0, static_cast<std::size_t>(point));
    if (point > 0) before.resize(static_cast<std::size_t>(point), '0');
    if (before.empty()) before = "0";
    std::string behind = point < 0 ? std::string(static_cast<std::size_t>(-point), '0') + digits
                         : static_cast<std::size_t>(point) < digits.size()
                             ? digits.substr(static_cast<std::size_t>(point))
                             : "";
    behind.resize(static_cast<std::size_t>(places), '0');
    return (negative ? "-" : "") + before + (behind.empty() ? "" : "." + behind);
}

}  // namespace postrider::templates
