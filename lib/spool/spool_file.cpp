#include "lib/spool/spool_file.h"

#include "lib/spool/entry_json.h"
#include "lib/spool/result_json.h"
#include "lib/spool/sqlite_statement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace postrider {

namespace fs = std::filesystem;

namespace {

constexpr const char* file_name = "spool.sqlite";
constexpr int schema_version = 2;
constexpr int busy_ms_max = 1000;  // somebody may be looking at the file with SQLite's own program

[[noreturn]] void fail_system(const fs::path& path, const char* what) {
    throw SpoolError(fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno)));
}

/// A new name in a folder lasts once the folder is on the disk.
void sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

fs::path make_folder(const fs::path& folder) {
    struct stat found {};
    if (::stat(folder.c_str(), &found) == 0) {
        if (!S_ISDIR(found.st_mode)) throw SpoolError(folder.string() + ": is not a folder");
        return folder;
    }
    if (folder.has_parent_path() && folder.parent_path() != folder) make_folder(folder.parent_path());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail_system(folder, "cannot be made");
    sync_folder(folder.parent_path());
    return folder;
}

bool is_damage(int code) { return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB; }

SpoolError damaged(const fs::path& file, const std::string& what) {
    return SpoolError(
        fmt::format("{} is damaged ({}). It may hold results that the database does not have, so it is left "
                    "as it is: restore the disk, or move the file away to start with an empty one; attempts "
                    "whose results were in it are then taken up as in doubt",
                    file.string(), what));
}

}  // namespace

SpoolFile::FolderHold::FolderHold(const fs::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail_system(folder, "cannot be opened");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    const bool taken = errno == EWOULDBLOCK;
    ::close(descriptor_);
    if (!taken) fail_system(folder, "cannot be locked");
    throw SpoolError(
        fmt::format("{}: another process uses this spool; give each daemon on this host a folder of its own "
                    "(spool.path)",
                    folder.string()));
}

SpoolFile::FolderHold::~FolderHold() { ::close(descriptor_); }

void SpoolFile::CloseDatabase::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

SpoolFile::SpoolFile(const fs::path& folder, const SpoolOwner& owner)
    : folder_(make_folder(folder)), file_(folder_ / file_name), hold_(folder_) {
    open_database();
    try {
        refuse_damage();
        prepare_schema();
        bind_to(owner);
        read();  // what cannot be read is to be known now, not when it is needed
    } catch (const SpoolError& error) {
        if (is_damage(sqlite3_errcode(database_.get()))) throw damaged(file_, error.what());
        throw;
    }
}

void SpoolFile::open_database() {
    const int descriptor = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) fail_system(file_, "cannot be opened for writing");
    ::close(descriptor);
    sync_folder(folder_);
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(file_.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
    database_.reset(database);  // one there is even where opening failed
    if (code != SQLITE_OK) {
        throw SpoolError(fmt::format("{}: {}", file_.string(), sqlite3_errstr(code)));
    }
    sqlite3_busy_timeout(database, busy_ms_max);
}

void SpoolFile::refuse_damage() const {
    // FULL: a commit is on the disk before it returns, in the write-ahead log too.
    execute_sqlite(database_.get(), "pragma synchronous = full");
    execute_sqlite(database_.get(), "pragma journal_mode = wal");
    SpoolStatement check(database_.get(), "pragma quick_check(1)");
    const std::string found = check.step() ? check.text(0) : "";
    if (found != "ok") throw damaged(file_, found);
}

void SpoolFile::prepare_schema() {
    std::int64_t version = 0;
    {
        SpoolStatement ask(database_.get(), "pragma user_version");
        if (ask.step()) version = ask.number(0);
    }
    if (version == schema_version) return;
    if (version > schema_version) {
        throw SpoolError(
            fmt::format("{} was written by a newer Postrider: use that version, until it has "
                        "recorded what is kept there",
                        file_.string()));
    }
    SpoolTransaction transaction(database_.get());
    if (version < 1) {
        execute_sqlite(database_.get(),
                       "create table binding (identity text not null);"
                       "create table result ("
                       "    number integer primary key autoincrement,"
                       "    attempt_id integer not null unique,"
                       "    content text not null)");
    }
    execute_sqlite(database_.get(),
                   "create table entry ("
                   "    number integer primary key autoincrement,"
                   "    content text not null);"
                   "pragma user_version = 2");
    transaction.commit();
}

void SpoolFile::bind_to(const SpoolOwner& owner) {
    std::string bound;
    {
        SpoolStatement ask(database_.get(), "select identity from binding");
        if (ask.step()) bound = ask.text(0);
    }
    if (bound == owner.identity) return;
    const bool is_ours = !bound.empty() && bound == owner.former_identity;
    if (const std::size_t results = is_ours ? 0 : count(); results > 0) {
        throw SpoolError(fmt::format(
            "{} holds {} results or webhooks of another database: run Postrider on that one until they are "
            "recorded there, or give spool.path another folder",
            file_.string(), results));
    }
    SpoolTransaction transaction(database_.get());
    execute_sqlite(database_.get(), "delete from binding");
    SpoolStatement bind(database_.get(), "insert into binding (identity) values (?)");
    bind.bind(1, owner.identity);
    bind.run();
    transaction.commit();
}

std::size_t SpoolFile::count() const {
    SpoolStatement ask(database_.get(),
                       "select (select count(*) from result) + (select count(*) from entry)");
    return ask.step() ? static_cast<std::size_t>(ask.number(0)) : 0;
}

std::size_t SpoolFile::count_entries() const {
    SpoolStatement ask(database_.get(), "select count(*) from entry");
    return ask.step() ? static_cast<std::size_t>(ask.number(0)) : 0;
}

void SpoolFile::keep_entries(const std::vector<InboxEntry>& entries) {
    SpoolTransaction transaction(database_.get());
    SpoolStatement insert(database_.get(), "insert into entry (content) values (?)");
    for (const InboxEntry& entry : entries) {
        const std::string content = to_json(entry);
        insert.bind(1, content);
        insert.run();
    }
    transaction.commit();
}

std::vector<SpooledEntry> SpoolFile::read_entries(std::size_t limit) const {
    SpoolStatement ask(database_.get(), "select number, content from entry order by number limit ?");
    ask.bind(1, static_cast<std::int64_t>(limit));
    std::vector<SpooledEntry> entries;
    while (ask.step()) {
        auto entry = read_entry_json(ask.text(1));
        if (!entry) throw damaged(file_, fmt::format("webhook {}", ask.number(0)));
        entries.push_back({ask.number(0), std::move(*entry)});
    }
    return entries;
}

void SpoolFile::forget_entries(const std::vector<std::int64_t>& numbers) {
    SpoolTransaction transaction(database_.get());
    SpoolStatement remove(database_.get(), "delete from entry where number = ?");
    for (const std::int64_t number : numbers) {
        remove.bind(1, number);
        remove.run();
    }
    transaction.commit();
}

void SpoolFile::keep(const std::vector<AttemptResult>& results) {
    SpoolTransaction transaction(database_.get());
    SpoolStatement insert(database_.get(),
                          "insert into result (attempt_id, content) values (?, ?) "
                          "on conflict (attempt_id) do update set content = excluded.content");
    for (const AttemptResult& result : results) {
        const std::string content = to_json(result);
        insert.bind(1, result.attempt_id);
        insert.bind(2, content);
        insert.run();
    }
    transaction.commit();
}

void SpoolFile::forget(const std::vector<AttemptId>& attempts) {
    SpoolTransaction transaction(database_.get());
    SpoolStatement remove(database_.get(), "delete from result where attempt_id = ?");
    for (const AttemptId attempt : attempts) {
        remove.bind(1, attempt);
        remove.run();
    }
    transaction.commit();
}

std::vector<AttemptResult> SpoolFile::read() const {
    SpoolStatement ask(database_.get(), "select content, attempt_id from result order by number");
    std::vector<AttemptResult> results;
    while (ask.step()) {
        auto result = read_result_json(ask.text(0));
        if (!result) throw damaged(file_, fmt::format("the result of attempt {}", ask.number(1)));
        results.push_back(std::move(*result));
    }
    return results;
}

SpoolContent look_into_spool(const fs::path& folder) {
    const fs::path file = folder / file_name;
    std::error_code error;
    const bool there = fs::exists(file, error);
    if (error) throw SpoolError(fmt::format("{}: {}", file.string(), error.message()));
    if (!there) return {};
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close_v2)> database(opened, sqlite3_close_v2);
    if (code != SQLITE_OK) throw SpoolError(fmt::format("{}: {}", file.string(), sqlite3_errstr(code)));
    sqlite3_busy_timeout(opened, busy_ms_max);
    const auto rows_of = [&](const char* table) -> std::size_t {
        SpoolStatement known(opened, "select count(*) from sqlite_master where type = 'table' and name = ?");
        known.bind(1, std::string_view(table));
        if (!known.step() || known.number(0) == 0) return 0;
        SpoolStatement ask(opened, fmt::format("select count(*) from {}", table).c_str());
        return ask.step() ? static_cast<std::size_t>(ask.number(0)) : 0;
    };
    return {.results = rows_of("result"), .entries = rows_of("entry")};
}

}  // namespace postrider
