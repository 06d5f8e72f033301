#include "daemon/commands/commands.h"
#include "daemon/commands/intake_session.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/async/blocking_pool.h"
#include "lib/config/quantity.h"
#include "lib/inbound/history_sync.h"
#include "lib/net/smtp_client.h"
#include "lib/store/pg_history.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::string since;
    std::vector<std::string> channels;
    bool process = false;
    bool json = false;
};

int complain(const std::string& what, int exit_code) {
    std::cerr << "postrider sync: " << what << '\n';
    return exit_code;
}

boost::json::object as_row(const std::string& channel, const SyncReport& report) {
    return {{"channel", channel},
            {"listed", report.listed},
            {"incoming_added", report.incoming},
            {"outgoing_added", report.outgoing},
            {"recent", report.recent},
            {"in_doubt", report.left},
            {"not_stored", report.blocked},
            {"error", nullptr}};
}

/// Channels whose provider has records, one after the other. Of the others, those that are named are an error.
class Syncing {
public:
    Syncing(const Config& config, const Options& options)
        : session_(config, options.process ? "" : "set postrider.announce = 'off'; "),
          options_(options),
          http_(make_http_client(session_.executor())),
          smtp_(make_smtp_client(session_.executor())),
          store_(make_pg_history(session_.database())),
          sync_({session_.clock(), session_.privacy(), session_.intake(), *store_, config.phone_region}) {
        if (options.process) session_.set_forwards(forward_targets(config.forward));
    }

    boost::json::array run(const std::vector<ChannelConfig>& channels, std::chrono::milliseconds since) {
        boost::json::array rows;
        session_.run([&] { return sync_all(channels, since, rows); });
        return rows;
    }

private:
    bool is_wanted(const std::string& name) const {
        return options_.channels.empty() ||
               std::find(options_.channels.begin(), options_.channels.end(), name) != options_.channels.end();
    }

    Task<> sync_all(const std::vector<ChannelConfig>& channels, std::chrono::milliseconds since,
                    boost::json::array& rows) {
        const TransportParts parts{*http_, *smtp_, session_.clock(), files_};
        for (const ChannelConfig& each : channels) {
            if (!is_wanted(each.channel.name) || !each.makers.transport) continue;
            const auto transport = each.makers.transport(parts);
            MessageHistory* const history = transport->message_history();
            if (!history && options_.channels.empty()) continue;
            SyncReport report;
            std::string error = history ? "" : "its provider keeps no records of messages";
            if (history) error = co_await sync_one(each, *history, since, report);
            rows.push_back(as_row(each.channel.name, report));
            if (!error.empty()) rows.back().as_object()["error"] = error;
        }
    }

    Task<std::string> sync_one(const ChannelConfig& channel, MessageHistory& history,
                               std::chrono::milliseconds since, SyncReport& report) {
        InboundChannel inbound{.name = channel.channel.name,
                               .transport = channel.channel.transport,
                               .is_default = channel.channel.is_default,
                               .opt_out = channel.channel.opt_out,
                               .replies = Replies(std::map<std::string, std::string>()),
                               .receiver = nullptr};
        try {
            report = co_await sync_.sync(std::move(inbound), history, session_.clock().now() - since);
        } catch (const std::runtime_error& error) {
            co_return error.what();
        }
        co_return "";
    }

    IntakeSession session_;
    const Options& options_;
    std::unique_ptr<HttpClient> http_;
    std::unique_ptr<SmtpClient> smtp_;
    BlockingPool files_{1};
    std::unique_ptr<HistoryStore> store_;
    HistorySync sync_;
};

int sync(const Options& options) {
    const auto since = parse_duration(options.since);
    if (!since || *since <= std::chrono::milliseconds{0})
        return complain("--since wants a duration, such as 60m", wrong_usage);
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    boost::json::array rows;
    try {
        const std::vector<ChannelConfig> channels = all_channels(*config, site_channels(*config));
        for (const std::string& name : options.channels) {
            const bool is_there =
                std::any_of(channels.begin(), channels.end(),
                            [&](const ChannelConfig& each) { return each.channel.name == name; });
            if (!is_there) return complain(fmt::format("there is no channel {}", name), wrong_usage);
        }
        rows = Syncing(*config, options).run(channels, *since);
    } catch (const std::exception& error) {
        return complain(error.what(), failed);
    }
    const bool any_failed =
        std::any_of(rows.begin(), rows.end(), [](const auto& row) { return !row.at("error").is_null(); });
    if (options.json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else if (rows.empty()) {
        std::cout << "no channel has a provider that keeps records of messages\n";
    } else {
        print_table(std::cout, rows,
                    {"channel", "listed", "incoming_added", "outgoing_added", "recent", "in_doubt",
                     "not_stored", "error"});
    }
    return any_failed ? failed : done;
}

}  // namespace

void add_sync(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("sync", "Add the messages that a provider's records have and ours have not",
                                 [options] { return sync(*options); });
    add_config_option(command, options->file);
    options->since = "60m";
    command->add_option("--since", options->since, "How far back")->capture_default_str();
    command->add_option("--channel", options->channels, "Only these channels");
    command->add_flag("--process", options->process,
                      "Have the applications told of what came in, as if it had come by webhook");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "What is younger than 10 minutes is left for the next time. Exits with 1 if a channel's records\n"
        "could not be had.");
}

}  // namespace postrider
