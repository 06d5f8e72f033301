#pragma once

#include "lib/process/child_process.h"

#include <filesystem>
#include <memory>
#include <string>

namespace postrider {

struct PrivatePostgresOptions {
    /// Where to keep it; empty: a temporary folder, removed at the end.
    std::filesystem::path folder;
    /// Whether a commit waits for the disk: off for tests, on for measuring.
    bool durable = false;
};

/// A PostgreSQL server of one's own: a fresh cluster on a socket in its own folder, without TCP,
/// for demonstrations, tests and benchmarks. Stopped when the object goes. Run by root, the server
/// runs as the user `postgres`, since it refuses to be root.
class PrivatePostgres {
public:
    /// Starts it; throws std::runtime_error that says what is missing or what the server said.
    explicit PrivatePostgres(PrivatePostgresOptions options = {});
    PrivatePostgres(const PrivatePostgres&) = delete;
    PrivatePostgres& operator=(const PrivatePostgres&) = delete;
    ~PrivatePostgres();

    /// A conninfo for a database of it; by default as its superuser.
    std::string url(const std::string& database = "postgres", const std::string& user = "postgres") const;

    const std::filesystem::path& folder() const { return folder_; }
    const std::filesystem::path& socket_folder() const { return socket_folder_; }
    /// Where PostgreSQL's own programs are: pg_dump, psql.
    const std::filesystem::path& programs() const { return programs_; }

    /// SIGINT (fast) or SIGQUIT (immediate, as a crash), and waits.
    void stop(int signal);
    void start();

private:
    std::vector<std::string> as_server_user(std::vector<std::string> command) const;
    void init();

    std::filesystem::path folder_;
    std::filesystem::path socket_folder_;
    std::filesystem::path programs_;
    bool temporary_ = false;
    bool durable_ = false;
    std::unique_ptr<ChildProcess> server_;
};

}  // namespace postrider
