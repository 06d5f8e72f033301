#include "daemon/commands/commands.h"
#include "daemon/exit_code.h"
#include "lib/crypto/secret_box.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace postrider {

void add_generate_key(CommandLine line) {
    CLI::App* command = line.add("generate-key", "Print a new encryption.secret_key", [] {
        std::cout << generate_secret_key().reveal() << '\n';
        return done;
    });
    command->footer(
        "32 random bytes in base64, the form that SIMPLE_MESSAGING_SECRET_KEY has too. Keep it in a file "
        "that\n"
        "only the daemon can read:\n"
        "  (umask 077; postrider generate-key > /etc/postrider/secret.key)\n"
        "Whoever loses it loses every value that was encrypted with it.");
}

}  // namespace postrider
