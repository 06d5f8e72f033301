#include "daemon/commands/commands.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/async/blocking_pool.h"
#include "lib/async/database_clock.h"
#include "lib/dispatch/number_lookup.h"
#include "lib/net/http_client.h"
#include "lib/net/smtp_client.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <stdexcept>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::vector<std::string> numbers;
    std::string channel;
    std::string country;
    bool json = false;
};

/// The channel of that name; without one the default.
const ChannelConfig* find_channel(const std::vector<ChannelConfig>& channels, const std::string& name) {
    const auto found = std::find_if(channels.begin(), channels.end(), [&](const ChannelConfig& each) {
        return name.empty() ? each.channel.is_default : each.channel.name == name;
    });
    return found == channels.end() ? nullptr : &*found;
}

/// A channel of the file needs no database.
std::optional<ChannelConfig> chosen_channel(const Config& config, const std::string& name) {
    if (const ChannelConfig* const of_file = find_channel(config.channels, name)) return *of_file;
    const std::vector<ChannelConfig> all = all_channels(config, site_channels(config));
    if (const ChannelConfig* const found = find_channel(all, name)) return *found;
    if (name.empty() && !all.empty()) return all.front();
    return std::nullopt;
}

int complain(const std::string& what) {
    std::cerr << "postrider lookup: " << what << '\n';
    return wrong_usage;
}

std::string wrong_arguments(const Options& options) {
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    const bool two_capitals =
        options.country.size() == 2 && is_capital(options.country[0]) && is_capital(options.country[1]);
    if (!options.country.empty() && !two_capitals) return "--country wants two capital letters, such as US";
    for (const std::string& number : options.numbers) {
        if (number.find_first_of("0123456789") == std::string::npos) return "a number has digits";
    }
    return "";
}

boost::json::object describe(const NumberReport& report) {
    boost::json::object row;
    const auto set = [&](const char* key, const std::string& value) {
        row[key] = value.empty() ? boost::json::value() : boost::json::value(value);
    };
    row["valid"] = report.valid;
    set("reason", report.fault);
    set("number", report.number);
    set("national_format", report.national_format);
    set("country", report.country);
    set("type", report.type);
    set("carrier", report.carrier);
    return row;
}

boost::json::object describe_failure(const std::string& why) {
    boost::json::object row = describe({});
    row["valid"] = nullptr;
    row["reason"] = why;
    return row;
}

/// One after the other: each costs money, and nobody waits for thousands.
Task<boost::json::array> look_up(NumberLookup& lookup, const Options& options) {
    boost::json::array rows;
    for (const std::string& number : options.numbers) {
        boost::json::object row;
        try {
            Address address(number);
            std::string country = options.country;
            const NumberReport report = co_await lookup.look_up(std::move(address), std::move(country));
            row = describe(report);
        } catch (const std::runtime_error& error) {
            row = describe_failure(error.what());
        }
        row["asked"] = number;
        rows.push_back(std::move(row));
    }
    co_return rows;
}

/// Nothing where the channel cannot look numbers up.
std::optional<boost::json::array> ask(const ChannelConfig& channel, const Options& options) {
    boost::asio::io_context io{1};
    const auto http = make_http_client(io.get_executor());
    DatabaseClock clock(io.get_executor());
    const auto smtp = make_smtp_client(io.get_executor());
    BlockingPool files{1};
    const TransportParts parts{*http, *smtp, clock, files};
    const auto transport = channel.makers.transport ? channel.makers.transport(parts) : nullptr;
    NumberLookup* const lookup = transport ? transport->number_lookup() : nullptr;
    if (!lookup) return std::nullopt;
    boost::json::array rows;
    std::exception_ptr failure;
    boost::asio::co_spawn(io, look_up(*lookup, options),
                          [&](std::exception_ptr error, boost::json::array found) {
                              failure = std::move(error);
                              rows = std::move(found);
                          });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return rows;
}

/// For people: "no: too short" says in one column what JSON says in two.
boost::json::array as_table(boost::json::array rows) {
    for (boost::json::value& each : rows) {
        boost::json::object& row = each.as_object();
        const bool known = row["valid"].is_bool();
        std::string valid = !known ? "unknown" : row["valid"].get_bool() ? "yes" : "no";
        if (row["reason"].is_string()) valid += ": " + std::string(row["reason"].get_string());
        row["valid"] = valid;
        if (row["number"].is_null()) row["number"] = row["asked"];
    }
    return rows;
}

int lookup(const Options& options) {
    if (const std::string wrong = wrong_arguments(options); !wrong.empty()) return complain(wrong);
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const auto channel = chosen_channel(*config, options.channel);
    if (!channel) {
        return complain(
            options.channel.empty()
                ? "there are no channels"
                : fmt::format("there is no channel {} (`postrider channels` lists them)", options.channel));
    }
    const auto rows = ask(*channel, options);
    if (!rows) {
        return complain(fmt::format("channel {} ({}) cannot look numbers up; --channel names another",
                                    channel->channel.name, channel->channel.transport));
    }
    if (options.json) {
        std::cout << boost::json::serialize(*rows) << '\n';
    } else {
        print_table(std::cout, as_table(*rows),
                    {"number", "valid", "national_format", "country", "type", "carrier"});
    }
    const bool all_known =
        std::all_of(rows->begin(), rows->end(), [](const auto& row) { return row.at("valid").is_bool(); });
    return all_known ? done : failed;
}

}  // namespace

void add_lookup(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("lookup", "Ask a provider what it knows of telephone numbers: valid, type, carrier",
                 [options] { return lookup(*options); });
    add_config_option(command, options->file);
    command->add_option("NUMBER", options->numbers, "Telephone numbers, such as +13125550123")->required();
    command->add_option("--channel", options->channel,
                        "Whose account asks, and is charged (default: the default channel)");
    command->add_option("--country", options->country,
                        "The country of numbers without a country code, such as US");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer("Exits with 1 if a number could not be looked up; one that is not valid was looked up.");
}

}  // namespace postrider
