#include "daemon/commands/table.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider {

namespace {

/// Without what a terminal would obey: reasons are also in providers' words.
std::string harmless(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return text;
}

std::string cell(const boost::json::value& row, const std::string& column) {
    const boost::json::value* value = row.as_object().if_contains(column);
    if (value == nullptr || value->is_null()) return "-";
    return value->is_string() ? harmless(std::string(value->get_string())) : boost::json::serialize(*value);
}

/// Characters, not bytes (UTF-8).
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, width_of(text)), ' ');
}

}  // namespace

void print_value(std::ostream& out, std::string_view name, std::string_view value) {
    out << fmt::format("{:<12} {}\n", name, harmless(std::string(value)));
}

void print_table(std::ostream& out, const boost::json::array& rows, const std::vector<std::string>& columns) {
    std::vector<std::size_t> widths;
    for (const std::string& column : columns) {
        std::size_t& width = widths.emplace_back(column.size());
        for (const auto& row : rows) width = std::max(width, width_of(cell(row, column)));
    }
    for (std::size_t line = 0; line <= rows.size(); ++line) {
        std::string text;
        for (std::size_t i = 0; i < columns.size(); ++i)
            text += padded(line == 0 ? columns[i] : cell(rows[line - 1], columns[i]), widths[i]) + "  ";
        text.erase(text.find_last_not_of(' ') + 1);
        out << text << '\n';
    }
}

}  // namespace postrider
