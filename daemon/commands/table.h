#pragma once

#include <boost/json/array.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace postrider {

/// Prints rows (objects of texts) as a table with these columns under these headings.
void print_table(std::ostream& out, const boost::json::array& rows, const std::vector<std::string>& columns);

}  // namespace postrider
