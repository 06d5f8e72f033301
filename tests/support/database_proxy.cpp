#include "tests/support/database_proxy.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <stdlib.h>

#include <array>
#include <future>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace postrider::testing {

namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
constexpr const char* socket_name = ".s.PGSQL.5432";

/// Which COMMITs are cut, and at which words links die: all links share it.
struct Plan {
    int every = 0;
    int seen = 0;
    int cut = 0;
    std::optional<std::string> fatal_words;

    bool cuts_this() { return every > 0 && ++seen % every == 0; }
};

/// A client's connection and ours to the server.
struct Link : std::enable_shared_from_this<Link> {
    Link(Protocol::socket accepted, Plan& cuts)
        : client(std::move(accepted)), server(client.get_executor()), plan(cuts) {}

    void start(const std::string& server_socket) {
        boost::system::error_code error;
        server.connect(server_socket, error);
        if (error) return close();  // the server is away
        read_client();
        read_server();
    }

    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        server.close(ignored);
    }

    void read_client() {
        client.async_read_some(asio::buffer(upward), [this, self = shared_from_this()](
                                                         boost::system::error_code error, std::size_t size) {
            if (stalled) return;
            if (error) return close();
            const std::string_view said(upward.data(), size);
            if (plan.fatal_words && said.find(*plan.fatal_words) != said.npos) {
                stalled = true;
                return;
            }
            if (said.find("LISTEN") != said.npos || said.find("listen") != said.npos) listens = true;
            const bool commits = said.find("COMMIT") != said.npos || said.find("commit") != said.npos;
            if (commits && plan.cuts_this()) {
                const bool arrives = ++plan.cut % 2 == 1;
                if (!arrives) return close();
                cut_at_answer = true;
            }
            asio::write(server, asio::buffer(upward, size), error);
            if (error) return close();
            read_client();
        });
    }

    void read_server() {
        server.async_read_some(
            asio::buffer(downward),
            [this, self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                if (stalled) return;
                if (!error && !cut_at_answer) asio::write(client, asio::buffer(downward, size), error);
                if (error || cut_at_answer) return close();
                read_server();
            });
    }

    Protocol::socket client;
    Protocol::socket server;
    Plan& plan;
    std::array<char, 16384> upward{};
    std::array<char, 16384> downward{};
    bool stalled = false;
    bool listens = false;
    bool cut_at_answer = false;
};

}  // namespace

struct DatabaseProxy::Listener {
    Listener(asio::io_context& io, const std::filesystem::path& folder, std::filesystem::path server_folder)
        : acceptor(io, Protocol::endpoint((folder / socket_name).string())),
          server_socket((server_folder / socket_name).string()) {}

    void accept() {
        acceptor.async_accept([this](boost::system::error_code error, Protocol::socket socket) {
            if (error) return;
            links.push_back(std::make_shared<Link>(std::move(socket), plan));
            links.back()->start(server_socket);
            accept();
        });
    }

    Plan plan;
    Protocol::acceptor acceptor;
    std::string server_socket;
    std::vector<std::shared_ptr<Link>> links;
};

DatabaseProxy::DatabaseProxy(std::filesystem::path server_folder) {
    // Short: the path of a socket has 107 bytes at most.
    std::string pattern = (std::filesystem::temp_directory_path() / "postrider-proxy-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    folder_ = pattern;
    listener_ = std::make_unique<Listener>(io_, folder_, std::move(server_folder));
    listener_->accept();
    thread_ = std::thread([this] { io_.run(); });
}

DatabaseProxy::~DatabaseProxy() {
    io_.stop();
    thread_.join();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string DatabaseProxy::url(const std::string& database, const std::string& role) const {
    return fmt::format("host={} dbname={} user={}", folder_.string(), database, role);
}

template <class Do>
void DatabaseProxy::on_its_thread(const Do& act) const {
    std::promise<void> done;
    asio::post(io_, [&] {
        act();
        done.set_value();
    });
    done.get_future().wait();
}

void DatabaseProxy::stall_links() {
    on_its_thread([this] {
        for (const auto& link : listener_->links) link->stalled = true;
    });
}

void DatabaseProxy::stall_links_that_say(std::string words) {
    on_its_thread([&] { listener_->plan.fatal_words = std::move(words); });
}

void DatabaseProxy::stall_no_more() {
    on_its_thread([this] { listener_->plan.fatal_words.reset(); });
}

int DatabaseProxy::links_stalled() const {
    int count = 0;
    on_its_thread([&] {
        for (const auto& link : listener_->links) count += link->stalled ? 1 : 0;
    });
    return count;
}

int DatabaseProxy::stall_listening_links() {
    int count = 0;
    on_its_thread([&] {
        for (const auto& link : listener_->links) {
            if (!link->listens || link->stalled || !link->client.is_open()) continue;
            link->stalled = true;
            ++count;
        }
    });
    return count;
}

void DatabaseProxy::cut_commits(int every) {
    on_its_thread([&] { listener_->plan.every = every; });
}

int DatabaseProxy::commits_cut() const {
    int count = 0;
    on_its_thread([&] { count = listener_->plan.cut; });
    return count;
}

}  // namespace postrider::testing
