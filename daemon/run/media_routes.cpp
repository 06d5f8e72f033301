#include "daemon/run/media_routes.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>
#include <iterator>

namespace postrider {

namespace {

constexpr std::string_view path_prefix = "/media/";

ServerAnswer refusal(int status, std::string text) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(text);
    return answer;
}

Task<std::string> read_file(std::string path) {
    std::ifstream file(path, std::ios::binary);
    co_return std::string{std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

bool MediaRoutes::concerns(const ServerRequest& request) { return request.path.starts_with(path_prefix); }

Task<ServerAnswer> MediaRoutes::answer(ServerRequest request) {
    if (request.method != "GET" && request.method != "HEAD") co_return refusal(405, "only GET\n");
    const auto media = links_.read(request.path.substr(path_prefix.size()), clock_.now());
    if (!media) co_return refusal(404, "not found\n");
    const auto file = root_.find(*media);
    if (!file) co_return refusal(404, "not found\n");
    ServerAnswer answer;
    answer.content_type = media->content_type;
    answer.headers = {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "private"}};
    answer.body = co_await boost::asio::co_spawn(files_, read_file(file->path), boost::asio::use_awaitable);
    if (answer.body.size() != file->bytes) co_return refusal(404, "not found\n");
    co_return answer;
}

}  // namespace postrider
