#include "daemon/commands/action_results.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/message_actions.h"
#include "lib/store/message_queries.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    MessageQueries::Filter filter;
    MessageActions::Ids ids;
    std::string reason;
    bool json = false;
};

int list_messages(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const auto rows = MessageQueries(database_settings(*config)).list(options.filter);
    if (options.json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else {
        print_table(
            std::cout, rows,
            {"id", "state", "channel", "send_date", "sent_date", "lag_seconds", "attempts", "reason"});
    }
    return done;
}

void print_message(const boost::json::object& message) {
    for (const auto& [key, value] : message) {
        if (key == "attempts" || value.is_null()) continue;
        std::cout << fmt::format("{:<12} {}\n", std::string_view(key), std::string_view(value.get_string()));
    }
    const auto& attempts = message.at("attempts").as_array();
    if (attempts.empty()) return;
    std::cout << '\n';
    print_table(
        std::cout, attempts,
        {"id", "part", "channel", "daemon_id", "claimed", "closed", "verdict", "provider_id", "reason"});
}

int show_messages(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    MessageQueries queries(database_settings(*config));
    boost::json::array found;
    int exit_code = done;
    for (long long id : options.ids) {
        if (auto message = queries.show(id, config->lateness_max)) {
            if (config->delivery == Delivery::hold && message->at("state") == "due") {
                (*message)["reason"] = "delivery: hold";
            }
            found.push_back(std::move(*message));
        } else {
            std::cerr << fmt::format("postrider messages: there is no message {}\n", id);
            exit_code = failed;
        }
    }
    if (options.json) {
        std::cout << boost::json::serialize(found) << '\n';
    } else {
        for (const auto& message : found) print_message(message.as_object());
    }
    return exit_code;
}

int act(const Options& options,
        const std::function<MessageActions::Results(MessageActions& actions)>& action) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    MessageActions actions(database_settings(*config), config->encryption);
    return report_results(action(actions), options.json);
}

}  // namespace

void add_messages(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("messages", "List outgoing messages and what became of them, the latest first",
                 [options] { return list_messages(*options); });
    add_config_option(command, options->file);
    command->add_option("--state", options->filter.state, "Only those in this state")
        ->check(CLI::IsMember({"scheduled", "due", "held", "sending", "in_doubt", "sent", "errored"}));
    command->add_option("--channel", options->filter.channel, "Only those of this channel");
    command->add_option("--limit", options->filter.limit, "How many")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command->add_flag("--json", options->json, "Print JSON");

    const auto add = [&](const char* name, const char* help, Action action) {
        CLI::App* below = line.add_below(command, name, help, std::move(action));
        below->add_option("ID", options->ids, "Ids of messages")->required();
        below->fallthrough();
        return below;
    };
    add("show", "Everything about these messages, and each attempt to send them",
        [options] { return show_messages(*options); });
    CLI::App* hold = add(
        "hold", "Keep these messages until they are released; later ones to the same people go", [options] {
            return act(*options, [&](auto& actions) { return actions.hold(options->ids, options->reason); });
        });
    hold->add_option("--reason", options->reason, "Why: it is shown with the messages");
    add("release", "Let these messages go, also those that lateness_max holds",
        [options] { return act(*options, [&](auto& actions) { return actions.release(options->ids); }); });
    add("handled", "Somebody has seen to these errored messages: they are not counted any more", [options] {
        return act(*options, [&](auto& actions) { return actions.mark_handled(options->ids); });
    });
}

}  // namespace postrider
