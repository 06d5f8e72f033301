#pragma once

#include "lib/net/byte_stream.h"
#include "lib/net/connection_list.h"
#include "lib/net/http_server.h"
#include "lib/net/refusal_guard.h"
#include "lib/net/server_messages.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// One connection: requests in, answers out, one after the other. What it is given outlives it.
class BeastSession final : public OpenConnection {
public:
    BeastSession(std::unique_ptr<ByteStream> stream, Executor executor, std::string peer_address,
                 const RequestHandler& handler, RefusalGuard& guard, const HttpServerLimits& limits);
    BeastSession(const BeastSession&) = delete;
    BeastSession& operator=(const BeastSession&) = delete;
    ~BeastSession();

    /// Until the client goes, errs or idles too long, or the session is asked to stop or evicted. It has its
    /// place in `open` meanwhile.
    Task<> run(ConnectionList& open);
    /// Says that there is no room.
    Task<> turn_away();

    void stop() override;
    void evict() override;

private:
    /// Ends what the stream does once time is up, and again until it is stopped: what has just come to its end
    /// is not cancelled, and would be followed by another wait. Handlers queued too late know it by the number.
    struct Deadline {
        Deadline(ByteStream& watched, Executor executor) : stream(watched), timer(std::move(executor)) {}
        ByteStream& stream;
        boost::asio::steady_timer timer;
        unsigned number = 0;
        bool passed = false;
        bool owner_gone = false;
    };
    static void end_after(std::shared_ptr<Deadline> deadline, std::chrono::milliseconds limit);
    void start_deadline(std::chrono::milliseconds limit);
    void stop_deadline();

    void enter(ConnectionList::Stage stage);
    Task<bool> handshake();
    Task<bool> next_bytes();
    Task<bool> exchange();
    Task<boost::system::error_code> read_header(RequestParser& parser);
    Task<boost::system::error_code> read_body(RequestParser& parser);
    Task<boost::system::error_code> read_some(RequestParser& parser);
    Task<std::optional<ServerAnswer>> receive(RequestParser& parser, ServerRequest& request, bool& gone);
    void count_if_no_http(const ServerAnswer& complaint, const ServerRequest& request);
    Task<ServerAnswer> handle(ServerRequest request);
    Task<bool> write(const ServerAnswer& answer, bool keep_alive, bool head);
    Task<> close_gently();

    std::unique_ptr<ByteStream> stream_;
    const std::string peer_address_;
    const RequestHandler& handler_;
    RefusalGuard& guard_;
    const HttpServerLimits& limits_;
    std::shared_ptr<Deadline> deadline_;
    boost::beast::flat_buffer buffer_;  // may hold the beginning of the next request
    std::optional<ConnectionList::Place> place_;
    bool stopping_ = false;
    bool evicted_ = false;
};

}  // namespace postrider
