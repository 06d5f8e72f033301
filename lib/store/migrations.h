#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// A file of lib/store/migrations/, built into the binary.
struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};

/// In order of name.
const std::vector<EmbeddedFile>& embedded_migrations();

/// A numbered file: applied once, in order.
struct Migration {
    int number = 0;
    std::string_view name;
    std::string sql;  ///< with the site's schema put in
    /// An index built concurrently: in no transaction, and after leftovers of a broken build are gone.
    bool outside_transaction = false;
};

/// `site_schema` as SQL writes it, quoted where it must be.
std::vector<Migration> migrations(const std::string& site_schema);

int newest_migration();

/// The text of an unnumbered file, with the site's schema put in.
std::string migration_snippet(std::string_view name, const std::string& site_schema);

/// What makes view postrider.messages as the newest step has it.
std::string messages_view(const std::string& site_schema);

/// Everything that `migrate` would run on an empty database with the site's tables in schema
/// public, for reading or for running by hand.
std::string print_migrations();

}  // namespace postrider
