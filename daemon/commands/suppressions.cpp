#include "daemon/commands/commands.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/suppression_actions.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    bool json = false;
    std::string address;
    std::string channel;
    bool all = false;
    std::string note;
};

SuppressionActions actions_of(const Config& config) {
    return {database_settings(config), config.encryption, config.phone_region};
}

/// For a terminal, or JSON: an operator may see whom he has suppressed.
boost::json::value shown(const std::optional<Address>& address) {
    return address ? boost::json::value(address->reveal()) : boost::json::value("(sealed under another key)");
}

void print(const boost::json::array& rows, bool json, const std::vector<std::string>& columns) {
    if (json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else {
        print_table(std::cout, rows, columns);
    }
}

int list(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    boost::json::array rows;
    for (const SuppressedPerson& each : actions_of(*config).list()) {
        rows.push_back({{"address", shown(each.address)},
                        {"channel", each.channel.empty() ? "(all)" : each.channel},
                        {"cause", each.cause},
                        {"since", each.since},
                        {"note", each.note}});
    }
    print(rows, options.json, {"address", "channel", "cause", "since", "note"});
    return done;
}

/// One a line, for another system: fields as RFC 4180 has them.
int export_all(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const auto field = [](std::string text) {
        if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
        for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2)
            text.insert(at, 1, '"');
        return '"' + text + '"';
    };
    std::cout << "address,channel,cause,since,note\r\n";
    int exit_code = done;
    for (const SuppressedPerson& each : actions_of(*config).list()) {
        if (!each.address) {
            std::cerr << "postrider suppressions export: one is sealed under another key, and left out\n";
            exit_code = failed;
            continue;
        }
        std::cout << fmt::format("{},{},{},{},{}\r\n", field(each.address->reveal()), field(each.channel),
                                 each.cause, each.since, field(each.note));
    }
    return exit_code;
}

/// The channel that is meant, "" for all of them; or a complaint.
std::optional<std::string> chosen_channel(const Options& options, const Config& config) {
    if (options.channel.empty() != options.all) {
        std::cerr << "postrider suppressions: name a --channel, or --all\n";
        return std::nullopt;
    }
    if (options.all) return "";
    for (const ChannelConfig& each : all_channels(config, site_channels(config))) {
        if (each.channel.name == options.channel) return options.channel;
    }
    std::cerr << fmt::format("postrider suppressions: no channel {} is configured\n", options.channel);
    return std::nullopt;
}

int add(const Options& options) {
    const auto config = read_or_complain(options.file);
    const auto channel = config ? chosen_channel(options, *config) : std::nullopt;
    if (!channel) return wrong_usage;
    const bool is_new = actions_of(*config).add(Address(options.address), *channel, options.note);
    std::cout << (is_new ? "suppressed: nothing more is sent there\n" : "it was suppressed already\n");
    return done;
}

int remove(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    std::optional<std::string> channel;
    if (!options.channel.empty()) channel = options.channel;
    const std::size_t count = actions_of(*config).remove(Address(options.address), channel);
    std::cout << (count > 0 ? "no longer suppressed\n" : "it was not suppressed\n");
    return count > 0 ? done : failed;
}

int list_blocked(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    boost::json::array rows;
    for (const BlockedSender& each : actions_of(*config).blocked())
        rows.push_back({{"sender", shown(each.sender)}, {"since", each.since}, {"notes", each.notes}});
    print(rows, options.json, {"sender", "since", "notes"});
    return done;
}

int block(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const bool is_new = actions_of(*config).block(Address(options.address), options.note);
    std::cout << (is_new ? "blocked: what comes from there is stored no more\n" : "it was blocked already\n");
    return done;
}

int unblock(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const std::size_t count = actions_of(*config).unblock(Address(options.address));
    std::cout << (count > 0 ? "no longer blocked\n" : "it was not blocked\n");
    return count > 0 ? done : failed;
}

}  // namespace

void add_suppressions(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("suppressions", "Who is written to no more, and whose messages are not wanted",
                 [options] { return list(*options); });
    add_config_option(command, options->file);
    command->add_flag("--json", options->json, "Print JSON");
    command->require_subcommand(0, 1);
    const auto add_below = [&](const char* name, const char* help, Action action) {
        CLI::App* below = line.add_below(command, name, help, std::move(action));
        below->fallthrough();
        return below;
    };
    const auto add_address = [&](CLI::App* below) {
        below->add_option("ADDRESS", options->address, "A number or an e-mail address")->required();
    };
    add_below("list", "List who is written to no more", [options] { return list(*options); });
    add_below("export", "Print them as CSV", [options] { return export_all(*options); });
    CLI::App* adding =
        add_below("add", "Write to somebody no more, whatever he says; what waits becomes errored",
                  [options] { return add(*options); });
    add_address(adding);
    adding->add_option("--channel", options->channel, "On this channel");
    adding->add_flag("--all", options->all, "On all channels");
    adding->add_option("--note", options->note, "Why");
    CLI::App* removing =
        add_below("remove", "Let somebody be written to again", [options] { return remove(*options); });
    add_address(removing);
    removing->add_option("--channel", options->channel, "On this channel only");
    add_below("blocked", "List whose messages are not wanted", [options] { return list_blocked(*options); });
    CLI::App* blocking =
        add_below("block", "Store no messages of a sender any more", [options] { return block(*options); });
    add_address(blocking);
    blocking->add_option("--note", options->note, "Why");
    add_address(
        add_below("unblock", "Store a sender's messages again", [options] { return unblock(*options); }));
}

}  // namespace postrider
