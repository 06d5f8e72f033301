// The SQL that README.md and docs/ show, on a database as `postrider migrate` makes it.
#include "tests/integration/test_database.h"
#include "tests/support/documents.h"

#include <gtest/gtest.h>

#include <regex>

namespace postrider::testing {
namespace {

std::vector<Shown> shown_sql() {
    std::vector<Shown> all = shown_blocks("sql");
    static const std::regex statement("^(select|insert|update|delete|alter|create|drop|set) .* .*");
    for (const Shown& code : shown_inline()) {
        if (std::regex_match(code.text, statement)) all.push_back(code);
    }
    return all;
}

TEST(DocumentedSql, IsTakenByTheDatabaseThatMigrateMakes) {
    const auto all = shown_sql();
    EXPECT_GT(all.size(), 5u);
    for (const Shown& shown : all) {
        TestDatabase db;
        try {
            db.script(shown.text);
        } catch (const pqxx::failure& error) {
            ADD_FAILURE() << shown.place() << ": " << shown.text << '\n' << error.what();
        }
    }
}

}  // namespace
}  // namespace postrider::testing
