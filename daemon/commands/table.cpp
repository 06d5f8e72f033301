#include "daemon/commands/table.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider {

namespace {

std::string cell(const boost::json::value& row, const std::string& column) {
    const boost::json::value* value = row.as_object().if_contains(column);
    if (value == nullptr || value->is_null()) return "-";
    return value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
}

std::string padded(const std::string& text, std::size_t width) { return fmt::format("{:<{}}", text, width); }

}  // namespace

void print_table(std::ostream& out, const boost::json::array& rows, const std::vector<std::string>& columns) {
    for (std::size_t line = 0; line <= rows.size(); ++line) {
        std::string text;
        for (const std::string& column : columns) {
            std::size_t width = column.size();
            for (const auto& row : rows) width = std::max(width, cell(row, column).size());
            text += padded(line == 0 ? column : cell(rows[line - 1], column), width) + "  ";
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out << text << '\n';
    }
}

}  // namespace postrider
