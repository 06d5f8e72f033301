#include "lib/store/table_right.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

std::string held_sql(const TableRight& right) {
    if (right.column == nullptr)
        return fmt::format("has_table_privilege(to_regclass('{}'), '{}')", right.table, right.privilege);
    return fmt::format("has_column_privilege(to_regclass('{}'), '{}', '{}')", right.table, right.column,
                       right.privilege);
}

std::string lack_of(pqxx::transaction_base& transaction, const TableRight& right) {
    return fmt::format("role {0} lacks {1} on {2}: run `postrider migrate --grant {0}`",
                       transaction.conn().username(), right.privilege, right.table);
}

}  // namespace postrider
