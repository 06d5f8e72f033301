#include "tests/integration/pooler.h"

#include "tests/integration/cluster.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace postrider::testing {

namespace {

namespace fs = std::filesystem;
constexpr const char* program = "/usr/sbin/pgbouncer";
constexpr int port = 6432;

}  // namespace

bool Pooler::is_installed() { return fs::exists(program); }

Pooler::Pooler() : folder_(cluster().folder() / "pooler") {
    fs::create_directory(folder_);
    fs::permissions(folder_, fs::perms::all);  // it runs as another user than root
    const fs::path settings = fs::path(folder_) / "pgbouncer.ini";
    std::ofstream(settings) << fmt::format(
        "[databases]\n* = host={}\n[pgbouncer]\npool_mode = transaction\nauth_type = trust\nauth_file = "
        "{}\nlisten_addr =\n"
        "listen_port = {}\nunix_socket_dir = {}\n",
        cluster().socket_folder().string(), (fs::path(folder_) / "users").string(), port, folder_);
    std::ofstream(fs::path(folder_) / "users") << fmt::format("\"{}\" \"\"\n", daemon_role);
    std::vector<std::string> command{"setpriv", "--pdeathsig", "INT"};
    if (::geteuid() == 0) {
        command.insert(command.end(), {"--reuid", "postgres", "--regid", "postgres", "--init-groups"});
    }
    command.insert(command.end(), {"--", program, settings.string()});
    process_ = std::make_unique<ChildProcess>(
        command, ChildOptions{.output = fs::path(folder_) / "log", .environment = {}});
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!fs::exists(fs::path(folder_) / fmt::format(".s.PGSQL.{}", port))) {
        if (!process_->running() || std::chrono::steady_clock::now() > end) {
            throw std::runtime_error("PgBouncer did not start");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

std::string Pooler::url(const std::string& database, const std::string& role) const {
    return fmt::format("host={} port={} dbname={} user={}", folder_, port, database, role);
}

}  // namespace postrider::testing
