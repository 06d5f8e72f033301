#include "daemon/commands/daemon_status.h"

#include "lib/net/server_certificate.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace postrider {

namespace {

constexpr std::chrono::seconds live_timeout{3};

/// nullopt for what is no status.
std::optional<boost::json::object> read_status(const std::string& body) {
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse(body, error);
    if (error || !value.is_object()) return std::nullopt;
    const boost::json::value* const checks = value.get_object().if_contains("checks");
    if (checks == nullptr || !checks->is_array()) return std::nullopt;
    for (const boost::json::value& each : checks->get_array()) {
        if (!each.is_object()) return std::nullopt;
        for (const char* key : {"name", "status", "text"}) {
            const boost::json::value* const text = each.get_object().if_contains(key);
            if (text == nullptr || !text->is_string()) return std::nullopt;
        }
    }
    return value.get_object();
}

}  // namespace

StatusPlace local_status(const ListenConfig& listen) {
    std::string host = listen.address;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    StatusPlace place{fmt::format("{}://{}:{}/status", listen.tls ? "https" : "http", host, listen.port)};
    if (!listen.tls) return place;
    const auto certificate = read_server_certificate(*listen.tls);
    if (certificate) place.pinned_key = (*certificate)->key_pin();
    return place;
}

HttpResult fetch_status(const StatusPlace& place, std::string_view accepted, std::chrono::seconds timeout) {
    boost::asio::io_context io{1};
    const auto http = make_http_client(io.get_executor());
    HttpRequest request;
    request.url = place.url;
    request.pinned_key = place.pinned_key;
    request.headers = {{"Accept", std::string(accepted)}};
    request.timeout = timeout;
    HttpResult result;
    boost::asio::co_spawn(io, http->send(std::move(request)),
                          [&](std::exception_ptr error, HttpResult answer) {
                              if (error) answer.error = describe(error);
                              result = std::move(answer);
                          });
    io.run();
    return result;
}

LiveStatus LiveStatus::ask(const ListenConfig& listen, const std::string& url) {
    LiveStatus live;
    const StatusPlace place = url.empty() ? local_status(listen) : StatusPlace{url};
    live.url_ = place.url;
    if (url.empty() && listen.port == 0) {
        live.trouble_ = "no daemon can be asked: listen.port is 0, any free one (--url says which)";
        return live;
    }
    const HttpResult result = fetch_status(place, "application/json", live_timeout);
    if (result.exchange != Exchange::answered) {
        live.trouble_ = fmt::format("no daemon answered at {}: {}", place.url, result.error);
    } else if (auto document = read_status(result.answer.body)) {
        live.document_ = std::move(*document);
    } else {
        live.trouble_ = fmt::format("no daemon answered at {}: status {}, which is none of a daemon's",
                                    place.url, result.answer.status);
    }
    return live;
}

std::string LiveStatus::describe() const {
    return answered() ? fmt::format("as the daemon at {} says", url_) : trouble_;
}

const boost::json::object* LiveStatus::check(std::string_view name) const {
    if (!answered()) return nullptr;
    for (const boost::json::value& each : document_.at("checks").get_array()) {
        if (each.at("name").get_string() == name) return &each.get_object();
    }
    return nullptr;
}

}  // namespace postrider
