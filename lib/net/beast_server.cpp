#include "lib/async/deadline.h"
#include "lib/async/task_group.h"
#include "lib/log/log.h"
#include "lib/net/header_line.h"
#include "lib/net/http_server.h"
#include "lib/net/request_target.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/core/demangle.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <typeinfo>

namespace postrider {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t refusals_max = 64;             // connections over the limit that still get their 503
constexpr std::size_t lingered_bytes_max = 1 << 20;  // read and forgotten, so that our last answer arrives
constexpr std::chrono::milliseconds linger{1000};
constexpr std::chrono::milliseconds accept_pause{250};

ServerAnswer plain(int status, std::string text) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(text);
    return answer;
}

std::string peer_of(const tcp::socket& socket) {
    error_code failed;
    const auto address = socket.remote_endpoint(failed).address();
    if (failed) return "";
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

ServerRequest to_request(http::request<http::string_body>&& message, std::string peer_address) {
    ServerRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    const RequestTarget target = split_target(request.target);
    request.path = std::string(target.path);
    request.query = std::string(target.query);
    for (const auto& field : message) {
        const auto name = field.name_string();
        const auto value = field.value();
        request.headers.emplace_back(lower_case({name.data(), name.size()}), std::string(value));
    }
    request.body = std::move(message.body());
    request.peer_address = std::move(peer_address);
    return request;
}

/// What to tell a client whose request cannot be read; nullopt if it has gone.
std::optional<ServerAnswer> answer_to(error_code error) {
    if (error == http::error::body_limit) return plain(413, "the body is too large\n");
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return plain(431, "the header is too large\n");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    if (error.category() == http::make_error_code(http::error::bad_version).category()) {
        return plain(400, "not HTTP as it should be\n");
    }
    return std::nullopt;
}

/// Words that cannot hold what an outsider wrote.
std::string safe_words(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& caught) {
        return caught.code().message();
    } catch (const std::exception& caught) {
        return boost::core::demangle(typeid(caught).name());
    } catch (...) {
        return "unknown type";
    }
}

/// One connection: requests in, answers out, one after the other.
class Session {
public:
    Session(tcp::socket socket, const RequestHandler& handler, const HttpServerLimits& limits)
        : socket_(std::move(socket)),
          handler_(handler),
          limits_(limits),
          peer_address_(peer_of(socket_)),
          deadline_(std::make_shared<Deadline>(socket_)) {}
    ~Session() {
        deadline_->owner_gone = true;
        stop_deadline();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Until the client goes, errs or idles too long, or `stop` is asked.
    Task<> run();
    Task<> refuse();
    /// No further request; the one under way may end.
    void stop();

private:
    /// Cancels what the socket does when time is up. A handler queued too late knows it by the number.
    struct Deadline {
        explicit Deadline(tcp::socket& watched) : socket(watched), timer(watched.get_executor()) {}
        tcp::socket& socket;
        asio::steady_timer timer;
        unsigned number = 0;
        bool passed = false;
        bool owner_gone = false;
    };
    void start_deadline(std::chrono::milliseconds limit);
    void stop_deadline();

    Task<bool> next_bytes();
    Task<bool> exchange();
    Task<error_code> read(http::request_parser<http::string_body>& parser);
    Task<ServerAnswer> handle(ServerRequest request);
    Task<bool> write(const ServerAnswer& answer, bool keep_alive, bool head);
    Task<> close_gently();

    tcp::socket socket_;
    const RequestHandler& handler_;
    const HttpServerLimits& limits_;
    const std::string peer_address_;
    std::shared_ptr<Deadline> deadline_;
    beast::flat_buffer buffer_;  // may hold the beginning of the next request
    bool idle_ = false;
    bool stopping_ = false;
};

void Session::start_deadline(std::chrono::milliseconds limit) {
    deadline_->passed = false;
    deadline_->timer.expires_after(limit);
    deadline_->timer.async_wait([deadline = deadline_, number = ++deadline_->number](error_code error) {
        if (error || deadline->owner_gone || number != deadline->number) return;
        deadline->passed = true;
        error_code ignored;
        deadline->socket.cancel(ignored);
    });
}

void Session::stop_deadline() {
    ++deadline_->number;
    deadline_->timer.cancel();
}

void Session::stop() {
    stopping_ = true;
    error_code ignored;
    if (idle_) socket_.cancel(ignored);
}

Task<> Session::run() {
    // Each result is named first: in a condition with && g++ 12 loses `this`.
    for (bool good = true; good && !stopping_;) {
        good = co_await next_bytes();
        if (!good) co_return;
        good = co_await exchange();
    }
}

/// Whether a request begins, before the client idles too long.
Task<bool> Session::next_bytes() {
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    start_deadline(limits_.idle_timeout);
    error_code error;
    const std::size_t count = co_await socket_.async_read_some(
        buffer_.prepare(4096), asio::redirect_error(asio::use_awaitable, error));
    stop_deadline();
    idle_ = false;
    buffer_.commit(count);
    co_return !error;
}

/// Whether the connection is good for another request.
Task<bool> Session::exchange() {
    http::request_parser<http::string_body> parser;
    parser.body_limit(limits_.body_bytes_max);
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    start_deadline(limits_.exchange_timeout);
    const error_code error = co_await read(parser);
    const bool late = deadline_->passed;
    stop_deadline();
    std::optional<ServerAnswer> complaint;
    if (error) complaint = late ? plain(408, "the request came too slowly\n") : answer_to(error);
    if (error && !complaint) co_return false;
    const bool http_1_1 = parser.get().version() == 11;
    if (!error && http_1_1 && parser.get().find(http::field::host) == parser.get().end()) {
        complaint = plain(400, "no Host\n");  // RFC 9112 § 3.2
    }
    if (complaint) {
        co_await write(*complaint, false, false);
        co_await close_gently();
        co_return false;
    }
    bool keep_alive = parser.get().keep_alive();
    const bool head = parser.get().method() == http::verb::head;
    ServerRequest request = to_request(parser.release(), peer_address_);
    const ServerAnswer answer = co_await handle(std::move(request));
    keep_alive = keep_alive && !stopping_ && !answer.raw;
    const bool written = co_await write(answer, keep_alive, head);
    if (!written) co_return false;
    if (!keep_alive) co_await close_gently();
    co_return keep_alive;
}

Task<error_code> Session::read(http::request_parser<http::string_body>& parser) {
    error_code error;
    co_await http::async_read_header(socket_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(socket_, asio::buffer(go_on),
                                   asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return error;
    }
    co_await http::async_read(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

Task<ServerAnswer> Session::handle(ServerRequest request) {
    std::exception_ptr error;
    try {
        co_return co_await handler_(std::move(request));
    } catch (...) {
        error = std::current_exception();
    }
    if (was_cancelled(error)) std::rethrow_exception(error);
    log::error("request handler failed", {{"error", safe_words(error)}});
    co_return plain(500, "internal error\n");
}

/// Whether all of it left in time.
Task<bool> Session::write(const ServerAnswer& answer, bool keep_alive, bool head) {
    error_code error;
    start_deadline(limits_.exchange_timeout);
    if (answer.raw) {
        co_await asio::async_write(socket_, asio::buffer(*answer.raw),
                                   asio::redirect_error(asio::use_awaitable, error));
    } else {
        http::response<http::string_body> message(static_cast<http::status>(answer.status), 11);
        for (const auto& [name, value] : answer.headers) message.insert(name, value);
        if (!answer.content_type.empty()) message.set(http::field::content_type, answer.content_type);
        if (answer.status != 204 && answer.status != 304) message.content_length(answer.body.size());
        message.keep_alive(keep_alive);
        if (!head) message.body() = answer.body;
        http::response_serializer<http::string_body> serializer(message);
        co_await http::async_write(socket_, serializer, asio::redirect_error(asio::use_awaitable, error));
    }
    stop_deadline();
    co_return !error;
}

/// Closing while bytes of the client wait unread would destroy our answer on its way.
Task<> Session::close_gently() {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    buffer_.clear();
    start_deadline(linger);
    for (std::size_t total = 0; !error && total < lingered_bytes_max;) {
        const auto space = buffer_.prepare(16384);
        total += co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
    }
    stop_deadline();
}

Task<> Session::refuse() {
    const ServerAnswer answer = plain(503, "too many connections\n");
    const bool written = co_await write(answer, false, false);
    if (written) co_await close_gently();
}

class BeastServer final : public HttpServer {
public:
    BeastServer(Executor executor, const tcp::endpoint& endpoint, RequestHandler handler,
                HttpServerLimits limits)
        : handler_(std::move(handler)), limits_(limits), acceptor_(executor), sessions_(executor) {
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        if (endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false));
        acceptor_.bind(endpoint);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
    }

    Task<> run() override;
    std::uint16_t port() const override { return port_; }

private:
    Task<> accept();
    void take(tcp::socket socket);
    Task<> serve(tcp::socket socket);
    Task<> refuse(tcp::socket socket);

    RequestHandler handler_;
    HttpServerLimits limits_;
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    std::list<Session*> open_;
    std::size_t refusals_ = 0;
    TaskGroup sessions_;
};

Task<> BeastServer::run() {
    std::exception_ptr ended;
    try {
        co_await accept();
    } catch (...) {
        ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();  // cancelled, yet we still must wait
    error_code ignored;
    acceptor_.close(ignored);
    for (Session* session : open_) session->stop();
    co_await ends_within(limits_.stop_grace, sessions_.join());
    sessions_.cancel();
    co_await sessions_.join();
    if (ended) std::rethrow_exception(ended);
}

Task<> BeastServer::accept() {
    for (bool failing = false;;) {
        error_code error;
        tcp::socket socket =
            co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            take(std::move(socket));
        } else if (error != asio::error::connection_aborted) {
            // Out of descriptors, say: waits for some to be given back. If cancelled, the pause throws.
            const bool news = !failing && error != asio::error::operation_aborted;
            if (news) log::error("connections cannot be accepted", {{"error", error.message()}});
            co_await sleep_for(accept_pause);
        }
        failing = static_cast<bool>(error);
    }
}

void BeastServer::take(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (open_.size() < limits_.connections_max) {
        sessions_.spawn("connection", serve(std::move(socket)));
    } else if (refusals_ < refusals_max) {
        sessions_.spawn("refused connection", refuse(std::move(socket)));
    }
}

Task<> BeastServer::serve(tcp::socket socket) {
    Session session(std::move(socket), handler_, limits_);
    const auto entry = open_.insert(open_.end(), &session);
    const auto leave = [this, entry](void*) { open_.erase(entry); };
    const std::unique_ptr<void, decltype(leave)> entered(&session, leave);
    co_await session.run();
}

Task<> BeastServer::refuse(tcp::socket socket) {
    Session session(std::move(socket), handler_, limits_);
    const auto leave = [this](void*) { --refusals_; };
    const std::unique_ptr<void, decltype(leave)> entered(&session, leave);
    ++refusals_;
    co_await session.refuse();
}

}  // namespace

std::unique_ptr<HttpServer> make_http_server(Executor executor, const std::string& address,
                                             std::uint16_t port, RequestHandler handler,
                                             HttpServerLimits limits) {
    const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
    try {
        const auto numeric =
            asio::ip::make_address(bracketed ? address.substr(1, address.size() - 2) : address);
        return std::make_unique<BeastServer>(std::move(executor), tcp::endpoint(numeric, port),
                                             std::move(handler), limits);
    } catch (const boost::system::system_error& caught) {
        throw boost::system::system_error(caught.code(), fmt::format("listen on {} port {}", address, port));
    }
}

}  // namespace postrider
