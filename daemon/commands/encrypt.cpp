#include "daemon/commands/commands.h"
#include "daemon/commands/database_option.h"
#include "daemon/commands/progress_bar.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/row_encryption.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace postrider {

namespace {

constexpr std::size_t left_listed_max = 20;

struct Options {
    std::filesystem::path file;
    std::string database;
    bool dry_run = false;
    bool json = false;
};

boost::json::object as_json(const EncryptionReport& report) {
    boost::json::array left;
    for (const std::string& each : report.left_for_now) left.emplace_back(each);
    return {{"rows", report.seen},
            {"written", report.written},
            {"unreadable", report.unreadable},
            {"too_long", report.too_long},
            {"left_for_now", std::move(left)}};
}

void print(const EncryptionReport& report, bool dry_run) {
    std::cout << fmt::format("{} of {} rows {}\n", report.written, report.seen,
                             dry_run ? "would be written" : "were written");
    if (report.unreadable > 0)
        std::cout << fmt::format(
            "{} rows hold something encrypted that none of our keys opens: left as it is\n",
            report.unreadable);
    if (report.too_long > 0)
        std::cout << fmt::format("{} addresses are too long to be stored encrypted: left as they are\n",
                                 report.too_long);
    for (std::size_t i = 0; i < std::min(report.left_for_now.size(), left_listed_max); ++i)
        std::cout << fmt::format("{} was written by others each time: run this again\n",
                                 report.left_for_now[i]);
}

int encrypt(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    DatabaseSettings settings = database_settings(*config);
    if (!use_database_option(options.database, settings.url)) return wrong_usage;
    ProgressBar bar(true);
    const EncryptionReport report = encrypt_rows(
        settings, config->encryption, options.dry_run,
        [&](const EncryptionProgress& progress) { bar.show(progress.table, progress.seen, progress.total); });
    if (options.json) {
        std::cout << boost::json::serialize(as_json(report)) << '\n';
    } else {
        print(report, options.dry_run);
    }
    return report.unreadable + report.too_long > 0 || !report.left_for_now.empty() ? failed : done;
}

}  // namespace

void add_encrypt(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("encrypt", "Encrypt what rows of messages hold in the clear or under old keys",
                 [options] { return encrypt(*options); });
    add_config_option(command, options->file);
    add_database_option(command, options->database);
    command->add_flag("--dry-run", options->dry_run, "Say how many rows, and do nothing");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "Works in small batches beside daemons and site, and can be stopped and begun again at any time.\n"
        "Addresses are encrypted, texts as encryption.encrypt says; lookup keys are filled, and secrets "
        "that\n"
        "the Django package left in metadata are taken out. Changing the key: see docs/operations.md.");
}

}  // namespace postrider
