#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace postrider::twilio {

/// An amount of money as it is written: digits with or without a decimal point, perhaps below zero.
inline std::optional<double> parse_amount(std::string_view text) {
    double amount = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, amount, std::chars_format::fixed);
    if (error != std::errc{} || read != end || !std::isfinite(amount)) return std::nullopt;
    return amount;
}

}  // namespace postrider::twilio
