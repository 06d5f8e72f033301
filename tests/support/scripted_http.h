#pragma once

#include "lib/net/http_client.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

/// An HTTP client without a network: a test says what each request is answered with.
class ScriptedHttp final : public HttpClient {
public:
    using Answer = std::function<HttpResult(const HttpRequest&)>;

    explicit ScriptedHttp(Answer its_answer = {}) : answer(std::move(its_answer)) {}

    Task<HttpResult> send(HttpRequest request, SendGate) override {
        requests.push_back(request);
        co_return answer(request);
    }

    static HttpResult answered(int status, std::string body = "",
                               std::vector<std::pair<std::string, std::string>> headers = {}) {
        HttpResult result;
        result.exchange = Exchange::answered;
        result.answer.status = status;
        result.answer.headers = std::move(headers);
        result.answer.body = std::move(body);
        return result;
    }
    static HttpResult sent_on_to(const std::string& location, int status = 302) {
        return answered(status, "", {{"location", location}});
    }
    static HttpResult failed(std::string error) {
        HttpResult result;
        result.error = std::move(error);
        return result;
    }

    Answer answer;
    std::vector<HttpRequest> requests;
};

}  // namespace postrider::testing
