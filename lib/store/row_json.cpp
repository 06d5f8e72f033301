#include "lib/store/row_json.h"

namespace postrider {

boost::json::object to_object(const pqxx::row& row) {
    boost::json::object object;
    for (const pqxx::field& field : row)
        object[field.name()] = field.is_null() ? boost::json::value() : boost::json::value(field.c_str());
    return object;
}

boost::json::array to_array(const pqxx::result& result) {
    boost::json::array rows;
    for (const pqxx::row& row : result) rows.push_back(to_object(row));
    return rows;
}

}  // namespace postrider
