#include "daemon/commands/commands.h"
#include "daemon/commands/progress_bar.h"
#include "daemon/commands/time_bound.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/files/output_file.h"
#include "lib/jobs/time_zone.h"
#include "lib/store/transcript_rows.h"
#include "lib/text/trim.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <map>
#include <memory>

namespace postrider {

namespace {

constexpr std::size_t written_at_once = std::size_t{64} << 10;

struct Options {
    std::filesystem::path file;
    std::string format = "tsv";
    std::string addresses = "obfuscated";
    std::string from;
    std::string to;
    std::vector<std::string> participants;
    std::string participants_file;
    std::string time_zone;
    std::string output;
    std::string to_folder;
    int days = 1;
    bool decrypt = false;
};

const std::map<std::string, TranscriptFormat> formats{
    {"tsv", TranscriptFormat::tsv}, {"csv", TranscriptFormat::csv}, {"jsonl", TranscriptFormat::json_lines}};
const std::map<std::string, TranscriptAddresses> address_forms{
    {"obfuscated", TranscriptAddresses::obfuscated},
    {"clear", TranscriptAddresses::clear},
    {"stored", TranscriptAddresses::stored}};

/// One a line; blank lines do not count.
bool read_participants(std::istream& lines, std::vector<Address>& participants) {
    for (std::string line; std::getline(lines, line);) {
        const std::string_view address = without_outer_space(line);
        if (!address.empty()) participants.emplace_back(std::string(address));
    }
    return lines.eof();
}

std::optional<TranscriptQuery> query_of(const Options& options, const Config& config) {
    TranscriptQuery query;
    query.time_zone = options.time_zone.empty() ? config.time_zone : options.time_zone;
    query.phone_region = config.phone_region;
    query.addresses = address_forms.at(options.addresses);
    query.decrypt_texts = options.decrypt;
    if (!TimeZone::find(query.time_zone)) {
        std::cerr << "postrider export: --time-zone is not a time zone such as America/Chicago\n";
        return std::nullopt;
    }
    if (!read_time_bounds("export", options.from, options.to, query.time_zone, query.from, query.to))
        return std::nullopt;
    for (const std::string& each : options.participants) query.participants.emplace_back(each);
    if (options.participants_file.empty()) return query;
    const bool from_input = options.participants_file == "-";
    std::ifstream named;
    if (!from_input) named.open(options.participants_file);
    if (!read_participants(from_input ? std::cin : named, query.participants)) {
        std::cerr << fmt::format("postrider export: cannot read {}\n", options.participants_file);
        return std::nullopt;
    }
    if (query.participants.empty()) {
        std::cerr << fmt::format("postrider export: {} names nobody\n", options.participants_file);
        return std::nullopt;
    }
    return query;
}

/// To a file that is named, or else to standard output.
TranscriptReport write_transcript(const Options& options, const Config& config, const TranscriptQuery& query,
                                  const std::string& output) {
    std::optional<OutputFile> file;
    if (!output.empty() && output != "-") file.emplace(output);
    const auto write = [&](std::string& text) {
        if (file) {
            file->write(text);
        } else {
            write_all(STDOUT_FILENO, text, "cannot write to standard output");
        }
        text.clear();
    };
    const TranscriptFormat format = formats.at(options.format);
    std::string pending = transcript_head(format);
    // On a terminal that shows the lines, a bar among them would be in the way.
    std::optional<ProgressBar> bar;
    if (file || isatty(STDOUT_FILENO) == 0) bar.emplace();
    const TranscriptReport report = read_transcripts(
        database_settings(config), config.encryption, query,
        [&](const TranscriptEntry& entry) {
            pending += transcript_line(format, entry);
            if (pending.size() >= written_at_once) write(pending);
        },
        [&](long long seen, long long total) {
            if (bar) bar->show("messages", seen, total, "messages");
        });
    write(pending);
    if (file) file->finish();
    return report;
}

std::chrono::local_days today_in(const std::string& zone) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return std::chrono::floor<std::chrono::days>(TimeZone::find(zone).value_or(TimeZone()).wall_at(now));
}

/// 2026-01-31
std::string date_of(std::chrono::local_days day) {
    const std::chrono::year_month_day date(day);
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

/// A file for each of the last days that are over, which takes the place of one that was there.
TranscriptReport write_days(const Options& options, const Config& config, TranscriptQuery query) {
    make_private_folder(options.to_folder);
    const std::chrono::local_days today = today_in(query.time_zone);
    TranscriptReport all;
    for (int back = options.days; back > 0; --back) {
        const std::string date = date_of(today - std::chrono::days(back));
        query.from = parse_time_bound(date, BoundSide::first, query.time_zone);
        query.to = parse_time_bound(date, BoundSide::last, query.time_zone);
        const std::string name = fmt::format("transcripts_{}.{}", date, options.format);
        const TranscriptReport day =
            write_transcript(options, config, query, std::filesystem::path(options.to_folder) / name);
        std::cout << fmt::format("{}: {} messages\n", name, day.messages);
        all.messages += day.messages;
        all.unreadable += day.unreadable;
    }
    return all;
}

int export_transcripts(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const auto query = query_of(options, *config);
    if (!query) return wrong_usage;
    const TranscriptReport report = options.to_folder.empty()
                                        ? write_transcript(options, *config, *query, options.output)
                                        : write_days(options, *config, *query);
    if (report.unreadable == 0) return done;
    std::cerr << fmt::format(
        "postrider export: {} of {} messages hold something encrypted that none of our keys opens: as "
        "stored\n",
        report.unreadable, report.messages);
    return failed;
}

}  // namespace

void add_export(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* above = line.add("export", "Write out what was said: `export transcripts`", [] {
        std::cerr << "postrider export: what? `postrider export transcripts --help` tells more\n";
        return static_cast<int>(wrong_usage);
    });
    CLI::App* command =
        line.add_below(above, "transcripts", "Write what was sent and what came in, a line for each message",
                       [options] { return export_transcripts(*options); });
    add_config_option(command, options->file);
    const auto one_of = [](const auto& choices) {
        std::vector<std::string> names;
        names.reserve(choices.size());
        for (const auto& choice : choices) names.push_back(choice.first);
        return CLI::IsMember(names);
    };
    command->add_option("--format", options->format, "tsv, csv or jsonl (JSON, one object a line)")
        ->capture_default_str()
        ->check(one_of(formats));
    command
        ->add_option("--addresses", options->addresses,
                     "obfuscated (the last five digits of a number), clear, or stored (as in the rows)")
        ->capture_default_str()
        ->check(one_of(address_forms));
    command->add_flag("--decrypt", options->decrypt, "Write encrypted texts in the clear");
    auto* from =
        command->add_option("--from", options->from,
                            "The first moment, or day: 2026-01-31, 2026-01-31T09:00, or 26h for so long ago");
    auto* to = command->add_option("--to", options->to, "The last moment, or day, inclusive");
    command->add_option(
        "--participant", options->participants,
        "Only this person's, however the address is spelled or encrypted; also several times");
    command->add_option("--participants", options->participants_file,
                        "A file of such addresses, one a line; - reads them from standard input");
    command->add_option("--time-zone", options->time_zone,
                        "Of times (default: the configuration's time_zone)");
    auto* output = command->add_option(
        "--output", options->output,
        "A file that gets its name once it is whole, readable by its owner only (default: "
        "standard output)");
    auto* folder = command
                       ->add_option("--to-folder", options->to_folder,
                                    "A folder for such files: transcripts_2026-01-31.tsv, one for each day")
                       ->excludes(from)
                       ->excludes(to)
                       ->excludes(output);
    command->add_option("--days", options->days, "Of how many days, up to yesterday; each is written anew")
        ->needs(folder)
        ->capture_default_str()
        ->check(CLI::Range(1, 366));
    command->footer("See docs/transcripts.md.");
}

}  // namespace postrider
