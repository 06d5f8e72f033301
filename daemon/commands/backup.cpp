#include "daemon/commands/commands.h"
#include "daemon/commands/database_option.h"
#include "daemon/commands/progress_bar.h"
#include "daemon/commands/time_bound.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/backup/backup_error.h"
#include "lib/backup/backup_series.h"
#include "lib/backup/backup_writer.h"
#include "lib/files/output_file.h"
#include "lib/schedule/iso_time.h"
#include "lib/store/backup_rows.h"
#include "lib/store/host_name.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <numeric>
#include <utility>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::string database;
    std::string to_folder;
    std::string to_command;
    std::string from;
    std::string to;
    bool incremental = false;
    bool json = false;
};

/// By so much a backup reaches back before the end of the last one: what had ended by then, and was still on its way
/// into the database, such as in the spool of a host that was down.
constexpr std::chrono::hours overlap{24};

/// A program that gets the stream on its standard input.
class Program {
public:
    explicit Program(const std::string& command) : pipe_(::popen(command.c_str(), "we")) {
        if (pipe_ == nullptr) throw BackupError("the command of --to-command cannot be started");
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        if (pipe_ != nullptr) ::pclose(pipe_);
    }

    int input() const { return ::fileno(pipe_); }
    void finish() {
        const int status = ::pclose(std::exchange(pipe_, nullptr));
        if (status == 0) return;
        throw BackupError(WIFEXITED(status)
                              ? fmt::format("the command of --to-command failed with {}", WEXITSTATUS(status))
                              : std::string("the command of --to-command was ended by a signal"));
    }

private:
    FILE* pipe_;
};

/// 2026-01-31T091500Z of 2026-01-31T09:15:00.000000Z: as names of files have it.
std::string in_a_name(const std::string& moment) {
    std::string name = moment.substr(0, moment.find('.')) + "Z";
    std::erase(name, ':');
    return name;
}

std::string span_of(const BackupManifest& facts, const std::string& between) {
    return (facts.is_full() ? "all" : in_a_name(facts.from)) + between +
           in_a_name(facts.is_full() ? facts.taken : facts.to);
}

void save(BackupRows& rows, BackupWriter& writer, const std::filesystem::path& media_root, ProgressBar& bar) {
    for (const BackedUpTable& table : rows.tables()) {
        const long long total = rows.count(table);
        long long seen = 0;
        writer.begin_table(table);
        rows.read(table, [&](std::optional<std::string_view> id, std::string_view fields) {
            writer.add_row(id, fields);
            bar.show(table.name, ++seen, total);
        });
        writer.end_table();
    }
    const long long total = rows.count_files();
    long long seen = 0;
    rows.read_files([&](const std::string& name) {
        writer.add_file(media_root, name);
        bar.show("files of messages", ++seen, total, "files");
    });
}

long long rows_in(const BackupManifest& manifest) {
    return std::accumulate(manifest.tables.begin(), manifest.tables.end(), 0LL,
                           [](long long sum, const BackedUpTable& each) { return sum + each.rows; });
}

std::uint64_t bytes_in(const BackupManifest& manifest) {
    const auto add = [](std::uint64_t sum, const BackupPiece& each) { return sum + each.bytes; };
    std::uint64_t sum = std::accumulate(manifest.media.begin(), manifest.media.end(), std::uint64_t{0}, add);
    for (const BackedUpTable& table : manifest.tables)
        sum = std::accumulate(table.pieces.begin(), table.pieces.end(), sum, add);
    return sum;
}

/// On standard error where standard output is the backup itself.
void report(const BackupManifest& manifest, const std::string& name, const Options& options) {
    std::ostream& out = options.to_folder == "-" ? std::cerr : std::cout;
    if (options.json) {
        boost::json::object tables;
        for (const BackedUpTable& each : manifest.tables) tables[each.name] = each.rows;
        out << boost::json::serialize(boost::json::object{{"backup", name},
                                                          {"taken", manifest.taken},
                                                          {"from", manifest.from},
                                                          {"to", manifest.to},
                                                          {"rows", tables},
                                                          {"files", manifest.files},
                                                          {"files_missing", manifest.files_missing},
                                                          {"bytes", bytes_in(manifest)}})
            << '\n';
    } else {
        out << fmt::format("{}: {} rows of {} tables, {} files of messages; {} bytes\n", name,
                           rows_in(manifest), manifest.tables.size(), manifest.files, bytes_in(manifest));
    }
    if (manifest.files_missing > 0)
        std::cerr << fmt::format(
            "postrider backup: {} files that rows name are not below media.root: there is nothing of them to "
            "keep\n",
            manifest.files_missing);
}

/// To what the backups of its folder have not yet. All is kept where they cannot be built on.
void limit_to_new(BackupRows& rows, const std::string& folder, const std::vector<Secret>& keys) {
    const auto until = backed_up_until(folder, keys, rows.facts().hash_salt);
    if (until) rows.limit_to({parse_iso_time(*until).value() - overlap});
}

int back_up(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    if (options.to_folder.empty() && options.to_command.empty()) {
        std::cerr << "postrider backup: where to? --to-folder or --to-command\n";
        return wrong_usage;
    }
    if (options.incremental && options.to_folder == "-") {
        std::cerr << "postrider backup: --incremental needs the folder with the backups before it\n";
        return wrong_usage;
    }
    std::optional<TimePoint> from, to;
    if (!read_time_bounds("backup", options.from, options.to, config->time_zone, from, to))
        return wrong_usage;
    if (!config->backup.secret_key) {
        std::cerr
            << "postrider backup: there is no backup.secret_key to seal it with; `postrider generate-key` "
               "makes one\n";
        return wrong_usage;
    }
    DatabaseSettings settings = database_settings(*config);
    if (!use_database_option(options.database, settings.url)) return wrong_usage;
    BackupRows rows(settings);
    if (from) rows.limit_to({*from, to});
    if (options.incremental) limit_to_new(rows, options.to_folder, config->backup.keys());
    const std::string name = span_of(rows.facts(), "__");
    std::optional<Program> program;
    std::unique_ptr<BackupTarget> target;
    if (!options.to_command.empty()) program.emplace(options.to_command);
    if (program || options.to_folder == "-") {
        const int out = program ? program->input() : STDOUT_FILENO;
        target = make_stream_target(
            name, [out](std::string_view bytes) { write_all(out, bytes, "cannot write the backup"); });
    } else {
        target = make_folder_target(options.to_folder, name);
    }
    BackupWriter writer(
        *target, *config->backup.secret_key,
        fmt::format("simple_messaging_backup_{}_{}", host_name(), span_of(rows.facts(), "_")));
    ProgressBar bar;
    save(rows, writer, config->media.root, bar);
    BackupManifest facts = rows.facts();
    facts.made_by = "postrider " POSTRIDER_VERSION;
    facts.host = host_name();
    facts = writer.finish(std::move(facts));
    if (program) program->finish();
    report(facts, name, options);
    return done;
}

}  // namespace

void add_backup(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("backup", "Save messages, their files and the journal, encrypted",
                                 [options] { return back_up(*options); });
    add_config_option(command, options->file);
    auto* folder = command->add_option(
        "--to-folder", options->to_folder,
        "A folder, in which the backup becomes one of its own; - writes one stream to standard output");
    auto* program =
        command->add_option("--to-command", options->to_command,
                            "A command of the shell that takes the stream: 'ssh host \"cat > backup.tar\"'");
    folder->excludes(program);
    auto* from = command->add_option(
        "--from", options->from,
        "Only what ended or came in since then, and all that has not ended: 2026-01-31, 2026-01-31T09:00, "
        "or 26h for so long ago");
    command->add_option("--to", options->to, "And until then, inclusive (default: now)")->needs(from);
    command
        ->add_flag("--incremental", options->incremental,
                   "The same since a day before the last backup in the folder ended; all, if it has no full "
                   "one")
        ->needs(folder)
        ->excludes(from);
    add_database_option(command, options->database);
    command->add_flag("--json", options->json, "Print JSON");
    command->footer("See docs/backups.md.");
}

}  // namespace postrider
