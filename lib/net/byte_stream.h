#pragma once

#include "lib/async/task.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <memory>

namespace postrider {

/// A client's connection as the server uses it, whether or not it is encrypted. What a client or a network
/// does is an error code, never an exception. One operation at a time; loop thread only. No operation outlives
/// the stream.
class ByteStream {
public:
    virtual ~ByteStream() = default;
    /// What comes before the first byte of ours; nothing, if it is not encrypted.
    virtual Task<boost::system::error_code> handshake() = 0;
    /// Waits for at least one byte. The number of bytes read; `error` if none can come any more.
    virtual Task<std::size_t> read_some(boost::asio::mutable_buffer space,
                                        boost::system::error_code& error) = 0;
    /// All of both.
    virtual Task<boost::system::error_code> write(std::array<boost::asio::const_buffer, 2> bytes) = 0;
    /// Says that nothing more will come from us, and reads up to `bytes_max` of what the client still sends,
    /// until it has closed too: bytes that wait unread would destroy our answer on its way.
    virtual Task<> finish(std::size_t bytes_max) = 0;
    /// Ends the operation under way, if it waits right now; it reports operation_aborted.
    virtual void cancel() = 0;
};

std::unique_ptr<ByteStream> make_plain_stream(boost::asio::ip::tcp::socket socket);

/// Reads and forgets what comes, up to `bytes_max`, until the other side has closed. For streams.
Task<> discard(boost::asio::ip::tcp::socket& socket, std::size_t bytes_max);

}  // namespace postrider
