#include "tests/integration/django_site.h"

#include "lib/store/grants.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace postrider::testing {

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
}

std::string tables_of(const std::string& file, const DjangoIds& ids) {
    std::ostringstream text;
    text << std::ifstream(POSTRIDER_SOURCE_DIR "/tests/integration/" + file).rdbuf();
    std::string tables = text.str();
    replace_all(tables, "{id}", ids.id);
    replace_all(tables, "{reference}", ids.reference);
    return tables;
}

}  // namespace

void add_site_tasks(TestDatabase& db, const DjangoIds& ids) {
    db.script(tables_of("quicksilver_schema.sql", ids));
    grant_to_daemon(*db.connect(), "public", daemon_role);
}

void make_django_site(TestDatabase& db, const DjangoIds& ids, const std::string& schema) {
    const std::string tables = tables_of("django_schema.sql", ids);
    db.script(
        fmt::format("create schema if not exists {0}; grant all on schema {0} to site;"
                    "alter database {1} set search_path = {0}; set search_path = {0}; set role site;",
                    schema, db.name()));
    db.script(tables);
    db.script("reset role");
}

}  // namespace postrider::testing
