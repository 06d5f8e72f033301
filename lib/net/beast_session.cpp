#include "lib/net/beast_session.h"

#include "lib/log/log.h"

#include <boost/asio/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/core/demangle.hpp>

#include <typeinfo>

namespace postrider {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Stage = ConnectionList::Stage;

constexpr std::size_t lingered_bytes_max = 1 << 20;  // read and forgotten, so that our last answer arrives
constexpr std::chrono::milliseconds linger{1000};
constexpr std::chrono::milliseconds cancel_again{50};
constexpr std::size_t first_bytes_max = 4096;
constexpr std::size_t read_bytes_max = 16384;

RefusalGuard::TimePoint now() { return std::chrono::steady_clock::now(); }

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

}  // namespace

BeastSession::BeastSession(std::unique_ptr<ByteStream> stream, Executor executor, std::string peer_address,
                           const RequestHandler& handler, RefusalGuard& guard, const HttpServerLimits& limits)
    : stream_(std::move(stream)),
      peer_address_(std::move(peer_address)),
      handler_(handler),
      guard_(guard),
      limits_(limits),
      deadline_(std::make_shared<Deadline>(*stream_, std::move(executor))) {}

BeastSession::~BeastSession() {
    deadline_->owner_gone = true;
    stop_deadline();
}

void BeastSession::end_after(std::shared_ptr<Deadline> deadline, std::chrono::milliseconds limit) {
    deadline->timer.expires_after(limit);
    deadline->timer.async_wait([deadline, number = deadline->number](error_code error) {
        if (error || deadline->owner_gone || number != deadline->number) return;
        deadline->passed = true;
        deadline->stream.cancel();
        end_after(deadline, cancel_again);
    });
}

void BeastSession::start_deadline(std::chrono::milliseconds limit) {
    ++deadline_->number;
    deadline_->passed = false;
    end_after(deadline_, limit);
}

void BeastSession::stop_deadline() {
    ++deadline_->number;
    deadline_->timer.cancel();
}

void BeastSession::enter(Stage stage) {
    if (place_) place_->enter(stage);
}

void BeastSession::stop() {
    stopping_ = true;
    if (place_ && place_->stage() == Stage::idle) stream_->cancel();
}

void BeastSession::evict() {
    evicted_ = true;
    stream_->cancel();
}

Task<> BeastSession::run(ConnectionList& open) {
    place_.emplace(open, *this);
    // Each result is named first: in a condition with && g++ 12 loses `this`.
    bool good = co_await handshake();
    while (good && !stopping_ && !evicted_) {
        good = co_await next_bytes();
        if (!good || evicted_) co_return;
        good = co_await exchange();
    }
}

Task<bool> BeastSession::handshake() {
    start_deadline(limits_.handshake_timeout);
    const error_code error = co_await stream_->handshake();
    stop_deadline();
    co_return !error;
}

/// Whether a request begins, before the client idles too long.
Task<bool> BeastSession::next_bytes() {
    if (buffer_.size() > 0) co_return true;
    enter(Stage::idle);
    if (buffer_.capacity() > first_bytes_max) buffer_.shrink_to_fit();  // many may idle, for long
    start_deadline(limits_.idle_timeout);
    error_code error;
    const std::size_t count = co_await stream_->read_some(buffer_.prepare(first_bytes_max), error);
    stop_deadline();
    buffer_.commit(count);
    co_return !error;
}

/// Whether the connection is good for another request.
Task<bool> BeastSession::exchange() {
    enter(Stage::receiving);
    RequestParser parser;
    parser.body_limit(limits_.body_bytes_max);
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    ServerRequest request;
    bool gone = false;
    const auto complaint = co_await receive(parser, request, gone);
    if (gone) co_return false;
    enter(Stage::answering);
    if (complaint) {
        count_if_no_http(*complaint, request);
        co_await write(*complaint, false, false);
        co_await close_gently();
        co_return false;
    }
    bool keep_alive = parser.get().keep_alive();
    const bool head = parser.get().method() == http::verb::head;
    const std::string client = guard_.client_of(request);
    const ServerAnswer answer = co_await handle(std::move(request));
    if (answer.refused) guard_.count(client, now());
    keep_alive = keep_alive && !stopping_ && !answer.raw;
    const bool written = co_await write(answer, keep_alive, head);
    if (!written) co_return false;
    if (!keep_alive) co_await close_gently();
    co_return keep_alive;
}

/// Fills `request`; or answers what is wrong with it; or says that the client is `gone`.
Task<std::optional<ServerAnswer>> BeastSession::receive(RequestParser& parser, ServerRequest& request,
                                                        bool& gone) {
    start_deadline(limits_.exchange_timeout);
    request.peer_address = peer_address_;  // all that is known of one whose header cannot be read
    std::optional<ServerAnswer> complaint;
    error_code error = co_await read_header(parser);
    if (!error) {
        request = to_request(parser.get().base(), peer_address_);
        complaint = guard_.answer_to(guard_.client_of(request), now());
        if (!complaint) complaint = complaint_about(parser.get().base());
    }
    if (!error && !complaint) error = co_await read_body(parser);
    const bool late = deadline_->passed;
    stop_deadline();
    if (error) complaint = late ? plain_answer(408, "the request came too slowly\n") : complaint_about(error);
    gone = evicted_ || (error && !complaint);
    request.body = std::move(parser.get().body());
    co_return complaint;
}

/// A body that is too large or a request that is too slow may come in good faith.
void BeastSession::count_if_no_http(const ServerAnswer& complaint, const ServerRequest& request) {
    if (complaint.status == 400 || complaint.status == 431) guard_.count(guard_.client_of(request), now());
}

Task<error_code> BeastSession::read_header(RequestParser& parser) {
    parser.eager(false);
    error_code error;
    while (!error && !parser.is_header_done()) error = co_await read_some(parser);
    co_return error;
}

Task<error_code> BeastSession::read_body(RequestParser& parser) {
    error_code error;
    const bool waits = beast::iequals(parser.get()[http::field::expect], "100-continue");
    if (waits && !parser.is_done()) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const std::array<asio::const_buffer, 2> bytes{asio::buffer(go_on), asio::const_buffer()};
        error = co_await stream_->write(bytes);
    }
    parser.eager(true);
    while (!error && !parser.is_done()) error = co_await read_some(parser);
    co_return error;
}

/// One step of the parser, with bytes that are there or come.
Task<error_code> BeastSession::read_some(RequestParser& parser) {
    error_code error = http::error::need_more;
    while (error == http::error::need_more) {
        if (buffer_.size() > 0) {
            buffer_.consume(parser.put(buffer_.data(), error));
            if (error != http::error::need_more) break;
        }
        if (deadline_->passed || evicted_) co_return asio::error::operation_aborted;
        error = {};
        const std::size_t count = co_await stream_->read_some(buffer_.prepare(read_bytes_max), error);
        buffer_.commit(count);
        if (error) break;  // that it ends here is never as it should be: requests say where they end
        error = http::error::need_more;
    }
    co_return error;
}

Task<ServerAnswer> BeastSession::handle(ServerRequest request) {
    std::exception_ptr error;
    try {
        co_return co_await handler_(std::move(request));
    } catch (...) {
        error = std::current_exception();
    }
    if (was_cancelled(error)) std::rethrow_exception(error);
    log::error("request handler failed", {{"error", safe_words(error)}});
    co_return plain_answer(500, "internal error\n");
}

/// Whether all of it left in time.
Task<bool> BeastSession::write(const ServerAnswer& answer, bool keep_alive, bool head) {
    const std::string header = answer.raw ? *answer.raw : header_of(answer, keep_alive);
    std::array<asio::const_buffer, 2> bytes{asio::buffer(header), asio::const_buffer()};
    if (!answer.raw && !head) bytes[1] = asio::buffer(answer.body);
    start_deadline(limits_.exchange_timeout);
    const error_code error = co_await stream_->write(bytes);
    stop_deadline();
    co_return !error;
}

Task<> BeastSession::close_gently() {
    start_deadline(linger);
    co_await stream_->finish(lingered_bytes_max);
    stop_deadline();
}

Task<> BeastSession::turn_away() {
    const bool good = co_await handshake();
    if (!good) co_return;
    const ServerAnswer answer = plain_answer(503, "too many connections\n");
    const bool written = co_await write(answer, false, false);
    if (written) co_await close_gently();
}

}  // namespace postrider
