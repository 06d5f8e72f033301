#include "lib/backup/records.h"

#include "lib/backup/backup_error.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <map>

namespace postrider {

namespace json = boost::json;

std::string field_name(const std::string& table, const std::string& column) {
    constexpr std::string_view suffix = "_id";
    const bool site = table.starts_with("simple_messaging_");
    if (!site || (column != "message_id" && column != "channel_type_id")) return column;
    return column.substr(0, column.size() - suffix.size());
}

std::string record_text(const std::string& model, std::optional<std::string_view> id,
                        std::string_view fields) {
    return fmt::format(R"({{"model": "{}", "pk": {}, "fields": {}}})", model, id.value_or("null"), fields);
}

TableRows rows_of_records(const BackedUpTable& table, std::string_view records) {
    std::map<std::string, std::string> columns;
    for (const std::string& column : table.columns) columns[field_name(table.name, column)] = column;
    boost::system::error_code error;
    json::value parsed = json::parse(records, error);
    if (error || !parsed.is_array())
        throw BackupError(fmt::format("a piece of {} is no list of records", table.name));
    TableRows rows;
    json::array all;
    for (json::value& record : parsed.as_array()) {
        json::object* const object = record.if_object();
        json::value* const model = object == nullptr ? nullptr : object->if_contains("model");
        json::value* const fields = object == nullptr ? nullptr : object->if_contains("fields");
        if (model == nullptr || *model != json::value(table.model) || fields == nullptr ||
            !fields->is_object() || !object->contains("pk"))
            throw BackupError(fmt::format("a piece of {} holds something else than its records", table.name));
        json::object row;
        if (!object->at("pk").is_null()) row.emplace("id", object->at("pk"));
        for (auto& field : fields->as_object()) {
            const auto column = columns.find(std::string(field.key()));
            if (column == columns.end())
                throw BackupError(
                    fmt::format("a record of {} has a field that is not in the manifest", table.name));
            row.emplace(column->second, std::move(field.value()));
        }
        all.push_back(std::move(row));
    }
    rows.count = static_cast<long long>(all.size());
    rows.json = json::serialize(all);
    return rows;
}

}  // namespace postrider
