#pragma once

#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

struct HttpPage {
    int status = 0;  ///< 0: nobody answered
    std::string content_type;
    std::string body;

    bool says(const std::string& text) const { return body.find(text) != std::string::npos; }
    std::string first_line() const { return body.substr(0, body.find('\n')); }
};

/// One request from 127.0.0.1, on a connection of its own.
HttpPage http_get(const std::string& url,
                  const std::vector<std::pair<std::string, std::string>>& headers = {},
                  const std::string& method = "GET", const std::string& body = "");

}  // namespace postrider::testing
