#pragma once

#include "lib/store/pqxx_fwd.h"

#include <string>

namespace postrider {

/// A right that our role needs on a table of the site, or on one of its columns.
struct TableRight {
    const char* table;
    const char* privilege;
    const char* column = nullptr;
};

/// SQL that says whether our role has it: true, false, or null where there is no such table.
std::string held_sql(const TableRight& right);

/// What is said where it has not.
std::string lack_of(pqxx::transaction_base& transaction, const TableRight& right);

}  // namespace postrider
