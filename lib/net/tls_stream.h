#pragma once

#include "lib/net/byte_stream.h"
#include "lib/net/server_certificate.h"

#include <memory>

namespace postrider {

/// The server's end of a TLS connection. Keeps its certificate for as long as it lasts.
std::unique_ptr<ByteStream> make_tls_stream(boost::asio::ip::tcp::socket socket,
                                            std::shared_ptr<const ServerCertificate> certificate);

}  // namespace postrider
