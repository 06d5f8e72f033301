#include "lib/store/private_postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace postrider {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds start_max{60};
constexpr const char* server_user = "postgres";

/// Debian keeps each major version's programs apart; the newest is taken.
fs::path find_programs() {
    fs::path newest;
    int newest_version = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
        const int version = std::atoi(entry.path().filename().c_str());
        if (version > newest_version && fs::exists(entry.path() / "bin/initdb")) {
            newest_version = version;
            newest = entry.path() / "bin";
        }
    }
    if (newest.empty())
        throw std::runtime_error("no PostgreSQL server is installed (Debian: apt-get install postgresql-15)");
    return newest;
}

bool is_root() { return ::geteuid() == 0; }

void give_to_server_user(const fs::path& path) {
    if (!is_root()) return;
    const passwd* user = ::getpwnam(server_user);
    if (user == nullptr) throw std::runtime_error("there is no user postgres to run the server as");
    if (::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + path.string() + " to the user postgres");
    }
}

std::string contents(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

bool answers(const std::string& conninfo) { return PQping(conninfo.c_str()) == PQPING_OK; }

}  // namespace

PrivatePostgres::PrivatePostgres(PrivatePostgresOptions options)
    : folder_(std::move(options.folder)), programs_(find_programs()), durable_(options.durable) {
    if (folder_.empty()) {
        // Short: the path of a socket has 107 bytes at most.
        std::string pattern = (fs::temp_directory_path() / "postrider-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("cannot make a folder in " + fs::temp_directory_path().string());
        folder_ = pattern;
        temporary_ = true;
    }
    fs::create_directories(folder_);
    folder_ = fs::absolute(folder_);
    socket_folder_ = folder_;
    give_to_server_user(folder_);
    try {
        if (!fs::exists(folder_ / "data/PG_VERSION")) init();
        start();
    } catch (...) {
        server_.reset();
        if (temporary_) fs::remove_all(folder_);
        throw;
    }
}

PrivatePostgres::~PrivatePostgres() {
    stop(SIGINT);
    std::error_code ignored;
    if (temporary_) fs::remove_all(folder_, ignored);
}

std::vector<std::string> PrivatePostgres::as_server_user(std::vector<std::string> command) const {
    // It ends with us, also when we crash.
    std::vector<std::string> all{"setpriv", "--pdeathsig", "INT"};
    if (is_root()) {
        all.insert(all.end(), {"--reuid", server_user, "--regid", server_user, "--init-groups"});
    }
    all.emplace_back("--");
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

void PrivatePostgres::init() {
    const fs::path log = folder_ / "initdb.log";
    const int status =
        run_command(as_server_user({(programs_ / "initdb").string(), "--pgdata", (folder_ / "data").string(),
                                    "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
                                    "--locale", "C.UTF-8", "--no-sync"}),
                    {.output = log, .environment = {}});
    if (status != 0) throw std::runtime_error("initdb failed: " + contents(log));
}

void PrivatePostgres::start() {
    const fs::path log = folder_ / "server.log";
    std::vector<std::string> command{
        (programs_ / "postgres").string(), "-D", (folder_ / "data").string(), "-k",
        socket_folder_.string(),           "-c", "listen_addresses=",         "-c",
        "unix_socket_permissions=0700",    "-c", "max_connections=60"};
    if (!durable_) {
        for (const char* setting : {"fsync=off", "synchronous_commit=off", "full_page_writes=off"}) {
            command.insert(command.end(), {"-c", setting});
        }
    }
    server_ = std::make_unique<ChildProcess>(as_server_user(std::move(command)),
                                             ChildOptions{.output = log, .environment = {}});
    const auto end = std::chrono::steady_clock::now() + start_max;
    while (!answers(url())) {
        if (!server_->running()) throw std::runtime_error("PostgreSQL did not start: " + contents(log));
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("PostgreSQL did not start within a minute");
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

void PrivatePostgres::stop(int signal) {
    if (!server_) return;
    server_->signal(signal);
    server_->wait();
    server_.reset();
}

std::string PrivatePostgres::url(const std::string& database, const std::string& user) const {
    return fmt::format("host={} dbname={} user={}", socket_folder_.string(), database, user);
}

}  // namespace postrider
