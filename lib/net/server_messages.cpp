#include "lib/net/server_messages.h"

#include "lib/net/header_line.h"
#include "lib/net/request_target.h"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <iterator>

namespace postrider {

namespace http = boost::beast::http;

ServerRequest to_request(const http::request_header<>& header, std::string peer_address) {
    ServerRequest request;
    request.method = std::string(header.method_string());
    request.target = std::string(header.target());
    const RequestTarget target = split_target(request.target);
    request.path = std::string(target.path);
    request.query = std::string(target.query);
    for (const auto& field : header) {
        const auto name = field.name_string();
        request.headers.emplace_back(lower_case({name.data(), name.size()}), std::string(field.value()));
    }
    request.peer_address = std::move(peer_address);
    return request;
}

ServerAnswer plain_answer(int status, std::string text) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(text);
    return answer;
}

std::optional<ServerAnswer> complaint_about(boost::system::error_code error) {
    if (error == http::error::body_limit) return plain_answer(413, "the body is too large\n");
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return plain_answer(431, "the header is too large\n");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    if (error.category() == http::make_error_code(http::error::bad_version).category()) {
        return plain_answer(400, "not HTTP as it should be\n");
    }
    return std::nullopt;
}

std::optional<ServerAnswer> complaint_about(const http::request_header<>& header) {
    const bool lacks_host = header.version() == 11 && header.find(http::field::host) == header.end();
    if (lacks_host) return plain_answer(400, "no Host\n");  // RFC 9112 § 3.2
    return std::nullopt;
}

std::string header_of(const ServerAnswer& answer, bool keep_alive) {
    const auto reason = http::obsolete_reason(static_cast<http::status>(answer.status));
    std::string text =
        fmt::format("HTTP/1.1 {} {}\r\n", answer.status, std::string_view(reason.data(), reason.size()));
    const auto add = [&](std::string_view name, std::string_view value) {
        fmt::format_to(std::back_inserter(text), "{}: {}\r\n", name, value);
    };
    for (const auto& [name, value] : answer.headers) add(name, value);
    if (!answer.content_type.empty()) add("Content-Type", answer.content_type);
    const bool may_have_body = answer.status != 204 && answer.status != 304;
    if (may_have_body) add("Content-Length", std::to_string(answer.body.size()));
    if (!keep_alive) add("Connection", "close");
    return text += "\r\n";
}

}  // namespace postrider
