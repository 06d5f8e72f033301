#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/message_queries.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <iterator>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::string to;
    std::string message;
    std::string at;
    std::string channel;
    std::string key;
};

int send(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    std::string text = options.message;
    if (text == "-") text.assign(std::istreambuf_iterator<char>(std::cin), {});
    NewMessage message;
    message.destination = Address(options.to);
    message.text = Text(std::move(text));
    message.send_date = options.at;
    message.channel = options.channel;
    message.idempotency_key = options.key;
    std::cout << MessageQueries(database_settings(*config)).enqueue(message) << '\n';
    return done;
}

}  // namespace

void add_send(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("send", "Put a message into the queue; prints its id", [options] { return send(*options); });
    add_config_option(command, options->file);
    command->add_option("--to", options->to, "The destination, such as +13125550123")->required();
    command->add_option("--message", options->message, "The text; - reads it from standard input")
        ->required();
    command->add_option("--at", options->at,
                        "When: anything PostgreSQL reads as a time, such as '2026-02-03 09:00-06' "
                        "(default: now)");
    command->add_option("--channel", options->channel, "The channel (default: the configured one)");
    command->add_option("--idempotency-key", options->key,
                        "The same key within 30 days makes no second message, but prints the first one's id");
}

}  // namespace postrider
