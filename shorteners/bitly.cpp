#include "shorteners/bitly.h"

#include "shorteners/short_link.h"

#include <boost/json/serialize.hpp>

namespace postrider {

namespace {

class Bitly final : public LinkShortener {
public:
    Bitly(std::string base_url, Secret token, HttpClient& http)
        : base_url_(std::move(base_url)), token_(std::move(token)), http_(http) {}

    std::string name() const override { return "bitly"; }
    bool is_own(const std::string& link) const override { return authority_of(link) == "bit.ly"; }

    Task<std::optional<std::string>> shorten(std::string link, boost::json::object /*about*/) override {
        HttpRequest request;
        request.method = "POST";
        request.url = base_url_ + "/v4/shorten";
        request.headers = {{"Authorization", "Bearer " + token_.reveal()},
                           {"Content-Type", "application/json"},
                           {"Accept", "application/json"}};
        request.body = boost::json::serialize(boost::json::object{{"long_url", link}});
        SendGate no_gate;
        const HttpResult result = co_await http_.send(std::move(request), std::move(no_gate));
        co_return read_short_link(result, "link");
    }

private:
    const std::string base_url_;
    const Secret token_;
    HttpClient& http_;
};

}  // namespace

std::unique_ptr<LinkShortener> make_bitly(std::string base_url, Secret token, HttpClient& http) {
    return std::make_unique<Bitly>(std::move(base_url), std::move(token), http);
}

}  // namespace postrider
