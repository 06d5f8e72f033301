#include "tests/system/http_get.h"

#include "lib/net/http_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace postrider::testing {

HttpPage http_get(const std::string& url, const std::vector<std::pair<std::string, std::string>>& headers,
                  const std::string& method, const std::string& body) {
    boost::asio::io_context io{1};
    const auto http = make_http_client(io.get_executor());
    HttpRequest request;
    request.method = method;
    request.url = url;
    request.headers = headers;
    request.body = body;
    request.answer_bytes_max = std::size_t{10} << 20;
    HttpPage page;
    boost::asio::co_spawn(io, http->send(std::move(request)), [&](std::exception_ptr, HttpResult result) {
        page.status = result.answer.status;
        page.content_type = result.answer.header("content-type").value_or("");
        page.body = std::move(result.answer.body);
    });
    io.run();
    return page;
}

}  // namespace postrider::testing
