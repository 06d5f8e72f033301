#include "shorteners/signed_shortener.h"

#include "lib/crypto/ed25519.h"
#include "lib/net/form.h"
#include "lib/text/json_object.h"
#include "shorteners/short_link.h"

#include <boost/json/serialize.hpp>

namespace postrider {

namespace {

class SignedShortener final : public LinkShortener {
public:
    SignedShortener(std::string create_url, Secret signing_key, HttpClient& http)
        : create_url_(std::move(create_url)), key_(std::move(signing_key)), http_(http) {}

    std::string name() const override { return "signed"; }
    bool is_own(const std::string& link) const override {
        return authority_of(link) == authority_of(create_url_);
    }

    Task<std::optional<std::string>> shorten(std::string link, boost::json::object about) override {
        HttpRequest request;
        request.method = "POST";
        request.url = create_url_;
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                           {"Accept", "application/json"}};
        append_form_field(request.body, "url", link);
        append_form_field(request.body, "signature", ed25519_signature(key_, link));
        append_form_field(request.body, "client_metadata", boost::json::serialize(about));
        SendGate no_gate;
        const HttpResult result = co_await http_.send(std::move(request), std::move(no_gate));
        co_return read_short_link(result, "short_url");
    }

private:
    const std::string create_url_;
    const Secret key_;
    HttpClient& http_;
};

}  // namespace

std::unique_ptr<LinkShortener> make_signed_shortener(std::string create_url, Secret signing_key,
                                                     HttpClient& http) {
    return std::make_unique<SignedShortener>(std::move(create_url), std::move(signing_key), http);
}

}  // namespace postrider
