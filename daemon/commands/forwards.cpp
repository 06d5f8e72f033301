#include "daemon/commands/commands.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/forward_actions.h"

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
    std::size_t limit = 100;
    std::string state;
    bool all = false;
    ForwardFilter filter;
};

int list(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    ForwardFilter filter = options.filter;
    if (!options.state.empty()) filter.dead = options.state == "dead";
    boost::json::array rows;
    for (const UntoldForward& each : ForwardActions(database_settings(*config)).list(filter, options.limit)) {
        rows.push_back({{"id", each.id},
                        {"endpoint", each.endpoint},
                        {"state", each.state},
                        {"event", each.event},
                        {"message", each.message_id},
                        {"created", each.created},
                        {"tries", each.tries},
                        {"next_try", each.next_try},
                        {"reason", each.reason}});
    }
    if (options.json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else {
        print_table(
            std::cout, rows,
            {"id", "endpoint", "state", "event", "message", "created", "tries", "next_try", "reason"});
    }
    return done;
}

/// Which are meant: by their ids, of an endpoint, or all of them.
bool names_some(const Options& options) {
    if (options.all || !options.filter.ids.empty() || !options.filter.endpoint.empty()) return true;
    std::cerr << "postrider forwards: name ids, an --endpoint, or --all\n";
    return false;
}

int redrive(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config || !names_some(options)) return wrong_usage;
    ForwardFilter filter = options.filter;
    if (filter.ids.empty()) filter.dead = true;
    const std::size_t count = ForwardActions(database_settings(*config)).redrive(filter);
    std::cout << fmt::format("{} will be told now\n", count);
    return count > 0 || filter.ids.empty() ? done : failed;
}

int discard(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config || !names_some(options)) return wrong_usage;
    const std::size_t count = ForwardActions(database_settings(*config)).discard(options.filter);
    std::cout << fmt::format("{} will be told no more\n", count);
    return count > 0 || options.filter.ids.empty() ? done : failed;
}

}  // namespace

void add_forwards(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("forwards", "What applications have not acknowledged yet, or not at all",
                                 [options] { return list(*options); });
    add_config_option(command, options->file);
    command->add_flag("--json", options->json, "Print JSON");
    command->add_option("--endpoint", options->filter.endpoint, "Only of this endpoint");
    command->require_subcommand(0, 1);
    const auto add_below = [&](const char* name, const char* help, Action action) {
        CLI::App* below = line.add_below(command, name, help, std::move(action));
        below->fallthrough();
        return below;
    };
    CLI::App* listing =
        add_below("list", "List them, the oldest first", [options] { return list(*options); });
    listing->add_option("--state", options->state, "Only those that are waiting, or dead (given up)")
        ->check(CLI::IsMember({"waiting", "dead"}));
    listing->add_option("--limit", options->limit, "How many at most (100)");
    for (CLI::App* changing :
         {add_below("redrive", "Tell those that were given up again, under their old names",
                    [options] { return redrive(*options); }),
          add_below("discard", "Tell them to nobody any more", [options] { return discard(*options); })}) {
        changing->add_option("ID", options->filter.ids, "As the list has it");
        changing->add_flag("--all", options->all, "Of all endpoints");
    }
}

}  // namespace postrider
