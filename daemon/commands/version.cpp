#include "daemon/commands/commands.h"
#include "daemon/exit_code.h"
#include "lib/store/migrations.h"

#include <fmt/format.h>

#include <iostream>

namespace postrider {

void add_version(CommandLine line) {
    line.add("version", "Print the version of the program and of its database schema", [] {
        std::cout << fmt::format("postrider {} (database schema {})\n", POSTRIDER_VERSION,
                                 newest_migration());
        return done;
    });
}

}  // namespace postrider
