#include "tests/integration/stallable_proxy.h"

#include "tests/integration/cluster.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <array>
#include <future>
#include <vector>

namespace postrider::testing {

namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
constexpr const char* socket_name = ".s.PGSQL.5432";

/// A client's connection and ours to the server.
struct Link : std::enable_shared_from_this<Link> {
    explicit Link(Protocol::socket accepted) : client(std::move(accepted)), server(client.get_executor()) {}

    void start() {
        server.connect((cluster().socket_folder() / socket_name).string());
        forward(client, server, upward);
        forward(server, client, downward);
    }

    using Buffer = std::array<char, 16384>;
    void forward(Protocol::socket& from, Protocol::socket& to, Buffer& buffer) {
        from.async_read_some(asio::buffer(buffer), [this, self = shared_from_this(), &from, &to, &buffer](
                                                       boost::system::error_code error, std::size_t size) {
            if (stalled) return;
            if (!error) asio::write(to, asio::buffer(buffer, size), error);
            if (error) {
                client.close(error);
                server.close(error);
                return;
            }
            forward(from, to, buffer);
        });
    }

    Protocol::socket client;
    Protocol::socket server;
    Buffer upward{};
    Buffer downward{};
    bool stalled = false;
};

}  // namespace

struct StallableProxy::Listener {
    Listener(asio::io_context& io, const std::filesystem::path& folder)
        : acceptor(io, Protocol::endpoint((folder / socket_name).string())) {}

    void accept() {
        acceptor.async_accept([this](boost::system::error_code error, Protocol::socket socket) {
            if (error) return;
            links.push_back(std::make_shared<Link>(std::move(socket)));
            links.back()->start();
            accept();
        });
    }

    Protocol::acceptor acceptor;
    std::vector<std::shared_ptr<Link>> links;
};

StallableProxy::StallableProxy() {
    static int count = 0;
    folder_ = cluster().folder() / fmt::format("proxy{}", ++count);
    std::filesystem::create_directory(folder_);
    listener_ = std::make_unique<Listener>(io_, folder_);
    listener_->accept();
    thread_ = std::thread([this] { io_.run(); });
}

StallableProxy::~StallableProxy() {
    io_.stop();
    thread_.join();
}

std::string StallableProxy::url(const std::string& database, const std::string& role) const {
    return fmt::format("host={} dbname={} user={}", folder_.string(), database, role);
}

void StallableProxy::stall_links() {
    std::promise<void> done;
    asio::post(io_, [this, &done] {
        for (const auto& link : listener_->links) link->stalled = true;
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace postrider::testing
