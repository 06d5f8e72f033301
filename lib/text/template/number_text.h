#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::templates {

/// As Python writes a float: `1.0`, `0.1`, `1e+16`.
std::string float_text(double value);

/// The number that Python's `int` and `float` read in a text: white space around it and `_` between digits
/// are allowed. None for what they refuse, or what is beyond 64 bits.
std::optional<std::int64_t> read_int(std::string_view text);
std::optional<double> read_float(std::string_view text);

/// A number in digits, exact: ± 0.digits × 10^point.
struct Decimal {
    bool negative = false;
    std::string digits;  ///< without zeros in front; empty for zero
    int point = 0;       ///< how many of the digits stand before the point; may be negative, or more
    int places = 0;      ///< digits behind the point that it is written with

    /// Of what `float_text` and std::to_string make.
    static Decimal read(std::string_view number);

    bool is_whole() const;
    /// Rounded to `count` digits behind the point, a half away from zero.
    Decimal rounded(int count) const;
    /// Without exponent, with `places` digits behind the point.
    std::string plain() const;
};

}  // namespace postrider::templates
