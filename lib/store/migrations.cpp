#include "lib/store/migrations.h"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace postrider {

namespace {

constexpr std::string_view site_placeholder = "{site}";

std::string with_schema(std::string_view text, const std::string& site_schema) {
    std::string sql(text);
    for (std::size_t at = 0; (at = sql.find(site_placeholder, at)) != std::string::npos;
         at += site_schema.size()) {
        sql.replace(at, site_placeholder.size(), site_schema);
    }
    return sql;
}

/// 0 for files without a number.
int number_of(std::string_view name) {
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
}

}  // namespace

std::vector<Migration> migrations(const std::string& site_schema) {
    std::vector<Migration> all;
    for (const EmbeddedFile& file : embedded_migrations()) {
        const int number = number_of(file.name);
        if (number == 0) continue;
        all.push_back({number, file.name, with_schema(file.text, site_schema),
                       file.text.starts_with("-- postrider: outside a transaction")});
    }
    return all;
}

int newest_migration() {
    int newest = 0;
    for (const EmbeddedFile& file : embedded_migrations()) newest = std::max(newest, number_of(file.name));
    return newest;
}

std::string migration_snippet(std::string_view name, const std::string& site_schema) {
    for (const EmbeddedFile& file : embedded_migrations()) {
        if (file.name == name) return with_schema(file.text, site_schema);
    }
    throw std::logic_error("no such migration file: " + std::string(name));
}

std::string messages_view(const std::string& site_schema) {
    constexpr std::string_view begins = "create or replace view postrider.messages as";
    std::string newest;
    for (const Migration& each : migrations(site_schema)) {
        const auto begin = each.sql.rfind(begins);
        if (begin == std::string::npos) continue;
        newest = each.sql.substr(begin, each.sql.find(";\n", begin) + 1 - begin);
    }
    return newest;
}

std::string print_migrations() {
    std::string out = "-- What `postrider migrate` runs where the message tables are in schema public.\n\n";
    out += migration_snippet("bootstrap.sql", "public");
    for (const Migration& each : migrations("public")) {
        out += fmt::format("\n-- {}\n{}insert into postrider.migration (number, name) values ({}, '{}');\n",
                           each.name, each.sql, each.number, each.name);
    }
    for (const char* triggers : {"doorbell_on.sql", "guard_on.sql", "receiver_on.sql"}) {
        out += "\n" + migration_snippet(triggers, "public");
    }
    return out;
}

}  // namespace postrider
