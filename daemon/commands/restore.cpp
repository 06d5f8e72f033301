#include "daemon/commands/commands.h"
#include "daemon/commands/database_option.h"
#include "daemon/commands/progress_bar.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/backup/backup_error.h"
#include "lib/backup/backup_folder.h"
#include "lib/backup/media_restore.h"
#include "lib/store/migrations.h"
#include "lib/store/migrator.h"
#include "lib/store/restore_rows.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>
#include <system_error>

namespace postrider {

namespace {

namespace fs = std::filesystem;

struct Options {
    fs::path file;
    std::string database;
    std::vector<std::string> backups;
    std::string grant;
    bool dry_run = false;
    bool skip_missing_tables = false;
};

/// A folder for what comes on standard input: encrypted as it is. Gone with the object.
class Unpacked {
public:
    Unpacked() {
        const char* parent = std::getenv("TMPDIR");
        std::string name = std::string(parent == nullptr ? "/var/tmp" : parent) + "/postrider-restore.XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(),
                                    "cannot make a folder in $TMPDIR or /var/tmp");
        parent_ = name;
        std::array<char, std::size_t{64} << 10> buffer{};
        folder_ = unpack_backup(
            [&]() -> std::string_view {
                const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
                if (got < 0)
                    throw std::system_error(errno, std::generic_category(), "cannot read standard input");
                return {buffer.data(), static_cast<std::size_t>(got)};
            },
            parent_);
    }
    Unpacked(const Unpacked&) = delete;
    Unpacked& operator=(const Unpacked&) = delete;
    ~Unpacked() {
        std::error_code error;
        fs::remove_all(parent_, error);
    }

    const fs::path& folder() const { return folder_; }

private:
    fs::path parent_;
    fs::path folder_;
};

/// Each begins where the one before it ended, or earlier.
void check_order(const std::vector<BackupFolder>& backups) {
    for (std::size_t i = 0; i < backups.size(); ++i) {
        const BackupManifest& each = backups[i].manifest();
        const std::string name = backups[i].path().string();
        if (each.step > newest_migration())
            throw BackupError(
                fmt::format("{} was made by a newer version ({}): use that", name, each.made_by));
        if (each.is_full() != (i == 0))
            throw BackupError(i == 0 ? name + " is incremental: name the full backup before it first"
                                     : name + " is a full backup: it needs no other before it");
        if (i == 0) continue;
        const BackupManifest& before = backups[i - 1].manifest();
        if (each.hash_salt != before.hash_salt)
            throw BackupError(fmt::format("{} is of another database than the one before it", name));
        if (each.taken < before.taken || each.from > before.end())
            throw BackupError(
                fmt::format("{} begins at {}, and the one before it ends at {}: what is between is in none",
                            name, each.from, before.end()));
    }
}

/// Reads all there is, so that nothing is written of what is damaged.
void verify(const BackupFolder& backup, const fs::path& media_root, ProgressBar& bar) {
    for (const BackedUpTable& table : backup.manifest().tables) {
        long long rows = 0;
        for (const BackupPiece& piece : table.pieces) {
            rows += backup.rows(table, piece).count;
            bar.show("reading " + table.name, rows, table.rows);
        }
        if (rows != table.rows)
            throw BackupError(
                fmt::format("{} is damaged: rows of {} are missing", backup.path().string(), table.name));
    }
    check_media(backup, media_root);
}

/// Returns the tables that this database does not have.
std::set<std::string> write(const BackupFolder& backup, bool over, RestoreRows& into, ProgressBar& bar) {
    std::set<std::string> left_out;
    for (const BackedUpTable& table : backup.manifest().tables) {
        if (!into.begin_table(table, over)) {
            if (table.rows > 0) left_out.insert(table.name);
            continue;
        }
        long long rows = 0;
        for (const BackupPiece& piece : table.pieces) {
            const TableRows read = backup.rows(table, piece);
            into.write(table, read.json, over);
            rows += read.count;
            bar.show("writing " + table.name, rows, table.rows);
        }
    }
    return left_out;
}

void compare(const BackupFolder& backup, const std::set<std::string>& left_out, RestoreRows& restored) {
    for (const BackedUpTable& table : backup.manifest().tables) {
        if (left_out.contains(table.name) || table.rows == 0) continue;
        if (!restored.equals(table))
            throw BackupError(fmt::format(
                "what stands in {} now is not what the backup has: nothing was changed", table.name));
    }
}

int restore(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const std::vector<Secret> keys = config->backup.keys();
    if (keys.empty()) {
        std::cerr << "postrider restore: there is no backup.secret_key to open a backup with\n";
        return wrong_usage;
    }
    std::optional<Unpacked> unpacked;
    std::vector<BackupFolder> backups;
    for (const std::string& each : options.backups) {
        if (each == "-" && !unpacked) unpacked.emplace();
        backups.emplace_back(each == "-" ? unpacked->folder() : fs::path(each), keys);
    }
    check_order(backups);
    ProgressBar bar;
    for (const BackupFolder& each : backups) verify(each, config->media.root, bar);
    for (const BackupFolder& each : backups) {
        const BackupManifest& manifest = each.manifest();
        std::cout << fmt::format("{}: whole; of {}, taken on {} by {}\n", each.path().string(),
                                 manifest.taken, manifest.host, manifest.made_by);
    }
    if (options.dry_run) return done;
    DatabaseSettings settings = database_settings(*config);
    if (!use_database_option(options.database, settings.url)) return wrong_usage;
    migrate(settings,
            {.notify = config->database.notify,
             .guard = config->database.guard,
             .dry_run = false,
             .grant_to = options.grant},
            [](const std::string& what) { std::cout << what << '\n'; });
    RestoreRows into(settings);
    std::set<std::string> left_out;
    for (const BackupFolder& each : backups)
        left_out.merge(write(each, &each != &backups.front(), into, bar));
    if (!left_out.empty() && !options.skip_missing_tables)
        throw BackupError(
            fmt::format("this database has no {}, and the backup has rows of it: make the table first (a "
                        "Django site's `manage.py "
                        "migrate`), or leave them out by --skip-missing-tables; nothing was changed",
                        *left_out.begin()));
    if (backups.size() == 1) compare(backups.front(), left_out, into);
    for (const BackupFolder& each : backups) restore_media(each, config->media.root);
    into.finish(backups.back().manifest());
    for (const std::string& table : left_out)
        std::cerr << fmt::format("postrider restore: this database has no {}: its rows were left out\n",
                                 table);
    std::cout << fmt::format(
        "restored{}; nothing leaves until `postrider channels resume --all`: see docs/backups.md first\n",
        backups.size() == 1 ? ", and compared with the backup: equal" : "");
    return done;
}

}  // namespace

void add_restore(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("restore",
                                 "Put a backup into an empty database, from which then nothing is sent "
                                 "until you say so",
                                 [options] { return restore(*options); });
    add_config_option(command, options->file);
    command
        ->add_option(
            "BACKUP", options->backups,
            "The folder of a full backup, and those of incremental ones after it, in their order; - reads a "
            "stream from standard input")
        ->required();
    command->add_flag("--dry-run", options->dry_run,
                      "Read all of it, say whether it is whole, and do nothing");
    command->add_flag("--skip-missing-tables", options->skip_missing_tables,
                      "Leave out rows of a site's tables that this database does not have");
    command->add_option("--grant", options->grant, "Give this role what the daemon needs, as `migrate` does");
    add_database_option(command, options->database);
    command->footer("All of it is read before anything is written. See docs/backups.md.");
}

}  // namespace postrider
