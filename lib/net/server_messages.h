#pragma once

#include "lib/net/http_server.h"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <string>

namespace postrider {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

/// The request without its body.
ServerRequest to_request(const boost::beast::http::request_header<>& header, std::string peer_address);

/// An answer of our own, in words.
ServerAnswer plain_answer(int status, std::string text);

/// What to tell a client whose request cannot be read; nullopt if it has gone.
std::optional<ServerAnswer> complaint_about(boost::system::error_code error);
/// What to tell a client whose header was read and is not as it must be.
std::optional<ServerAnswer> complaint_about(const boost::beast::http::request_header<>& header);

/// Status line and header, up to the empty line.
std::string header_of(const ServerAnswer& answer, bool keep_alive);

}  // namespace postrider
