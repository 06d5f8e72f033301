#include "daemon/run/media_routes.h"

#include "lib/net/public_url.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace postrider {

namespace {

constexpr std::string_view path_prefix = "/media/";

ServerAnswer plain(int status, std::string text) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(text);
    return answer;
}

ServerAnswer refusal(int status, std::string text) {
    ServerAnswer answer = plain(status, std::move(text));
    answer.refused = true;
    return answer;
}

/// What follows `/media/`, if the path is one of ours, whether or not a proxy left the path of `public_url`
/// before it; where that is `/media` too, both are tried.
std::optional<std::string_view> token_of(std::string_view path, std::string_view public_url) {
    for (const std::string_view each : {path_without_prefix(path, public_url), path}) {
        if (each.starts_with(path_prefix)) return each.substr(path_prefix.size());
    }
    return std::nullopt;
}

ServerAnswer file_answer(std::string content_type, std::string bytes) {
    ServerAnswer answer;
    answer.content_type = std::move(content_type);
    answer.headers = {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "private"}};
    answer.body = std::move(bytes);
    return answer;
}

/// All of the file, if it is there.
std::optional<std::string> read_file(const MediaRoot& root, const Media& media) {
    const auto found = root.find(media);
    if (!found) return std::nullopt;
    std::ifstream file(found->path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.size() != found->bytes) return std::nullopt;
    return bytes;
}

}  // namespace

bool MediaRoutes::concerns(const ServerRequest& request, std::string_view public_url) {
    return token_of(request.path, public_url).has_value();
}

Task<ServerAnswer> MediaRoutes::answer(ServerRequest request) {
    if (request.method != "GET" && request.method != "HEAD") co_return refusal(405, "only GET\n");
    const auto token = token_of(request.path, public_url_);
    auto target = links_.read(token.value_or(""), clock_.now());
    if (!target) co_return refusal(404, "not found\n");
    if (target->form) {
        auto converted = co_await answer_converted(std::move(*target));
        co_return converted;
    }
    const auto read = [&root = root_, target] { return read_file(root, target->media); };
    auto bytes = co_await files_.run(read);
    if (!bytes) co_return plain(404, "not found\n");  // the link was good: no fault of who follows it
    co_return file_answer(target->media.content_type, std::move(*bytes));
}

Task<ServerAnswer> MediaRoutes::answer_converted(MediaLinks::Target target) {
    const auto made = co_await converted_.find(target.media, *target.form);
    if (made) co_return file_answer(target.form->content_type, **made);
    if (made.error().passing) co_return plain(503, "not now\n");
    co_return plain(404, "not found\n");
}

}  // namespace postrider
