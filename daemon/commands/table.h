#pragma once

#include <boost/json/array.hpp>

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// Prints a value under its name, as one line.
void print_value(std::ostream& out, std::string_view name, std::string_view value);

/// Prints rows (objects of texts) as a table with these columns under these headings.
void print_table(std::ostream& out, const boost::json::array& rows, const std::vector<std::string>& columns);

}  // namespace postrider
