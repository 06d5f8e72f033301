#include "daemon/commands/action_results.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/moment.h"
#include "daemon/commands/show_message.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/config/quantity.h"
#include "lib/store/message_actions.h"
#include "lib/store/message_search.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iostream>
#include <limits>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    MessageFilter filter;
    std::string destination;
    std::vector<std::string> id_ranges;
    MessageActions::Ids ids;
    std::string reason;
    ShowOptions show;
    bool json = false;
};

int complain(const std::string& what) {
    std::cerr << "postrider messages: " << what << '\n';
    return wrong_usage;
}

/// `17`, `17-30` or `17-`.
std::optional<MessageFilter::Ids> parse_ids(const std::string& text) {
    const std::size_t dash = text.find('-');
    const auto first = parse_integer(text.substr(0, dash));
    if (!first || *first < 0) return std::nullopt;
    if (dash == std::string::npos) return MessageFilter::Ids{*first, *first};
    if (dash + 1 == text.size()) return MessageFilter::Ids{*first, std::numeric_limits<MessageId>::max()};
    const auto last = parse_integer(text.substr(dash + 1));
    if (!last || *last < *first) return std::nullopt;
    return MessageFilter::Ids{*first, *last};
}

/// A misspelled channel would look like one without messages.
void mention_unknown_channel(const Config& config, const std::string& name) {
    for (const ChannelConfig& each : all_channels(config, site_channels(config))) {
        if (each.channel.name == name) return;
    }
    std::cerr << fmt::format(
        "postrider messages: no channel {} is configured (`postrider channels` lists them)\n", name);
}

int list_messages(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    MessageFilter filter = options.filter;
    if (!options.destination.empty()) filter.destination = Address(options.destination);
    filter.since = moment_of(filter.since);
    filter.until = moment_of(filter.until);
    for (const std::string& text : options.id_ranges) {
        const auto ids = parse_ids(text);
        if (!ids) return complain(fmt::format("--id wants an id, or a range such as 17-30, not {}", text));
        filter.ids.push_back(*ids);
    }
    const auto rows =
        MessageSearch(database_settings(*config), config->encryption, config->phone_region).find(filter);
    if (rows.empty() && !filter.channel.empty()) mention_unknown_channel(*config, filter.channel);
    if (options.json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else {
        print_table(std::cout, rows,
                    {"id", "state", "channel", "send_date", "sent_date", "lag_seconds", "attempts",
                     "delivery", "reason"});
    }
    return done;
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
    const auto not_empty = [](const std::string& text) {
        return text.find_first_not_of(" \t") == std::string::npos ? "is empty" : "";
    };
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("messages", "List outgoing messages and what became of them, the latest first",
                 [options] { return list_messages(*options); });
    add_config_option(command, options->file);
    command->add_option("--state", options->filter.state, "Only those in this state")
        ->check(CLI::IsMember({"scheduled", "due", "held", "sending", "in_doubt", "sent", "errored"}));
    command->add_option("--channel", options->filter.channel, "Only those of this channel");
    command
        ->add_option("--destination", options->destination,
                     "Only those to this number or address, however it is spelled, encrypted or not")
        ->check(not_empty);
    command->add_option("--error", options->filter.error_code,
                        "Only those with this code of the provider, such as 30003");
    command->add_option(
        "--since", options->filter.since,
        "Only those due since: anything PostgreSQL reads as a time, or a duration such as 2h");
    command->add_option("--until", options->filter.until, "Only those due before: the same");
    command->add_option("--id", options->id_ranges, "Only these: 17, 17-30 or 17- (more than once, too)");
    command->add_option("--limit", options->filter.limit, "How many")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    command->add_flag("--json", options->json, "Print JSON");

    const auto add = [&](const char* name, const char* help, Action action) {
        CLI::App* below = line.add_below(command, name, help, std::move(action));
        below->add_option("ID", options->ids, "Ids of messages")->required();
        below->fallthrough();
        return below;
    };
    CLI::App* show =
        add("show", "The whole story of these messages: what they wait for, attempts, answers, reports",
            [options] {
                options->show.json = options->json;
                return show_messages(options->file, options->ids, options->show);
            });
    show->add_flag("--reveal", options->show.reveal, "Destination and text too, decrypted");
    show->add_option("--url", options->show.url,
                     "A daemon's status URL (default: as the configuration's listen says)");
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
